// Reading the abtp/1 envelope: one JSON object that carries the message and everything about it. The body is kept
// byte for byte, so headers of any shape survive in it; those that are plain values are attributes too.

import { type Attributes, type Headers, isScalar, type OptionRefusal } from '../attributes.ts';
import { isCount } from '../bytes.ts';
import { isAbsent, isObject, type JsonObject } from '../json.ts';
import { blank, noTime } from '../off-values.ts';
import { refuseUnsupported } from '../publish-options.ts';
import { TIME_NAMES } from '../times.ts';

const ENVELOPE_VERSION = 'abtp/1';

export interface EnvelopeFields {
  readonly messageId: string;
  readonly tenant: string | null;
  readonly attributes: Attributes;
}

/** What makes an object an envelope rather than somebody's own JSON. */
export const claimsEnvelope = (object: JsonObject): boolean => {
  const version = object['spec_version'];
  return typeof version === 'string' && version.startsWith('abtp/');
};

const TEXTS = ['correlation_id', 'reply_to', 'trace_id', 'partition_key'] as const;

export function readEnvelope(object: JsonObject): EnvelopeFields | OptionRefusal {
  if (object['spec_version'] !== ENVELOPE_VERSION) {
    return { code: 'UNSUPPORTED_VERSION', detail: `spec_version must be ${ENVELOPE_VERSION}` };
  }
  for (const name of ['message_id', 'producer_id', 'topic'] as const) {
    const value = object[name];
    if (typeof value !== 'string' || value === '') return misses(`${name} must be a text that is not empty`);
  }
  if (!isCount(object['timestamp_unix_ms'])) return misses('timestamp_unix_ms must be a whole number from 0');
  if (object['payload'] === undefined && typeof object['payload_base64'] !== 'string')
    return misses('payload is missing');
  for (const name of TEXTS) {
    if (!isAbsent(object[name]) && typeof object[name] !== 'string') return misses(`${name} must be a text`);
  }
  const headers = object['headers'];
  if (!isAbsent(headers) && !isObject(headers)) return misses('headers must be an object');
  const priority = object['priority'];
  if (!isAbsent(priority) && typeof priority !== 'string' && !Number.isFinite(priority))
    return misses('priority must be a text or a number');
  for (const name of TIME_NAMES) {
    const value = object[name];
    if (saysTime(value) && !(name === 'deliver_at' ? typeof value === 'string' : Number.isFinite(value)))
      return misses(`${name} must be a ${name === 'deliver_at' ? 'text' : 'number'}`);
    // Other headers of any shape stay in the body alone; this one would be lost without a word.
    if (isObject(headers) && !isAbsent(headers[name]) && !isScalar(headers[name]))
      return misses(`headers.${name} must be a text or a number`);
  }
  return (
    refuseUnsupported(object) ?? { ...namedIn(object, headers), attributes: attributesIn(object, headers, priority) }
  );
}

const saysTime = (value: unknown): boolean => !isAbsent(value) && !noTime(value);

const misses = (detail: string): OptionRefusal => ({ code: 'MALFORMED_BODY', detail: `envelope: ${detail}` });

function namedIn(object: JsonObject, headers: unknown): { messageId: string; tenant: string | null } {
  const tenant = isObject(headers) ? headers['tenant_id'] : undefined;
  return {
    messageId: object['message_id'] as string,
    tenant: typeof tenant === 'string' && tenant !== '' ? tenant : null,
  };
}

/** Standard headers that are attributes of the message wherever they are said. */
const LIFTED = ['content_type', 'codec', 'schema', 'trace_id', 'delivery_mode'] as const;

function attributesIn(object: JsonObject, headers: unknown, priority: unknown): Attributes {
  const found: Record<string, unknown> = {
    producer_id: object['producer_id'],
    timestamp_unix_ms: object['timestamp_unix_ms'],
  };
  if (isObject(headers)) {
    const plain = Object.entries(headers).filter(([, value]) => isScalar(value));
    if (plain.length > 0) found['headers'] = Object.fromEntries(plain) as Headers;
    for (const name of LIFTED)
      if (typeof headers[name] === 'string' && headers[name] !== '') found[name] = headers[name];
  }
  for (const name of TEXTS) if (typeof object[name] === 'string') found[name] = object[name];
  const expected = object['reply_expected'];
  if (!isAbsent(expected) && !blank(expected)) found['reply_expected'] = true;
  if (!isAbsent(priority)) found['priority'] = priority;
  for (const name of TIME_NAMES) if (saysTime(object[name])) found[name] = object[name];
  return found;
}
