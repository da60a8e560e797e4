// abtp/2: binary packets of one frame each. This file dispatches on the type; each family has its own file with its
// byte drawing. Decoders give a typed value or a refusal, and never allocate by a count that the bytes do not cover.

import { type AckedPacket, type ConfirmPacket, decodeAcked, decodeConfirm } from './abtp2/confirm.ts';
import { type DeliverPacket, decodeDeliver } from './abtp2/deliver.ts';
import type { ControlPacket, FetchedPacket, FetchPacket, HeartbeatPacket } from './abtp2/flow.ts';
import { decodeControl, decodeFetch, decodeFetched, decodeHeartbeat } from './abtp2/flow.ts';
import { checkFrame, malformed, PACKET_TYPES, type PacketRefusal } from './abtp2/header.ts';
import { decodePublish, type PublishPacket } from './abtp2/publish.ts';
import type { AckPacket, ExtendPacket, NackPacket } from './abtp2/settle.ts';
import { decodeAck, decodeExtend, decodeNack } from './abtp2/settle.ts';

export type ClientPacket =
  | PublishPacket
  | AckPacket
  | NackPacket
  | ExtendPacket
  | FetchPacket
  | HeartbeatPacket
  | ControlPacket;

export type BrokerPacket =
  | ConfirmPacket
  | DeliverPacket
  | AckedPacket
  | FetchedPacket
  | HeartbeatPacket
  | ControlPacket;

/** What a client sent. */
export function decodeClientPacket(bytes: Uint8Array): ClientPacket | PacketRefusal {
  const fault = checkFrame(bytes);
  if (fault !== null) return fault;
  switch (bytes[3]) {
    case PACKET_TYPES.publish:
      return decodePublish(bytes);
    case PACKET_TYPES.ack:
      return decodeAck(bytes);
    case PACKET_TYPES.nack:
      return decodeNack(bytes);
    case PACKET_TYPES.extend:
      return decodeExtend(bytes);
    case PACKET_TYPES.fetch:
      return decodeFetch(bytes);
    case PACKET_TYPES.heartbeat:
      return decodeHeartbeat(bytes);
    case PACKET_TYPES.control:
      return decodeControl(bytes);
    default:
      return malformed(`a client sends no packet of type ${bytes[3]}`);
  }
}

/** What the broker sent. */
export function decodeBrokerPacket(bytes: Uint8Array): BrokerPacket | PacketRefusal {
  const fault = checkFrame(bytes);
  if (fault !== null) return fault;
  switch (bytes[3]) {
    case PACKET_TYPES.confirm:
      return decodeConfirm(bytes);
    case PACKET_TYPES.deliver:
      return decodeDeliver(bytes);
    case PACKET_TYPES.acked:
      return decodeAcked(bytes);
    case PACKET_TYPES.fetched:
      return decodeFetched(bytes);
    case PACKET_TYPES.heartbeat:
      return decodeHeartbeat(bytes);
    case PACKET_TYPES.control:
      return decodeControl(bytes);
    default:
      return malformed(`a broker sends no packet of type ${bytes[3]}`);
  }
}
