// Options of a publish that this broker knows and does not carry out yet. They are refused, never ignored, unless
// their value means off. One list for the options frame, the envelope, its headers, the earlier event and the
// attributes of abtp/2: a word means the same wherever it is said.

import {
  ATTRIBUTE_NAMES,
  type Attributes,
  isOptionRefusal,
  NO_ATTRIBUTES,
  type OptionRefusal,
  takeAttributes,
} from './attributes.ts';
import { isAbsent, isObject, type JsonObject } from './json.ts';
import { blank, type IsOff, noTime } from './off-values.ts';

const noObject: IsOff = (value) => blank(value) || (isObject(value) && Object.keys(value).length === 0);
const firstAttempt: IsOff = (value) => value === 0 || value === 1;
const knownMode: IsOff = (value) => value === '' || value === 'direct' || value === 'fanout';
const knownCodec: IsOff = (value) => value === '' || value === 'json' || value === 'raw';

const NOT_YET: Readonly<Record<string, IsOff>> = {
  next_attempt_unix_ms: noTime,
  idempotency_key: blank,
  auth: noObject,
  attempt: firstAttempt,
  delivery_mode: knownMode,
  codec: knownCodec,
};

export const UNSUPPORTED_OPTIONS: readonly string[] = Object.keys(NOT_YET);

/** The first option, at the top or under `headers`, that says something which would have no effect. */
export function refuseUnsupported(options: JsonObject): OptionRefusal | null {
  const headers = options['headers'];
  const refused = firstRefused(options, '');
  if (refused !== null || !isObject(headers)) return refused;
  return firstRefused(headers, 'headers.') ?? refuseHeaderCompression(headers['compression']);
}

function firstRefused(options: JsonObject, prefix: string): OptionRefusal | null {
  for (const [name, value] of Object.entries(options)) {
    if (isAbsent(value) || !Object.hasOwn(NOT_YET, name) || NOT_YET[name]!(value)) continue;
    return { code: 'NOT_SUPPORTED', detail: `${prefix}${name} has no effect yet; leave it out` };
  }
  return null;
}

/** A header that says a body is compressed would outlive the compression; the form of the wire says it instead. */
const refuseHeaderCompression = (value: unknown): OptionRefusal | null =>
  isAbsent(value) || value === '' || value === 'none'
    ? null
    : {
        code: 'UNSUPPORTED_COMPRESSION',
        detail: 'headers.compression: say it as the option compression, or as the block field',
      };

/** The compressions that an option or a header may name. */
export function refuseCompression(value: unknown): OptionRefusal | null {
  if (isAbsent(value) || value === '' || value === 'none' || value === 'lz4') return null;
  return { code: 'UNSUPPORTED_COMPRESSION', detail: 'known are none and lz4' };
}

/** Words that are no attributes: `refuseUnsupported` judges them. */
const LEFT_TO_OTHERS: ReadonlySet<string> = new Set(
  UNSUPPORTED_OPTIONS.filter((name) => !ATTRIBUTE_NAMES.includes(name)),
);

/**
 * The attributes as far as they can be relied on: none at all where one is misshapen. What a message was accepted
 * with may be older than the checks of today, and must never break its delivery.
 */
export function soundAttributes(attributes: JsonObject | null): Attributes {
  const taken = attributes === null ? NO_ATTRIBUTES : takeAttributes(attributes, LEFT_TO_OTHERS);
  return isOptionRefusal(taken) ? NO_ATTRIBUTES : taken;
}

/** What an abtp/2 block brings as attributes, judged by the same rules as the options frame. */
export function checkAttributes(attributes: JsonObject): OptionRefusal | null {
  const refused = refuseUnsupported(attributes);
  if (refused !== null) return refused;
  const taken = takeAttributes(attributes, LEFT_TO_OTHERS);
  return isOptionRefusal(taken) ? taken : null;
}
