// The bound for a segment is exact: at it a message of the largest size is accepted wherever the journal stands, and a
// sector below there is a place where it would wait for room that never comes.

import { describe, expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { ATTRIBUTES_BYTES_MAX, BODY_BYTES_MAX, MESSAGE_ID_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import { TOPIC_BYTES_MAX } from '../../../pkg/protocol/topic.ts';
import { groupBytesMax } from '../../repository/journal/format/layout.ts';
import { reserveBytes } from '../../repository/journal/room-gauge.ts';
import { DiskEngine } from '../../testing/fixtures/disk-engine.ts';
import type { MemoryPeer } from '../../testing/fixtures/memory-transport.ts';
import { largestBodyIn, smallestSegmentFor } from './largest-message.ts';
import { loadConfig } from './load.ts';

const BODY_BYTES = 64 * 1024;
const SEGMENT_BYTES = smallestSegmentFor(BODY_BYTES);
const TOPIC = `a.${'x'.repeat(TOPIC_BYTES_MAX - 2)}`;
const SMALL = encodeBlock({ topic: TOPIC, body: new Uint8Array(10) });

/** Every part of it as large as it may be. */
function largestBlock(): Uint8Array {
  const empty = JSON.stringify({ headers: { x: '' } }).length;
  const attributes = { headers: { x: 'x'.repeat(ATTRIBUTES_BYTES_MAX - empty) } };
  const messageId = 'i'.repeat(MESSAGE_ID_BYTES_MAX);
  return encodeBlock({ topic: TOPIC, messageId, attributes, body: new Uint8Array(BODY_BYTES) });
}

class Publishing {
  readonly #broker: DiskEngine;
  readonly #peer: MemoryPeer;

  constructor(broker: DiskEngine) {
    this.#broker = broker;
    const operator = broker.admin.connect();
    operator.say({ type: 'admin.request', id: 1, word: 'queues.declare', args: { queue: 'q', patterns: ['a.>'] } });
    this.#peer = broker.router.connect();
    this.#peer.say({ type: 'hello', versions: [2], producer: false });
    broker.settle();
  }

  /** Whether it is in the journal once everything is at rest. */
  accepts(block: Uint8Array): boolean {
    const { state } = this.#broker.engine;
    const before = state.nextSequence;
    this.#peer.send(encodePublish(0, 1, [block]));
    this.#broker.settle();
    return state.nextSequence === before + 1;
  }

  /** Small messages until the segment in use is full to the last sector, and an empty spare is all that there is. */
  fillSegment(): void {
    const { journal } = this.#broker.engine;
    const { segmentBytes } = this.#broker;
    const least = groupBytesMax(segmentBytes) - reserveBytes(2 * segmentBytes);
    for (let tries = 0; journal.room().free !== least; tries += 1) {
      if (tries > 5_000) throw new Error('no segment was filled to the last sector');
      if (!this.accepts(SMALL)) throw new Error('a small message is accepted');
    }
  }
}

const publishing = async (segmentBytes: number): Promise<Publishing> =>
  new Publishing(await new DiskEngine({ segmentBytes, messageBytesMax: BODY_BYTES }).started());

describe('the smallest segment for a message', () => {
  it('takes it into an empty journal, and again and again', async () => {
    const broker = await publishing(SEGMENT_BYTES);
    for (let i = 0; i < 10; i += 1) expect(broker.accepts(largestBlock()), `message ${i}`).toBe(true);
  });

  it('takes it where the segment in use is full and only the spare is left; a sector smaller, it would wait', async () => {
    for (const [segmentBytes, accepted] of [
      [SEGMENT_BYTES, true],
      [SEGMENT_BYTES - 512, false],
    ] as const) {
      const broker = await publishing(segmentBytes);
      broker.fillSegment();
      expect(broker.accepts(largestBlock())).toBe(accepted);
    }
  });
});

it('is about twice the message for small ones, 16 MiB more for large ones, and the default has room to spare', () => {
  expect(smallestSegmentFor(1024 * 1024) / (1024 * 1024)).toBeLessThan(2.2);
  expect(smallestSegmentFor(32 * 1024 * 1024) - 48 * 1024 * 1024).toBeLessThan(128 * 1024);
  const { journal, wire } = loadConfig({ flags: {}, env: {}, cwd: '/srv', readFile: () => '' }).config;
  expect(wire.messageBytesMax).toBe(BODY_BYTES_MAX);
  expect(largestBodyIn(journal.segmentBytesMax)).toBeGreaterThan(4 * BODY_BYTES_MAX);
});
