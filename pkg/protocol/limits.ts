// The one table of limits of the wire. Each violation has a code, and each figure a reason; docs/protocol.md prints
// this table and a test compares the two. Invariant: the relations at the end hold, or the module does not load.

import { NAME_BYTES_MAX, TOPIC_BYTES_MAX, TOPIC_LEVELS_MAX } from './topic.ts';

export interface Limit {
  readonly value: number;
  readonly unit: 'bytes' | 'count' | 'ms';
  readonly reason: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const DAY_MS = 24 * 60 * 60 * 1000;

const bytes = (value: number, reason: string): Limit => ({ value, unit: 'bytes', reason });
const count = (value: number, reason: string): Limit => ({ value, unit: 'count', reason });
const ms = (value: number, reason: string): Limit => ({ value, unit: 'ms', reason });

/** Keyed by the names under which `hello.ok` tells them to a client. */
export const WIRE_LIMITS = {
  body_bytes: bytes(
    8 * MIB,
    'one message must never hold the loop or the disk for long; larger ones travel by reference',
  ),
  attributes_bytes: bytes(64 * KIB, 'attributes are parsed on the loop for each message that has some'),
  options_bytes: bytes(64 * KIB, 'the same JSON as attributes, in its own frame'),
  control_bytes: bytes(256 * KIB, 'JSON is parsed on the loop: about 1 ms at this size'),
  envelope_bytes: bytes(256 * KIB, 'events and envelopes are parsed at the door, so they are bounded like control'),
  packet_bytes: bytes(16 * MIB, 'a packet holds the largest message, or a long run of small ones'),
  frames: count(4, 'empty delimiter, topic, body, options'),
  items: count(16_384, 'a list in one message; equal to the window in which a producer may have messages outstanding'),
  batch_messages: count(4_096, 'an atomic batch is one event, decided in one go'),
  batch_bytes: bytes(MIB, 'an atomic batch stands in one group; each message counts its block and 64 bytes'),
  confirm_exceptions: count(1_024, 'what a producer that does not read can cost'),
  topic_bytes: bytes(TOPIC_BYTES_MAX, 'topics are keys of the route index and are kept in memory'),
  topic_levels: count(TOPIC_LEVELS_MAX, 'the depth of the route index'),
  message_id_bytes: bytes(255, 'ids are kept in memory and compared'),
  name_bytes: bytes(NAME_BYTES_MAX, 'tenants, queues, consumers, client names'),
  identity_bytes: bytes(255, 'what ZeroMQ allows a routing id to be'),
  token_bytes: bytes(255, 'tokens of sessions and producers are 64 hex digits here; room for others'),
  reason_bytes: bytes(1_024, 'the reason of a nack is journaled with the attempt'),
  subscriptions: count(1_024, 'patterns of one register; each may become a queue'),
  silent_reply_bytes: bytes(64 * KIB, 'replies that wait for a peer without hello; more are dropped and counted'),
  fetch_wait_ms: ms(5 * 60 * 1000, 'a fetch that waits longer is asked again'),
  nack_delay_ms: ms(7 * DAY_MS, 'a later retry than that is a schedule'),
  extend_ms: ms(DAY_MS, 'a lease that nobody extends within a day hides a dead consumer'),
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitName = keyof typeof WIRE_LIMITS;

export const BODY_BYTES_MAX: number = WIRE_LIMITS.body_bytes.value;
export const ATTRIBUTES_BYTES_MAX: number = WIRE_LIMITS.attributes_bytes.value;
export const OPTIONS_BYTES_MAX: number = WIRE_LIMITS.options_bytes.value;
export const CONTROL_BYTES_MAX: number = WIRE_LIMITS.control_bytes.value;
export const ENVELOPE_BYTES_MAX: number = WIRE_LIMITS.envelope_bytes.value;
export const PACKET_BYTES_MAX: number = WIRE_LIMITS.packet_bytes.value;
export const FRAMES_MAX: number = WIRE_LIMITS.frames.value;
export const ITEMS_MAX: number = WIRE_LIMITS.items.value;
export const BATCH_MESSAGES_MAX: number = WIRE_LIMITS.batch_messages.value;
export const BATCH_BYTES_MAX: number = WIRE_LIMITS.batch_bytes.value;
/** What a message of a batch counts beside its block. */
export const BATCH_MESSAGE_BYTES = 64;
export const CONFIRM_EXCEPTIONS_MAX: number = WIRE_LIMITS.confirm_exceptions.value;
export const MESSAGE_ID_BYTES_MAX: number = WIRE_LIMITS.message_id_bytes.value;
export const IDENTITY_BYTES_MAX: number = WIRE_LIMITS.identity_bytes.value;
export const TOKEN_BYTES_MAX: number = WIRE_LIMITS.token_bytes.value;
export const REASON_BYTES_MAX: number = WIRE_LIMITS.reason_bytes.value;
export const SUBSCRIPTIONS_MAX: number = WIRE_LIMITS.subscriptions.value;
export const SILENT_REPLY_BYTES_MAX: number = WIRE_LIMITS.silent_reply_bytes.value;
export const FETCH_WAIT_MS_MAX: number = WIRE_LIMITS.fetch_wait_ms.value;
export const NACK_DELAY_MS_MAX: number = WIRE_LIMITS.nack_delay_ms.value;
export const EXTEND_MS_MAX: number = WIRE_LIMITS.extend_ms.value;

/** The table as plain numbers, for `hello.ok`. */
export const limitsForHello = (): Readonly<Record<LimitName, number>> =>
  Object.fromEntries(Object.entries(WIRE_LIMITS).map(([name, limit]) => [name, limit.value])) as Record<
    LimitName,
    number
  >;

const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;
const HEAD_ROOM = 64;

const relations: readonly (readonly [boolean, string])[] = [
  [
    HEAD_ROOM + TOPIC_BYTES_MAX + MESSAGE_ID_BYTES_MAX + ATTRIBUTES_BYTES_MAX + BODY_BYTES_MAX <= PACKET_BYTES_MAX,
    'the largest message fits into one packet',
  ],
  [HEAD_ROOM + ITEMS_MAX * 12 < PACKET_BYTES_MAX, 'the longest list fits into one packet'],
  [ENVELOPE_BYTES_MAX <= BODY_BYTES_MAX, 'an envelope is a body'],
  [OPTIONS_BYTES_MAX <= ATTRIBUTES_BYTES_MAX, 'options fit into the attributes that they become'],
  [CONFIRM_EXCEPTIONS_MAX <= ITEMS_MAX, 'exceptions are items'],
  [
    TOPIC_BYTES_MAX <= U16_MAX && MESSAGE_ID_BYTES_MAX <= U16_MAX && REASON_BYTES_MAX <= U16_MAX,
    'short texts have u16 lengths',
  ],
  [
    PACKET_BYTES_MAX <= U32_MAX && NACK_DELAY_MS_MAX <= U32_MAX && EXTEND_MS_MAX <= U32_MAX,
    'sizes and delays have u32 fields',
  ],
];
for (const [holds, sentence] of relations) {
  if (!holds) throw new Error(`limits of the wire contradict each other: ${sentence}`);
}
