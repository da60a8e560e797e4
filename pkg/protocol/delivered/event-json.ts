// The earlier system's event JSON, for consumers that know nothing else. A body that came as an event leaves byte for
// byte; from anything else the event is built: JSON as value, other bytes as base64 in `Data`.

import { FORM_ENVELOPE, FORM_EVENT } from '../block.ts';
import { encodeText, joined } from '../bytes.ts';
import { isJson, parseObject } from '../json.ts';
import { ENVELOPE_BYTES_MAX } from '../limits.ts';
import { printTime, TIME_MS_MAX } from '../rfc3339.ts';
import { timesOf } from '../times.ts';
import { type DeliveryFacts, deliveryKeys, isJsonType, messageName, type Outgoing, timeOf } from './facts.ts';
import { base64Json, looksLikeObject, valueIn, withKeys } from './json-bytes.ts';

/** How the earlier system writes "no time". */
const NO_TIME = '0001-01-01T00:00:00Z';

/** With `delivery` the JSON carries its keys, added before the closing brace where the event came as it is. */
export function eventJson(message: Outgoing, delivery: DeliveryFacts | null): Uint8Array {
  if (message.form === FORM_EVENT && !message.isCompressed && looksLikeObject(message.body)) {
    return delivery === null ? message.body : withKeys(message.body, addedKeys(message, delivery));
  }
  return builtEvent(message, delivery);
}

/** A consumer acks by the event's ID, so an event that came without one is given the name it can be acked by. */
const addedKeys = (message: Outgoing, delivery: DeliveryFacts): string =>
  message.messageId === ''
    ? `"ID":${JSON.stringify(messageName('', message.sequence))},${deliveryKeys(delivery)}`
    : deliveryKeys(delivery);

function builtEvent(message: Outgoing, delivery: DeliveryFacts | null): Uint8Array {
  const data = dataOf(message);
  const { before, after } = eventAround(message, delivery, data.isBase64);
  return joined([encodeText(before), data.json, encodeText(after)]);
}

/** The event before and behind its data. */
export function eventAround(
  message: Outgoing,
  delivery: DeliveryFacts | null,
  isBase64: boolean,
): { readonly before: string; readonly after: string } {
  const { attributes } = message;
  const text = (value: string | number | undefined): string => JSON.stringify(String(value ?? ''));
  const before =
    `{"ID":${text(messageName(message.messageId, message.sequence))},"Topic":${text(message.topic)},` +
    `"tenant_id":${text(message.tenant)},"Source":${text(attributes.source ?? attributes.producer_id)},` +
    `"timestamp":"${printTime(timeOf(message))}","deliver_at":"${dueText(message)}",` +
    `"priority":${text(attributes.priority)},"Data":`;
  const after =
    `,"DataContentType":${text(attributes.content_type)},"DataSchema":${text(attributes.schema)},"SpecVersion":"abtp/1"` +
    (isBase64 ? ',"DataEncoding":"base64"' : '') +
    (message.isCompressed ? ',"DataCompression":"lz4"' : '') +
    (delivery === null ? '}' : `,${deliveryKeys(delivery)}}`);
  return { before, after };
}

/** The one time that an event has a field for, however its producer said it. */
function dueText({ attributes, acceptedAtMs }: Outgoing): string {
  const times = timesOf(attributes);
  if (times === null || 'code' in times || times.due === null) return NO_TIME;
  const dueMs = 'atMs' in times.due ? times.due.atMs : Math.floor(acceptedAtMs) + times.due.afterMs;
  return dueMs > TIME_MS_MAX ? NO_TIME : printTime(dueMs);
}

export interface DataValue {
  readonly json: Uint8Array;
  readonly isBase64: boolean;
}

/** The message's data as a JSON value: taken out of an envelope or event where the body is one. */
export function dataOf(message: Outgoing): DataValue {
  const { body } = message;
  if (!message.isCompressed) {
    if (message.form === FORM_ENVELOPE || message.form === FORM_EVENT) {
      const inner = parseObject(body, ENVELOPE_BYTES_MAX) === null ? null : innerValue(message);
      if (inner !== null) return inner;
    } else if (isJsonType(message.attributes.content_type) && isJson(body, ENVELOPE_BYTES_MAX)) {
      return { json: body, isBase64: false };
    }
  }
  return { json: base64Json(body), isBase64: true };
}

function innerValue(message: Outgoing): DataValue | null {
  if (message.form === FORM_EVENT) {
    const data = valueIn(message.body, (key) => key.toLowerCase() === 'data');
    return data === null ? null : { json: data, isBase64: false };
  }
  const payload = valueIn(message.body, (key) => key === 'payload');
  if (payload !== null) return { json: payload, isBase64: false };
  const packed = valueIn(message.body, (key) => key === 'payload_base64');
  return packed === null ? null : { json: packed, isBase64: true };
}
