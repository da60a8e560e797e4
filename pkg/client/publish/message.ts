// A message as a caller gives it, and as the block that travels.

import {
  type Attributes,
  type Block,
  type DeliveryMode,
  encodeText,
  type Headers,
  type JsonObject,
  TachyonError,
} from '../../protocol/index.ts';

/** Bytes travel as they are, text as UTF-8, anything else as JSON (then `contentType` is `application/json` unless given). */
export type PublishBody = Uint8Array | string | JsonObject | readonly unknown[];

export interface PublishOptions {
  /** The producer's own name of the message, up to 255 bytes. */
  readonly messageId?: string;
  /** Words of your own: texts, numbers, booleans. */
  readonly headers?: Headers;
  readonly correlationId?: string;
  readonly contentType?: string;
  /** `direct`: to queues only. `fanout`: to subscribers only, best effort. Left out, the routes of the topic decide. */
  readonly mode?: DeliveryMode;
  /** Where an answer goes: a topic, or an inbox of the broker. `request` sees to it by itself. */
  readonly replyTo?: string;
  /** Refuse with NO_RESPONDERS where no consumer is there to take the message. */
  readonly replyExpected?: boolean;
  /** Of a reply that is one of several: its number from 1, and whether it is the last. `respond` sees to it by itself. */
  readonly replySequence?: number;
  readonly replyFinal?: boolean;
  /** Of a reply: that it went wrong, and why. */
  readonly replyError?: string;
  readonly traceId?: string;
  readonly schema?: string;
  readonly source?: string;
  /** The name of a class of the broker's, such as `high`; another counts as none. */
  readonly priority?: string | number;
  /** Messages of one key are handed over one after the other, in the order in which they were accepted. At most 255 bytes. */
  readonly partitionKey?: string;
  /** When the message came about; the broker keeps its own time of acceptance beside it. */
  readonly timestampMs?: number;
  /**
   * Worth nothing so many milliseconds after the broker accepted it: it is not given any more, and its queue takes it out or
   * dead-letters it. From 0 (default: for ever); with `delayMs` or `deliverAt`, a ttl that ends before the message is due is
   * refused with ALREADY_EXPIRED. Not together with `expiresAt`.
   */
  readonly ttlMs?: number;
  /** As `ttlMs`, by the clock: a Date, or milliseconds since 1970. A time that is past is refused with ALREADY_EXPIRED. */
  readonly expiresAt?: Date | number;
  /**
   * Given so many milliseconds after the broker accepted it, not earlier. From 0 (default: at once) to 365 days; more is
   * refused with SCHEDULE_TOO_FAR. Not together with `deliverAt`, and not for fanout, which keeps nothing.
   */
  readonly delayMs?: number;
  /**
   * As `delayMs`, by the clock: a Date, or milliseconds since 1970. A time up to a minute ago is now; an earlier one is
   * refused with SCHEDULE_IN_PAST.
   */
  readonly deliverAt?: Date | number;
}

const NAMES = {
  headers: 'headers',
  correlationId: 'correlation_id',
  contentType: 'content_type',
  mode: 'delivery_mode',
  replyTo: 'reply_to',
  replyExpected: 'reply_expected',
  replySequence: 'reply_sequence',
  replyFinal: 'reply_final',
  replyError: 'reply_error',
  traceId: 'trace_id',
  schema: 'schema',
  source: 'source',
  priority: 'priority',
  partitionKey: 'partition_key',
  timestampMs: 'timestamp_unix_ms',
  ttlMs: 'ttl_ms',
  expiresAt: 'deadline_unix_ms',
  delayMs: 'delay_ms',
  deliverAt: 'deliver_at_unix_ms',
} as const satisfies Readonly<Record<Exclude<keyof PublishOptions, 'messageId'>, keyof Attributes>>;

export const JSON_ATTRIBUTES: Attributes = { content_type: 'application/json' };
export const NO_OPTIONS: PublishOptions = Object.freeze({});

/** Throws a TachyonError when the body cannot be sent at all. Sizes and the topic are judged where the block is made. */
export function blockOf(topic: string, body: PublishBody, options: PublishOptions): Block {
  const isJson = isJsonBody(body);
  const attributes = options === NO_OPTIONS ? (isJson ? JSON_ATTRIBUTES : null) : attributesOf(options, isJson);
  return { topic, messageId: options.messageId ?? '', attributes, body: bytesOf(body) };
}

export const isJsonBody = (body: PublishBody): boolean => typeof body !== 'string' && !(body instanceof Uint8Array);

/** Throws INVALID_ARGUMENT when there is no JSON for it. */
export function bytesOf(body: PublishBody): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return textBytes(typeof body === 'string' ? body : jsonOf(body));
}

/** Buffer's pool makes short texts cheap; the bytes are copied into the packet before anybody else may use the pool's. */
const textBytes = (text: string): Uint8Array => (text.length < 1_024 ? Buffer.from(text) : encodeText(text));

function jsonOf(body: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(body);
  } catch (cause) {
    throw new TachyonError('INVALID_ARGUMENT', 'the body cannot be written as JSON', { cause });
  }
  if (text === undefined) throw new TachyonError('INVALID_ARGUMENT', `a body of type ${typeof body} is no JSON`);
  return text;
}

function attributesOf(options: PublishOptions, isJson: boolean): Attributes {
  const attributes: Record<string, unknown> = isJson ? { ...JSON_ATTRIBUTES } : {};
  for (const [name, value] of Object.entries(options)) {
    if (name === 'messageId' || value === undefined) continue;
    if (!Object.hasOwn(NAMES, name)) throw new TachyonError('INVALID_ARGUMENT', `no publish option is named ${name}`);
    attributes[NAMES[name as keyof typeof NAMES]] = Object.hasOwn(LEAST_MS, name) ? msOf(name, value) : value;
  }
  return attributes;
}

/** A span of 0 means none; a time of 0 would too, and was hardly meant so. */
const LEAST_MS: Readonly<Record<string, number>> = { ttlMs: 0, delayMs: 0, expiresAt: 1, deliverAt: 1 };

/** Checked here, because JSON would make null of an invalid Date, which the broker takes for not said. */
function msOf(name: string, value: unknown): number {
  const least = LEAST_MS[name] as number;
  const ms = value instanceof Date && least > 0 ? value.getTime() : value;
  if (typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= least) return ms;
  const what = least > 0 ? 'a Date after 1970, or whole milliseconds since then' : 'whole milliseconds from 0';
  throw new TachyonError('INVALID_ARGUMENT', `${name}: must be ${what}`);
}
