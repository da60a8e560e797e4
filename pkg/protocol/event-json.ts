// The frames in which abtp/1 consumers and PUB subscribers get a message.
//
//   frames     ['', topic, body, meta JSON]
//   envelope   ['', topic, abtp/1 JSON]                 with delivery_id, attempt, lease_deadline_unix_ms in the JSON
//   event      ['', topic, event JSON, meta JSON]       after hello: an event that came as one leaves byte for byte
//              ['', topic, event JSON]                  without hello: exactly three frames, the same keys in the JSON
//   fanout     [topic, body, meta JSON] or [topic, JSON]

import { EMPTY, encodeText } from './bytes.ts';
import type { DeliveryForm } from './control/consumer.ts';
import { envelopeJson } from './delivered/envelope-json.ts';
import { eventJson } from './delivered/event-json.ts';
import { type DeliveryFacts, formName, messageName, type Outgoing } from './delivered/facts.ts';

/** What a consumer is sent. `hasHello` decides where the facts of an event's delivery travel. */
export function deliveryFrames(
  form: DeliveryForm,
  hasHello: boolean,
  message: Outgoing,
  delivery: DeliveryFacts,
): Uint8Array[] {
  const { topicBytes } = message;
  switch (form) {
    case 'frames':
      return [EMPTY, topicBytes, message.body, metaJson(message, delivery)];
    case 'envelope':
      return [EMPTY, topicBytes, envelopeJson(message, delivery)];
    case 'event':
      return hasHello
        ? [EMPTY, topicBytes, eventJson(message, null), metaJson(message, delivery)]
        : [EMPTY, topicBytes, eventJson(message, delivery)];
  }
}

/** What the PUB endpoint sends: a subscriber matches the first frame by its beginning. */
export function fanoutFrames(form: DeliveryForm, message: Outgoing): Uint8Array[] {
  const { topicBytes } = message;
  switch (form) {
    case 'frames':
      return [topicBytes, message.body, metaJson(message, null)];
    case 'envelope':
      return [topicBytes, envelopeJson(message, null)];
    case 'event':
      return [topicBytes, eventJson(message, null)];
  }
}

/** What is known about the message beside its body: one JSON object, attributes by their own names. */
export function metaJson(message: Outgoing, delivery: DeliveryFacts | null): Uint8Array {
  const meta = {
    ...message.attributes,
    message_id: messageName(message.messageId, message.sequence) || undefined,
    form: formName(message.form),
    compression: message.isCompressed ? 'lz4' : undefined,
    tenant_id: message.tenant || undefined,
    accepted_at_unix_ms: Math.floor(message.acceptedAtMs),
    sequence: message.sequence === 0 ? undefined : message.sequence,
    ...(delivery === null
      ? {}
      : {
          delivery_id: String(delivery.deliveryId),
          attempt: delivery.attempt,
          returned: delivery.returned,
          lease_deadline_unix_ms: Math.floor(delivery.leaseDeadlineMs),
          queue: delivery.queue,
        }),
  };
  return encodeText(JSON.stringify(meta)); // what is undefined is left out
}
