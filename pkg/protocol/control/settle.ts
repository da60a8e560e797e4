// ack, nack and extend: one delivery in the word itself, or many under `messages`, where each entry takes from the
// word what it does not say itself. `request` asks for an `acked` once the outcome is durable.

import { NACK_STATUSES, type NackStatus } from '../abtp2/settle.ts';
import type { ErrorCode } from '../errors.ts';
import { isAbsent, isObject, type JsonObject } from '../json.ts';
import { EXTEND_MS_MAX, ITEMS_MAX, MESSAGE_ID_BYTES_MAX, NACK_DELAY_MS_MAX, REASON_BYTES_MAX } from '../limits.ts';
import { type Codec, count, errorCode, id, list, maybe, need, nullable, record, text, whole } from './codec.ts';
import { consumerField, sessionField, tenantField } from './consumer.ts';

/** Names a delivery: by its id, else by the message of which this connection holds one lease. */
export interface DeliveryName {
  readonly tenantId: string;
  readonly consumerId: string;
  readonly sessionId: number | null;
  readonly deliveryId: number | null;
  /** Empty when only the delivery id was given. */
  readonly messageId: string;
}

export interface NackedDelivery extends DeliveryName {
  readonly status: NackStatus;
  readonly reason: string;
  readonly delayMs: number;
}

interface Settlement<Item> {
  /** Null when no reply is wanted. */
  readonly request: number | null;
  readonly items: readonly Item[];
}

export interface Ack extends Settlement<DeliveryName> {
  readonly type: 'ack';
}

export interface Nack extends Settlement<NackedDelivery> {
  readonly type: 'nack';
}

export interface Extend extends Settlement<DeliveryName> {
  readonly type: 'extend';
  /** 0: the queue's lease. */
  readonly extendMs: number;
}

export interface Acked {
  readonly type: 'acked';
  readonly request: number;
  readonly position: number;
  readonly refused: readonly {
    readonly deliveryId: number | null;
    readonly messageId: string;
    readonly code: ErrorCode;
  }[];
}

const messageId = maybe('message_id', text(MESSAGE_ID_BYTES_MAX), '');
const deliveryId = maybe('delivery_id', nullable(id), null);

const nameFields = { tenantId: tenantField, consumerId: consumerField, sessionId: sessionField, deliveryId, messageId };
const deliveryName = record<DeliveryName>(nameFields);

/**
 * The earlier system retries `retryable` and `retryable_error` and dead-letters everything else; `returned` is ours.
 * A status that is no word of ours is kept as the reason where no reason is given, as it did.
 */
const nacked: Codec<NackedDelivery> = (() => {
  const spoken = record<DeliveryName & { status: string; reason: string; delayMs: number }>({
    ...nameFields,
    status: maybe('status', text(REASON_BYTES_MAX), ''),
    reason: maybe('reason', text(REASON_BYTES_MAX), ''),
    delayMs: maybe('delay_ms', whole(0, NACK_DELAY_MS_MAX), 0),
  });
  return {
    read(value, at, misfit) {
      const read = spoken.read(value, at, misfit);
      if (read === undefined) return undefined;
      const status = statusOf(read.status);
      const isOurs = (NACK_STATUSES as readonly string[]).includes(read.status);
      return { ...read, status, reason: read.reason === '' && !isOurs ? read.status : read.reason };
    },
    write: (value) => spoken.write(value),
  };
})();

function statusOf(spoken: string): NackStatus {
  if (spoken === 'retryable' || spoken === 'retryable_error') return 'retryable';
  return spoken === 'returned' ? 'returned' : 'terminal';
}

/** The word's own fields stand in for what an entry of `messages` leaves out. */
function settlement<Item extends DeliveryName>(item: Codec<Item>): Codec<Settlement<Item>> {
  const request = nullable(whole(0, 0xffff_ffff));
  return {
    read(value, at, misfit) {
      if (!isObject(value)) return misfit.note('MALFORMED_CONTROL', 'the word must be an object');
      const asked = isAbsent(value['request']) ? null : request.read(value['request'], 'request', misfit);
      if (asked === undefined) return undefined;
      const messages = value['messages'];
      const entries = isAbsent(messages) ? [value] : messages;
      if (!Array.isArray(entries)) return misfit.note('MALFORMED_CONTROL', 'messages must be a list');
      if (entries.length > ITEMS_MAX)
        return misfit.note('TOO_MANY_ITEMS', `${entries.length} messages, at most ${ITEMS_MAX}`);
      if (entries.length === 0) return misfit.note('MALFORMED_CONTROL', 'messages is an empty list');
      const items: Item[] = [];
      for (let i = 0; i < entries.length; i++) {
        const place = isAbsent(messages) ? at : `messages[${i}]`;
        const read = item.read(withDefaults(entries[i], value), place, misfit);
        if (read === undefined) return undefined;
        if (read.deliveryId === null && read.messageId === '') {
          return misfit.note('MALFORMED_CONTROL', `${place || 'the word'} names neither delivery_id nor message_id`);
        }
        items.push(read);
      }
      return { request: asked, items };
    },
    write(value) {
      const first = value.items[0];
      const body = value.items.length === 1 && first !== undefined ? (item.write(first) as JsonObject) : {};
      const many = value.items.length === 1 ? {} : { messages: value.items.map((entry) => item.write(entry)) };
      return { ...body, ...many, ...(value.request === null ? {} : { request: value.request }) };
    },
  };
}

const INHERITED = ['tenant_id', 'consumer_id', 'session_id', 'status', 'reason', 'delay_ms'] as const;

function withDefaults(entry: unknown, word: JsonObject): unknown {
  if (entry === word || !isObject(entry)) return entry;
  const filled: Record<string, unknown> = { ...entry };
  for (const key of INHERITED) if (isAbsent(filled[key])) filled[key] = word[key];
  return filled;
}

export const ack: Codec<Omit<Ack, 'type'>> = settlement(deliveryName);
export const nack: Codec<Omit<Nack, 'type'>> = settlement(nacked);

const extendMs = maybe('extend_ms', whole(0, EXTEND_MS_MAX), 0);

export const extend: Codec<Omit<Extend, 'type'>> = {
  read(value, at, misfit) {
    const list = ack.read(value, at, misfit);
    const by = list === undefined ? undefined : record<{ extendMs: number }>({ extendMs }).read(value, at, misfit);
    return list === undefined || by === undefined ? undefined : { ...list, ...by };
  },
  write: (value) => ({
    ...(ack.write(value) as JsonObject),
    ...(value.extendMs === 0 ? {} : { extend_ms: value.extendMs }),
  }),
};

const NONE: Acked['refused'] = [];

export const acked: Codec<Omit<Acked, 'type'>> = record<Omit<Acked, 'type'>>({
  request: need('request', count),
  position: need('position', count),
  refused: maybe(
    'refused',
    list(record<Acked['refused'][number]>({ deliveryId, messageId, code: need('code', errorCode) }), ITEMS_MAX),
    NONE,
  ),
});
