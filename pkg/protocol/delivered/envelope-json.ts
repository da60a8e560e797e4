// The abtp/1 envelope for delivery. A body that came as an envelope leaves byte for byte, with the keys of the
// delivery before its closing brace; for anything else the envelope is built around the data.

import { FORM_ENVELOPE } from '../block.ts';
import { encodeText, joined } from '../bytes.ts';
import { dataOf } from './event-json.ts';
import { type DeliveryFacts, deliveryKeys, messageName, type Outgoing, timeOf } from './facts.ts';
import { looksLikeObject, withKeys } from './json-bytes.ts';

export function envelopeJson(message: Outgoing, delivery: DeliveryFacts | null): Uint8Array {
  if (message.form === FORM_ENVELOPE && !message.isCompressed && looksLikeObject(message.body)) {
    return delivery === null ? message.body : withKeys(message.body, deliveryKeys(delivery));
  }
  const data = dataOf(message);
  const before = JSON.stringify({
    spec_version: 'abtp/1',
    message_id: messageName(message.messageId, message.sequence),
    producer_id: message.attributes.producer_id ?? message.attributes.source ?? '',
    topic: message.topic,
    timestamp_unix_ms: timeOf(message),
    ...optional(message),
  });
  const key = data.isBase64 ? '"payload_base64"' : '"payload"';
  const after = delivery === null ? '}' : `,${deliveryKeys(delivery)}}`;
  return joined([encodeText(`${before.slice(0, -1)},${key}:`), data.json, encodeText(after)]);
}

function optional(message: Outgoing): object {
  const { correlation_id, reply_to, trace_id, priority, partition_key } = message.attributes;
  const { headers, content_type, codec, schema } = message.attributes;
  const { delay_ms, deliver_at, deliver_at_unix_ms, ttl_ms, deadline_unix_ms } = message.attributes;
  const times = { delay_ms, deliver_at, deliver_at_unix_ms, ttl_ms, deadline_unix_ms };
  const all = {
    ...headers,
    ...(content_type === undefined ? {} : { content_type }),
    ...(codec === undefined ? {} : { codec }),
    ...(schema === undefined ? {} : { schema }),
    ...(message.tenant === '' ? {} : { tenant_id: message.tenant }),
    ...(message.isCompressed ? { compression: 'lz4' } : {}),
  };
  // JSON.stringify leaves out what is undefined.
  const known = Object.keys(all).length === 0 ? undefined : all;
  return { correlation_id, reply_to, trace_id, priority, partition_key, ...times, headers: known };
}
