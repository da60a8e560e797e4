// abtp/2 packets of a peer to commands. The blocks of a publish are checked where they stand and not copied.

import type { PublishPacket } from '../../../pkg/protocol/abtp2/publish.ts';
import { decodeClientPacket } from '../../../pkg/protocol/abtp2.ts';
import { deliveryModeOf, replyExpectedIn } from '../../../pkg/protocol/attributes.ts';
import {
  attributesLength,
  attributesOf,
  BLOCK_HEAD_BYTES,
  blockLength,
  bodyOffset,
  checkBlock,
  hasAttributes,
  messageIdOf,
  topicOf,
} from '../../../pkg/protocol/block.ts';
import { traitsOf } from '../../../pkg/protocol/partition-key.ts';
import { checkAttributes } from '../../../pkg/protocol/publish-options.ts';
import { timesOf } from '../../../pkg/protocol/times.ts';
import type { Command, PublishMessage } from '../../domain/command.ts';
import type { Refusal } from '../../domain/effect.ts';
import { asDeliveryId, type DeliveryId, NO_PRODUCER } from '../../domain/ids.ts';
import type { WishedTimes } from '../../domain/message-times.ts';
import type { WishedTraits } from '../../domain/message-traits.ts';
import { AttributesMemo } from './attributes-memo.ts';
import type { WirePeer } from './wire-peer.ts';

/** What became of a packet: a command, a control word's JSON, a sign of life, or a refusal. */
export type PacketIntake =
  | { readonly type: 'command'; readonly command: Command }
  | { readonly type: 'word'; readonly json: Uint8Array }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'refused'; readonly refusal: Refusal };

export function takePacket(peer: WirePeer, bytes: Uint8Array, messageBytesMax: number): PacketIntake {
  const packet = decodeClientPacket(bytes);
  switch (packet.type) {
    case 'refused':
      return { type: 'refused', refusal: { code: packet.error, detail: packet.detail } };
    case 'heartbeat':
      return { type: 'heartbeat' };
    case 'control':
      return { type: 'word', json: packet.json };
    case 'publish':
      return takePublish(peer, packet, messageBytesMax);
    case 'ack':
      return command({
        type: 'ack',
        peer: peer.id,
        deliveries: packet.deliveries as readonly DeliveryId[],
        request: packet.request,
      });
    case 'nack':
      return command({
        type: 'nack',
        peer: peer.id,
        items: packet.items.map(({ delivery, status, delayMs, reason }) => ({
          delivery: asDeliveryId(delivery),
          status,
          reason,
          delayMs: delayMs === 0 ? null : delayMs,
        })),
        request: packet.request,
      });
    case 'extend':
      return command({
        type: 'extend',
        peer: peer.id,
        deliveries: packet.deliveries as readonly DeliveryId[],
        byMs: packet.extendMs === 0 ? null : packet.extendMs,
        request: packet.request,
      });
    case 'fetch':
      return command({
        type: 'fetch',
        peer: peer.id,
        count: packet.count,
        waitMs: packet.waitMs,
        request: packet.request,
      });
  }
}

const command = (value: Command): PacketIntake => ({ type: 'command', command: value });

