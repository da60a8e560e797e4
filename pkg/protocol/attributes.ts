// Attributes of a message: what a producer says about it beside topic, id and body. They travel as one JSON object
// in the block and in the meta frame, in the names below. The list is closed, so that a misspelled option is refused
// instead of ignored; a producer's own words go under `headers`, where unknown names are kept.

import type { ErrorCode } from './errors.ts';
import { isAbsent, isObject, type JsonObject, type JsonScalar } from './json.ts';
import { blank, noTime } from './off-values.ts';

export type Headers = Readonly<Record<string, JsonScalar>>;

export interface Attributes {
  readonly headers?: Headers;
  readonly correlation_id?: string;
  readonly content_type?: string;
  readonly codec?: string;
  readonly schema?: string;
  readonly source?: string;
  readonly producer_id?: string;
  readonly trace_id?: string;
  /** Where an answer goes: a topic, or an inbox that the broker gave. */
  readonly reply_to?: string;
  /** Refuse the message where nobody is there to answer it. */
  readonly reply_expected?: boolean;
  /** Of a reply that is one of several: from 1, and whether it is the last. */
  readonly reply_sequence?: number;
  readonly reply_final?: boolean;
  /** The answer is that it went wrong. */
  readonly reply_error?: string;
  /** The name of a class: see partition-key.ts. */
  readonly priority?: string | number;
  /** Messages of one are handed over one after the other. */
  readonly partition_key?: string;
  readonly timestamp_unix_ms?: number;
  readonly delivery_mode?: DeliveryMode;
  /** When it is due and until when it is worth something: `timesOf` reads them. */
  readonly delay_ms?: number;
  readonly deliver_at?: string;
  readonly deliver_at_unix_ms?: number;
  readonly ttl_ms?: number;
  readonly deadline_unix_ms?: number;
}

export type DeliveryMode = 'direct' | 'fanout';

export const NO_ATTRIBUTES: Attributes = Object.freeze({});

/** Why a message with these attributes is refused. */
export interface OptionRefusal {
  readonly code: ErrorCode;
  readonly detail: string;
}

type Kind = 'flag' | 'text' | 'number' | 'text or number' | 'headers' | 'time in milliseconds' | 'time as text';

const KNOWN: Readonly<Record<keyof Attributes, Kind>> = {
  headers: 'headers',
  correlation_id: 'text',
  content_type: 'text',
  codec: 'text',
  schema: 'text',
  source: 'text',
  producer_id: 'text',
  trace_id: 'text',
  reply_to: 'text',
  reply_expected: 'flag',
  reply_sequence: 'number',
  reply_final: 'flag',
  reply_error: 'text',
  priority: 'text or number',
  partition_key: 'text',
  timestamp_unix_ms: 'number',
  delivery_mode: 'text',
  delay_ms: 'time in milliseconds',
  deliver_at: 'time as text',
  deliver_at_unix_ms: 'time in milliseconds',
  ttl_ms: 'time in milliseconds',
  deadline_unix_ms: 'time in milliseconds',
};

export const ATTRIBUTE_NAMES: readonly string[] = Object.keys(KNOWN);

/**
 * The known attributes of `given`, checked; null and absent are the same, and so is a time that means none. Names outside the
 * list and outside `others` are refused. `others` are names that the caller reads itself.
 */
export function takeAttributes(given: JsonObject, others: ReadonlySet<string>): Attributes | OptionRefusal {
  const taken: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (isAbsent(value) || others.has(name)) continue;
    if (!Object.hasOwn(KNOWN, name)) return { code: 'MALFORMED_OPTIONS', detail: `no option is named ${shown(name)}` };
    const kind = KNOWN[name as keyof Attributes];
    if (isTime(kind) && noTime(value)) continue;
    if (!fits(value, kind)) return { code: 'MALFORMED_OPTIONS', detail: `${name}: ${asks(kind)}` };
    taken[name] = value;
  }
  return taken;
}

export const isOptionRefusal = (value: Attributes | OptionRefusal): value is OptionRefusal => 'code' in value;

/** The attribute, or the standard header of the same name, which means the same. */
export function deliveryModeOf(attributes: Attributes): DeliveryMode | null {
  const mode = attributes.delivery_mode ?? attributes.headers?.['delivery_mode'];
  return mode === 'fanout' || mode === 'direct' ? mode : null;
}

/** The attribute, or a header of the same name that does not mean off. */
export function replyExpectedIn(attributes: Attributes): boolean {
  const header = attributes.headers?.['reply_expected'];
  return attributes.reply_expected ?? (header !== undefined && header !== null && !blank(header));
}

export const isScalar = (value: unknown): value is JsonScalar =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

/** A name of a stranger's choosing, short enough for an error message. */
export const shown = (name: string): string => JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);

const isTime = (kind: Kind): boolean => kind === 'time in milliseconds' || kind === 'time as text';

function fits(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'text':
    case 'time as text':
      return typeof value === 'string';
    case 'flag':
      return typeof value === 'boolean';
    case 'number':
    case 'time in milliseconds':
      return Number.isFinite(value);
    case 'text or number':
      return typeof value === 'string' || Number.isFinite(value);
    case 'headers':
      return isObject(value) && Object.values(value).every(isScalar);
  }
}

function asks(kind: Kind): string {
  if (kind === 'flag') return 'must be true or false';
  return kind === 'headers' ? 'must be an object of texts, numbers and booleans' : `must be a ${kind}`;
}
