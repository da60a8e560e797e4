// What a message says beside its body, read where a route asks for it. Other messages pass unread.

import { NO_ATTRIBUTES } from '../../../pkg/protocol/attributes.ts';
import { attributesOf } from '../../../pkg/protocol/block.ts';
import { joined } from '../../../pkg/protocol/bytes.ts';
import type { PublishMessage } from '../command.ts';
import { toldAs, UNROUTABLE_TOPIC } from '../own-messages.ts';
import type { RouteMatch } from '../route-index.ts';

/** What the topic's match is for this message. The head of a block stands in the source, also where its body is the tail. */
export const matchFor = (routed: RouteMatch, source: Uint8Array, { start }: PublishMessage): RouteMatch =>
  routed.choice === null ? routed : routed.choice.of(attributesOf(source, start) ?? NO_ATTRIBUTES);

/** The broker's own message about one that no route takes; null: it has no room for what is to be said. */
export function toldUnroutable(
  source: Uint8Array,
  { topic, start, end, tail }: PublishMessage,
): (PublishMessage & { readonly tail: Uint8Array }) | null {
  const block = tail === null ? source.subarray(start, end) : joined([source.subarray(start, end), tail]);
  const told = toldAs(block, UNROUTABLE_TOPIC, {
    tachyon_original_topic: topic,
    tachyon_reason: 'UNROUTABLE',
  });
  if (told === null) return null;
  return { topic: UNROUTABLE_TOPIC, start: 0, end: 0, tail: told, mode: 'both', times: null, fault: null };
}
