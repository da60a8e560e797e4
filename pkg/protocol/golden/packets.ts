// What each golden packet means. The bytes in packets.json were written by hand from docs/protocol.md with another
// language's pack function, so encoder and decoder are both tested against a third party.

import { encodeAcked, encodeConfirm } from '../abtp2/confirm.ts';
import { encodeDeliver } from '../abtp2/deliver.ts';
import { encodeControlPacket, encodeFetch, encodeFetched, encodeHeartbeat } from '../abtp2/flow.ts';
import { encodePublish } from '../abtp2/publish.ts';
import { encodeAck, encodeExtend, encodeNack, type NackItem } from '../abtp2/settle.ts';
import type { BrokerPacket, ClientPacket } from '../abtp2.ts';
import { type Block, COMPRESSION_LZ4, encodeBlock, FORM_EVENT } from '../block.ts';
import { encodeText } from '../bytes.ts';

const RAW_BLOCK: Block = { topic: 'orders.created', body: Uint8Array.of(0, 1, 255) };

const FULL_BLOCK: Block = {
  topic: 'tällä.日本',
  messageId: 'm-ü',
  attributes: { headers: { x: 'ä' }, content_type: 'application/json' },
  body: encodeText('{"total":7}'),
};

const EMPTY_BLOCK: Block = {
  topic: 'a',
  form: FORM_EVENT,
  compression: COMPRESSION_LZ4,
  body: new Uint8Array(0),
};

export const GOLDEN_BLOCKS: Readonly<Record<string, Block>> = {
  'block, raw': RAW_BLOCK,
  'block with id, attributes and topic beyond ASCII': FULL_BLOCK,
  'block, empty body, form event, lz4': EMPTY_BLOCK,
};

const NACKS: readonly NackItem[] = [
  { delivery: 1, status: 'retryable', delayMs: 1500, reason: 'zu spät' },
  { delivery: 2, status: 'terminal', delayMs: 0, reason: '' },
  { delivery: 3, status: 'returned', delayMs: 0, reason: '' },
];

type Meaning<Packet> = Packet extends unknown ? Omit<Packet, 'bytes' | 'offsets'> : never;

export interface GoldenPacket<Packet> {
  readonly encoded: () => Uint8Array;
  /** All fields but the bytes themselves and the offsets in them, which the tests look at by reading the blocks. */
  readonly meaning: Meaning<Packet>;
  readonly blocks?: readonly Block[];
}

const raw = encodeBlock(RAW_BLOCK);
const full = encodeBlock(FULL_BLOCK);
const empty = encodeBlock(EMPTY_BLOCK);

export const GOLDEN_CLIENT_PACKETS: Readonly<Record<string, GoldenPacket<ClientPacket>>> = {
  'PUBLISH, one message without a producer': {
    encoded: () => encodePublish(0, 1, [raw]),
    meaning: { type: 'publish', firstSequence: 0, count: 1, atomic: false },
    blocks: [RAW_BLOCK],
  },
  'PUBLISH, a run of three': {
    encoded: () => encodePublish(2 ** 40 + 5, 3, [raw, full, empty]),
    meaning: { type: 'publish', firstSequence: 2 ** 40 + 5, count: 3, atomic: false },
    blocks: [RAW_BLOCK, FULL_BLOCK, EMPTY_BLOCK],
  },
  'PUBLISH, an atomic batch': {
    encoded: () => encodePublish(2 ** 40 + 5, 3, [raw, full, empty], true),
    meaning: { type: 'publish', firstSequence: 2 ** 40 + 5, count: 3, atomic: true },
    blocks: [RAW_BLOCK, FULL_BLOCK, EMPTY_BLOCK],
  },
  'ACK, one, no reply': {
    encoded: () => encodeAck([42]),
    meaning: { type: 'ack', request: null, deliveries: [42] },
  },
  'ACK, two, with reply': {
    encoded: () => encodeAck([42, Number.MAX_SAFE_INTEGER], 7),
    meaning: { type: 'ack', request: 7, deliveries: [42, Number.MAX_SAFE_INTEGER] },
  },
  'NACK, three statuses': {
    encoded: () => encodeNack(NACKS),
    meaning: { type: 'nack', request: null, items: NACKS },
  },
  'NACK, with reply': {
    encoded: () => encodeNack([{ delivery: 9, status: 'terminal', delayMs: 0, reason: 'bad' }], 0xffff_ffff),
    meaning: {
      type: 'nack',
      request: 0xffff_ffff,
      items: [{ delivery: 9, status: 'terminal', delayMs: 0, reason: 'bad' }],
    },
  },
  EXTEND: {
    encoded: () => encodeExtend([5, 6], 30_000),
    meaning: { type: 'extend', request: null, extendMs: 30_000, deliveries: [5, 6] },
  },
  FETCH: {
    encoded: () => encodeFetch(16, 2500),
    meaning: { type: 'fetch', count: 16, waitMs: 2500, request: null },
  },
  'FETCH, with a number': {
    encoded: () => encodeFetch(16_384, 300_000, 9),
    meaning: { type: 'fetch', count: 16_384, waitMs: 300_000, request: 9 },
  },
  HEARTBEAT: { encoded: encodeHeartbeat, meaning: { type: 'heartbeat' } },
  CONTROL: {
    encoded: () => encodeControlPacket(encodeText('{"type":"heartbeat"}')),
    meaning: { type: 'control', json: encodeText('{"type":"heartbeat"}') },
  },
};

