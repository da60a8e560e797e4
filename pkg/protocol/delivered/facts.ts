// What is told about a message when it leaves, in whichever form: about the message itself, and about this delivery.

import type { Attributes } from '../attributes.ts';
import { type BlockView, type BodyForm, COMPRESSION_LZ4 } from '../block.ts';
import type { JsonObject } from '../json.ts';
import { soundAttributes } from '../publish-options.ts';
import { TIME_MS_MAX } from '../rfc3339.ts';

/** A message on its way out. */
export interface Outgoing {
  readonly topic: string;
  readonly topicBytes: Uint8Array;
  /** The producer's id; empty when it gave none. */
  readonly messageId: string;
  readonly attributes: Attributes;
  readonly form: BodyForm;
  /** Plain, unless `isCompressed`: abtp/1 consumers get bodies decompressed. */
  readonly body: Uint8Array;
  /** The body did not decompress, and leaves as it is. */
  readonly isCompressed: boolean;
  readonly tenant: string;
  readonly acceptedAtMs: number;
  /** 0 for fanout, which has none. */
  readonly sequence: number;
}

export interface DeliveryFacts {
  readonly deliveryId: number;
  readonly attempt: number;
  readonly returned: number;
  readonly leaseDeadlineMs: number;
  readonly queue: string;
}

/** From a block. `plain` is its body decompressed; leave it out where the block is not compressed, or cannot be. */
export function outgoing(
  block: BlockView,
  about: { readonly tenant: string; readonly acceptedAtMs: number; readonly sequence: number },
  plain?: Uint8Array,
): Outgoing {
  return {
    topic: block.topic,
    topicBytes: block.topicBytes,
    messageId: block.messageId,
    attributes: soundAttributes(block.attributes as JsonObject | null),
    form: block.form,
    body: plain ?? block.body,
    isCompressed: plain === undefined && block.compression === COMPRESSION_LZ4,
    ...about,
  };
}

/**
 * The id under which a consumer may ack a message: the producer's, else one made of the broker's number of it.
 * Whoever looks up an acked `message_id` must compare with this.
 */
export const messageName = (messageId: string, sequence: number): string =>
  messageId !== '' || sequence === 0 ? messageId : `#${sequence}`;

/** The producer's time where it gave a usable one, else that of the acceptance. Whole milliseconds. */
export function timeOf(message: Outgoing): number {
  const stated = message.attributes.timestamp_unix_ms;
  const isUsable = stated !== undefined && stated >= 0 && stated <= TIME_MS_MAX;
  return Math.floor(isUsable ? stated : message.acceptedAtMs);
}

const FORM_NAMES = ['raw', 'event', 'envelope'] as const;
export const formName = (form: BodyForm): (typeof FORM_NAMES)[number] => FORM_NAMES[form];

/** The three keys that each form carries. The id travels as text: it is opaque to clients. */
export const deliveryKeys = (delivery: DeliveryFacts): string =>
  `"delivery_id":"${delivery.deliveryId}","attempt":${delivery.attempt},"lease_deadline_unix_ms":${Math.floor(delivery.leaseDeadlineMs)}`;

/** `application/json`, `text/json`, `anything+json`, with or without parameters. */
export const isJsonType = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^\s*(application\/json|text\/json|[^;\s]+\+json)\s*(;|$)/i.test(contentType);
