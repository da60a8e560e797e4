// What clients say and hear, in abtp/1 or abtp/2 as their hello agreed: words and packets become one set of values,
// so that the clients of the workload need not care which form they speak.

import type { ConfirmException } from '../../../../pkg/protocol/abtp2/confirm.ts';
import { encodeControlPacket, encodeFetch } from '../../../../pkg/protocol/abtp2/flow.ts';
import { encodePublish } from '../../../../pkg/protocol/abtp2/publish.ts';
import { encodeAck, encodeExtend, encodeNack, type NackItem } from '../../../../pkg/protocol/abtp2/settle.ts';
import { decodeBrokerPacket } from '../../../../pkg/protocol/abtp2.ts';
import { bodyOf, encodeBlock, messageIdOf, topicOf } from '../../../../pkg/protocol/block.ts';
import { encodeText } from '../../../../pkg/protocol/bytes.ts';
import {
  type BrokerWord,
  type ClientWord,
  CONTROL_TOPIC,
  decodeBrokerWord,
  encodeClientWord,
} from '../../../../pkg/protocol/control.ts';
import type { ErrorCode } from '../../../../pkg/protocol/errors.ts';
import type { Frames } from '../../../delivery/transport.ts';
import { Violation } from '../audit/violation.ts';

export interface HeardDelivery {
  /** Index into the queues of the registration, or the queue's name. */
  readonly queue: number | string;
  readonly topic: string;
  readonly messageId: string;
  readonly body: Uint8Array;
  readonly sequence: number;
  readonly delivery: number;
  readonly attempt: number;
  readonly returned: number;
  readonly deadlineMs: number;
}

export type Heard =
  | { readonly type: 'word'; readonly word: BrokerWord }
  | {
      readonly type: 'confirmed';
      readonly through: number;
      readonly position: number;
      readonly exceptions: readonly ConfirmException[];
    }
  | {
      readonly type: 'acked';
      readonly request: number;
      readonly position: number;
      readonly refused: readonly { readonly delivery: number; readonly code: ErrorCode }[];
    }
  | { readonly type: 'deliveries'; readonly deliveries: readonly HeardDelivery[] };

const CONTROL = encodeText(CONTROL_TOPIC);

export const say = (word: ClientWord, binary: boolean): Frames =>
  binary ? [encodeControlPacket(encodeClientWord(word))] : [CONTROL, encodeClientWord(word)];

export interface SaidMessage {
  readonly sequence: number;
  readonly topic: string;
  readonly messageId: string;
  readonly body: Uint8Array;
  /** Attributes. Absent or empty where nothing is asked for. */
  readonly options?: Readonly<Record<string, number | string | { readonly parity: string }>>;
}

/** Messages with consecutive sequences; `atomic` in abtp/2 alone. */
export function sayPublish(messages: readonly SaidMessage[], binary: boolean, atomic = false): Frames[] {
  const first = messages[0];
  if (first === undefined) return [];
  if (binary)
    return [
      [
        encodePublish(
          first.sequence,
          messages.length,
          messages.map(({ options = {}, ...message }) => {
            const attributes = Object.keys(options).length === 0 ? null : options;
            return encodeBlock({ ...message, attributes });
          }),
          atomic,
        ),
      ],
    ];
  return messages.map(({ topic, messageId, sequence, body, options }) => [
    encodeText(topic),
    body,
    encodeText(JSON.stringify({ sequence, ...options, ...(messageId === '' ? {} : { message_id: messageId }) })),
  ]);
}

const NAMELESS = { tenantId: '', consumerId: '', sessionId: null, messageId: '' } as const;

export const sayAck = (deliveries: readonly number[], request: number | null, binary: boolean): Frames =>
  binary
    ? [encodeAck(deliveries, request)]
    : say({ type: 'ack', request, items: deliveries.map((deliveryId) => ({ ...NAMELESS, deliveryId })) }, false);

export const sayNack = (items: readonly NackItem[], request: number | null, binary: boolean): Frames =>
  binary
    ? [encodeNack(items, request)]
    : say(
        {
          type: 'nack',
          request,
          items: items.map(({ delivery, ...rest }) => ({ ...NAMELESS, ...rest, deliveryId: delivery })),
        },
        false,
      );