export const GOLDEN_BROKER_PACKETS: Readonly<Record<string, GoldenPacket<BrokerPacket>>> = {
  'CONFIRM, a clean run': {
    encoded: () => encodeConfirm({ through: 2 ** 40 + 7, position: 99, durability: 'disk', exceptions: [] }),
    meaning: { type: 'confirm', through: 2 ** 40 + 7, position: 99, durability: 'disk', exceptions: [] },
  },
  'CONFIRM, with exceptions': {
    encoded: () =>
      encodeConfirm({
        through: 12,
        position: 100,
        durability: 'memory',
        exceptions: [
          { sequence: 10, duplicate: true },
          { sequence: 11, duplicate: false, code: 'BUSY', retryAfterMs: 250, detail: 'at most 8' },
        ],
      }),
    meaning: {
      type: 'confirm',
      through: 12,
      position: 100,
      durability: 'memory',
      exceptions: [
        { sequence: 10, duplicate: true },
        { sequence: 11, duplicate: false, code: 'BUSY', retryAfterMs: 250, detail: 'at most 8' },
      ],
    },
  },
  'DELIVER, one': {
    encoded: () =>
      encodeDeliver(
        { queueIndex: 0, firstDelivery: 77, deadlineMs: 1_764_000_000_000 },
        [{ sequence: 5, attempt: 1, returned: 0 }],
        [raw],
      ),
    meaning: {
      type: 'deliver',
      queueIndex: 0,
      firstDelivery: 77,
      deadlineMs: 1_764_000_000_000,
      count: 1,
      items: [{ sequence: 5, attempt: 1, returned: 0 }],
    },
    blocks: [RAW_BLOCK],
  },
  'DELIVER, a run of two': {
    encoded: () =>
      encodeDeliver(
        { queueIndex: 3, firstDelivery: 2 ** 41, deadlineMs: 1_764_000_000_123.9 },
        [
          { sequence: 2 ** 33, attempt: 2, returned: 0 },
          { sequence: 2 ** 33 + 1, attempt: 70_000, returned: 4 },
        ],
        [raw, full],
      ),
    meaning: {
      type: 'deliver',
      queueIndex: 3,
      firstDelivery: 2 ** 41,
      deadlineMs: 1_764_000_000_123,
      count: 2,
      items: [
        { sequence: 2 ** 33, attempt: 2, returned: 0 },
        { sequence: 2 ** 33 + 1, attempt: 65_535, returned: 4 },
      ],
    },
    blocks: [RAW_BLOCK, FULL_BLOCK],
  },
  FETCHED: {
    encoded: () => encodeFetched({ request: null, count: 16, delivered: 0 }),
    meaning: { type: 'fetched', request: null, count: 16, delivered: 0 },
  },
  'FETCHED, with a number': {
    encoded: () => encodeFetched({ request: 9, count: 16_384, delivered: 513 }),
    meaning: { type: 'fetched', request: 9, count: 16_384, delivered: 513 },
  },
  ACKED: { encoded: () => encodeAcked(7, 123), meaning: { type: 'acked', request: 7, position: 123, refused: [] } },
  'ACKED, with refusals': {
    encoded: () => encodeAcked(8, 0, [{ delivery: 42, code: 'STALE_DELIVERY' }]),
    meaning: { type: 'acked', request: 8, position: 0, refused: [{ delivery: 42, code: 'STALE_DELIVERY' }] },
  },
};
