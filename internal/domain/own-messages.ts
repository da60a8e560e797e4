// The broker's own messages: what no route takes, and copies of dead letters. They are the message as it came under a topic of
// the broker, and tell in headers what it was and what happened to it.

import type { Attributes, Headers } from '../../pkg/protocol/attributes.ts';
import { attributesOf, BlockView, encodeBlock } from '../../pkg/protocol/block.ts';
import { cutText, textLength } from '../../pkg/protocol/bytes.ts';
import { isErrorCode, TachyonError } from '../../pkg/protocol/errors.ts';
import { TIME_NAMES } from '../../pkg/protocol/times.ts';
import { TOPIC_BYTES_MAX, TOPIC_LEVELS_MAX } from '../../pkg/protocol/topic.ts';

export const UNROUTABLE_TOPIC = '_system.unroutable';
const DEAD_LETTER_PREFIX = '_dlq.';
const REASON_BYTES_MAX = 1_024;

/** Null: it would be longer or deeper than a topic may be, or is the broker's own already: those come back no more. */
export function letterTopicOf(topic: string): string | null {
  if (topic.startsWith('_')) return null;
  const own = `${DEAD_LETTER_PREFIX}${topic}`;
  return textLength(own) > TOPIC_BYTES_MAX || own.split('.').length > TOPIC_LEVELS_MAX ? null : own;
}

/**
 * The block under another topic, with these headers beside its own. Its times are left out: they were about the message. Where
 * headers are too many together, the message's own go; null: not even then is there room.
 */
export function toldAs(block: Uint8Array, topic: string, told: Headers): Uint8Array | null {
  const { messageId, form, compression, body } = new BlockView(block);
  const given = attributesOf(block, 0) ?? {};
  const attributes: Attributes = { ...withoutTimes(given), headers: { ...withoutTimes(given.headers ?? {}), ...told } };
  for (const tried of [attributes, { headers: told }]) {
    try {
      return encodeBlock({ topic, messageId, form, compression, attributes: tried, body });
    } catch (error) {
      if (!(error instanceof TachyonError) || !isErrorCode(error.code)) throw error;
    }
  }
  return null;
}

const withoutTimes = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !TIMES.has(name))) as T;

const TIMES: ReadonlySet<string> = new Set(TIME_NAMES);

export const toldReason = (reason: string): string => cutText(reason, REASON_BYTES_MAX);