export const sayExtend = (deliveries: readonly number[], extendMs: number, binary: boolean): Frames =>
  binary
    ? [encodeExtend(deliveries, extendMs)]
    : say(
        {
          type: 'extend',
          request: null,
          extendMs,
          items: deliveries.map((deliveryId) => ({ ...NAMELESS, deliveryId })),
        },
        false,
      );

export const sayFetch = (count: number, waitMs: number, binary: boolean): Frames =>
  binary
    ? [encodeFetch(count, waitMs)]
    : say(
        { type: 'consumer.fetch', tenantId: '', consumerId: '', sessionId: null, count, waitMs, request: null },
        false,
      );

/** What the frames mean; a broker that says anything else breaks its own protocol. */
export function hear(frames: Frames): Heard {
  const [first, second, third, fourth] = frames;
  if (first !== undefined && frames.length === 1) return hearPacket(first);
  if (first?.length === 0 && second !== undefined && third !== undefined) {
    if (Buffer.compare(second, CONTROL) === 0) return hearWord(third);
    if (fourth !== undefined) return { type: 'deliveries', deliveries: [framesDelivery(second, third, fourth)] };
  }
  throw new Violation('unexpected', `the broker sent ${frames.length} frames that mean nothing`);
}

function hearPacket(bytes: Uint8Array): Heard {
  const packet = decodeBrokerPacket(bytes);
  switch (packet.type) {
    case 'refused':
      throw new Violation('unexpected', `the broker sent a packet that is ${packet.error}: ${packet.detail}`);
    case 'control':
      return hearWord(packet.json);
    case 'heartbeat':
      return { type: 'word', word: { type: 'broker.heartbeat', timeUnixMs: 0 } };
    case 'confirm':
      return { ...packet, type: 'confirmed' };
    case 'acked':
      return packet;
    case 'fetched':
      return { type: 'word', word: { ...packet, type: 'consumer.fetched', consumerId: '' } };
    case 'deliver': {
      const { offsets, items, queueIndex, firstDelivery, deadlineMs } = packet;
      const deliveries = items.map(({ sequence, attempt, returned }, i): HeardDelivery => {
        const at = offsets[i] as number;
        return {
          queue: queueIndex,
          topic: topicOf(bytes, at),
          messageId: messageIdOf(bytes, at),
          body: bodyOf(bytes, at),
          sequence,
          delivery: firstDelivery === 0 ? 0 : firstDelivery + i,
          attempt,
          returned,
          deadlineMs,
        };
      });
      return { type: 'deliveries', deliveries };
    }
  }
}

function hearWord(json: Uint8Array): Heard {
  const word = decodeBrokerWord(json);
  if (word.type === 'refused') {
    throw new Violation('unexpected', `the broker said a word that is ${word.error}: ${word.detail}`);
  }
  if (word.type === 'publish.confirmed' && word.throughSequence !== null) {
    return { type: 'confirmed', through: word.throughSequence, position: word.position, exceptions: word.exceptions };
  }
  if (word.type === 'acked') {
    const refused = word.refused.map(({ deliveryId, code }) => ({ delivery: deliveryId ?? 0, code }));
    return { type: 'acked', request: word.request, position: word.position, refused };
  }
  return { type: 'word', word };
}

interface Meta {
  readonly message_id?: string;
  readonly sequence: number;
  readonly delivery_id?: string;
  readonly attempt: number;
  readonly returned?: number;
  readonly lease_deadline_unix_ms?: number;
  readonly queue: string;
}

function framesDelivery(topic: Uint8Array, body: Uint8Array, json: Uint8Array): HeardDelivery {
  const text = new TextDecoder();
  const meta = JSON.parse(text.decode(json)) as Meta;
  return {
    queue: meta.queue,
    topic: text.decode(topic),
    // A message without an id of its own is named by its sequence.
    messageId: meta.message_id === undefined || meta.message_id.startsWith('#') ? '' : meta.message_id,
    body,
    sequence: meta.sequence,
    delivery: Number(meta.delivery_id ?? 0),
    attempt: meta.attempt,
    returned: meta.returned ?? 0,
    deadlineMs: meta.lease_deadline_unix_ms ?? 0,
  };
}
