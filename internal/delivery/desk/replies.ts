// What the broker says to a peer, in the form that the peer speaks. No control message is larger than one may be: what
// would be is cut where a part can be told apart, and said in another way where not.

import { encodeAcked, encodeConfirm } from '../../../pkg/protocol/abtp2/confirm.ts';
import { encodeControlPacket, encodeFetched, encodeHeartbeat } from '../../../pkg/protocol/abtp2/flow.ts';
import { EMPTY, encodeText } from '../../../pkg/protocol/bytes.ts';
import { type ErrorParts, errorWord } from '../../../pkg/protocol/control/replies.ts';
import { type BrokerWord, CONTROL_TOPIC, encodeBrokerWord } from '../../../pkg/protocol/control.ts';
import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import { CONTROL_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import type { Acked, FetchEnded } from '../../domain/effect.ts';
import type { Frames } from '../transport.ts';
import type { ConfirmRun } from './peer-outbox.ts';
import type { RefusedName, WirePeer } from './wire-peer.ts';

const CONTROL_FRAME = encodeText(CONTROL_TOPIC);
const HEARTBEAT: Frames = [encodeHeartbeat()];

export const wordFrames = (word: BrokerWord, binary: boolean): Frames => {
  const json = encodeBrokerWord(word);
  return binary ? [encodeControlPacket(json)] : [EMPTY, CONTROL_FRAME, json];
};

export function sendWord(peer: WirePeer, word: BrokerWord): void {
  peer.outbox.reply(wordFrames(word, peer.binary), peer.greeting === null);
}

export const sendError = (peer: WirePeer, code: ErrorCode, parts: ErrorParts): void =>
  sendWord(peer, errorWord(code, parts));

/** A run of confirms, as the peer reads it. */
export const confirmFrames = (run: ConfirmRun, binary: boolean): Frames =>
  binary
    ? [encodeConfirm(run)]
    : wordFrames(
        {
          type: 'publish.confirmed',
          throughSequence: run.through,
          messageId: '',
          position: run.position,
          durability: run.durability,
          duplicate: false,
          exceptions: run.exceptions,
        },
        false,
      );

/** Bytes of the word around its refusals. */
const ACKED_BYTES = 256;

export function sendAcked(peer: WirePeer, { request, refused }: Acked, position: number): void {
  const atDoor = peer.takeRefused(request);
  if (peer.binary && atDoor.every(({ deliveryId }) => deliveryId !== null)) {
    const named = atDoor.map(({ deliveryId, code }) => ({ delivery: deliveryId ?? 0, code }));
    peer.outbox.reply([encodeAcked(request, position, [...named, ...refused])], false);
    return;
  }
  const all: RefusedName[] = [
    ...atDoor,
    ...refused.map(({ delivery, code }) => ({ deliveryId: delivery, messageId: '', code })),
  ];
  const told: RefusedName[] = [];
  let bytes = ACKED_BYTES;
  for (const one of all) {
    bytes += JSON.stringify(one).length * 3;
    if (bytes <= CONTROL_BYTES_MAX) told.push(one);
    else
      sendError(peer, one.code, {
        messageId: one.messageId,
        ...(one.deliveryId === null ? {} : { deliveryId: one.deliveryId }),
      });
  }
  sendWord(peer, { type: 'acked', request, position, refused: told });
}

export function sendFetched(peer: WirePeer, { request, count, delivered }: FetchEnded): void {
  const consumerId = peer.served?.session.consumer;
  if (consumerId === undefined) return;
  if (peer.binary) peer.outbox.reply([encodeFetched({ request, count, delivered })], false);
  else sendWord(peer, { type: 'consumer.fetched', consumerId, request, count, delivered });
}

export function sendHeartbeat(peer: WirePeer, nowMs: number): void {
  if (peer.binary) peer.outbox.reply(HEARTBEAT, false);
  else sendWord(peer, { type: 'broker.heartbeat', timeUnixMs: nowMs });
}
