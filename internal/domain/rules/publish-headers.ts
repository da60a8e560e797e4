// What a message says beside its body, read where a route asks for it. Other messages pass unread.

import { NO_ATTRIBUTES } from '../../../pkg/protocol/attributes.ts';
import { attributesOf } from '../../../pkg/protocol/block.ts';
import type { PublishMessage } from '../command.ts';
import type { RouteMatch } from '../route-index.ts';

/** What the topic's match is for this message. The head of a block stands in the source, also where its body is the tail. */
export const matchFor = (routed: RouteMatch, source: Uint8Array, { start }: PublishMessage): RouteMatch =>
  routed.choice === null ? routed : routed.choice.of(attributesOf(source, start) ?? NO_ATTRIBUTES);