function takePublish(peer: WirePeer, packet: PublishPacket, messageBytesMax: number): PacketIntake {
  const { bytes, offsets, firstSequence } = packet;
  const { producer } = peer;
  if (peer.awaitsProducer || (producer === NO_PRODUCER && firstSequence !== 0)) {
    const detail = 'sequences need a producer that hello.ok has granted; without one the first sequence is 0';
    return { type: 'refused', refusal: { code: 'HELLO_REQUIRED', detail } };
  }
  const { numbered } = peer;
  const messages: PublishMessage[] = [];
  let topic = '';
  let topicAt = -1;
  let said = PLAIN;
  let saidAt = -1;
  for (let i = 0; i < offsets.length; i += 1) {
    const start = offsets[i] as number;
    const end = start + blockLength(bytes, start);
    const broken = checkBlock(bytes, start, end);
    let fault: Refusal | null = broken === null ? null : { code: broken, detail: 'block' };
    if (fault === null && end - bodyOffset(bytes, start) > messageBytesMax) {
      const detail = `${end - bodyOffset(bytes, start)} bytes, at most ${messageBytesMax}`;
      fault = { code: 'PAYLOAD_TOO_LARGE', detail };
    }
    let mode: PublishMessage['mode'] = 'both';
    let times: WishedTimes | null = null;
    let isRequest = false;
    let traits: WishedTraits | null = null;
    if (fault === null) {
      if (!sameTopic(bytes, topicAt, start)) {
        topic = topicOf(bytes, start);
        topicAt = start;
      }
      if (hasAttributes(bytes, start)) {
        if (!sameAttributes(bytes, saidAt, start)) {
          said = saidIn(bytes, start);
          saidAt = start;
        }
        ({ fault, mode, times, traits, isRequest } = said);
      }
    }
    const message: PublishMessage = { topic, start, end, tail: null, mode, times, traits, fault };
    messages.push(isRequest ? { ...message, reply: NO_INBOX } : message);
    if (!numbered) peer.owe('errors', null, 1, broken === null ? messageIdOf(bytes, start) : '');
  }
  const count = messages.length;
  if (numbered) {
    const first = producer === NO_PRODUCER ? peer.nextNumber : firstSequence;
    peer.owe('run', first, count, '');
    peer.nextNumber = first + count;
  }
  return command({
    type: 'publish',
    peer: peer.id,
    tenant: peer.tenant,
    producer,
    firstSequence: producer === NO_PRODUCER ? 1 : firstSequence,
    source: bytes,
    messages,
    ...(packet.atomic ? { atomic: true } : {}),
    ...(peer.waits ? { waits: true } : {}),
  });
}

/** What the attributes of a block mean here. */
interface Said {
  readonly fault: Refusal | null;
  readonly mode: PublishMessage['mode'];
  readonly times: WishedTimes | null;
  readonly traits: WishedTraits | null;
  /** It expects an answer. */
  readonly isRequest: boolean;
}

const NO_INBOX = { inbox: null } as const;
const PLAIN: Said = { fault: null, mode: 'both', times: null, traits: null, isRequest: false };
const faulty = (fault: Refusal): Said => ({ ...PLAIN, fault });

const memo = new AttributesMemo<Said>();

function saidIn(bytes: Uint8Array, start: number): Said {
  const end = bodyOffset(bytes, start);
  return memo.of(bytes, end - attributesLength(bytes, start), end, () => readAttributes(bytes, start));
}

function readAttributes(bytes: Uint8Array, start: number): Said {
  const attributes = attributesOf(bytes, start);
  if (attributes === null) return faulty({ code: 'MALFORMED_OPTIONS', detail: 'attributes are no JSON object' });
  const fault = checkAttributes(attributes as never);
  if (fault !== null) return faulty(fault);
  const times = timesOf(attributes);
  if (times !== null && 'code' in times) return faulty(times);
  const traits = traitsOf(attributes);
  if (traits !== null && 'code' in traits) return faulty(traits);
  return {
    fault: null,
    mode: deliveryModeOf(attributes) ?? 'both',
    times,
    traits,
    isRequest: replyExpectedIn(attributes),
  };
}

/** Whether two blocks have the same attributes, by their bytes: those of a run are parsed once. */
function sameAttributes(bytes: Uint8Array, a: number, b: number): boolean {
  if (a < 0) return false;
  const length = attributesLength(bytes, b);
  if (attributesLength(bytes, a) !== length) return false;
  const ofA = bodyOffset(bytes, a) - length;
  const ofB = bodyOffset(bytes, b) - length;
  for (let i = 0; i < length; i += 1) if (bytes[ofA + i] !== bytes[ofB + i]) return false;
  return true;
}

/** Whether two blocks have one topic, by their bytes: a run of one topic is decoded once. */
function sameTopic(bytes: Uint8Array, a: number, b: number): boolean {
  if (a < 0 || bytes[a + 8] !== bytes[b + 8] || bytes[a + 9] !== bytes[b + 9]) return false;
  const length = (bytes[a + 8] as number) | ((bytes[a + 9] as number) << 8);
  for (let i = BLOCK_HEAD_BYTES; i < BLOCK_HEAD_BYTES + length; i += 1) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}
