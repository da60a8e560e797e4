// A disk that is full: publishes are refused with a code, everything else goes on, and consuming makes room again. The
// bound is DISK_BYTES_MAX, so that the test needs no disk of its own.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { type Client, connect, TachyonError } from '../../pkg/client/index.ts';

const MIB = 1024 * 1024;
const BOUND = 6 * MIB;
const SMALL_DISK = {
  DISK_BYTES_MAX: String(BOUND),
  WAL_SEGMENT_MAX_BYTES: String(MIB),
  MESSAGE_BYTES_MAX: String(MIB / 4),
  CHECKPOINT_BYTES: String(MIB / 16),
  TAIL_CACHE_BYTES: String(MIB),
};
const BATCH = 500;

let tachyon: Tachyon;
let client: Client;

beforeEach(async () => {
  tachyon = new Tachyon();
  const { ready } = await tachyon.readyBroker([], { env: SMALL_DISK });
  for (const queue of ['kept', 'work']) await tachyon.run(['queues', 'declare', queue, '--bind', `${queue}.>`]);
  client = await connect({ router: ready.router });
});

afterEach(async () => {
  await client.close();
  await tachyon.remove();
});

/** Publishes until the disk is full; one in `keptEvery` goes where nobody takes it. Gives what `work` took. */
async function fill(body: Uint8Array, keptEvery: number): Promise<number> {
  let taken = 0;
  for (let full = false; !full; ) {
    const topics = Array.from({ length: BATCH }, (_, index) => (index % keptEvery === 0 ? 'kept.x' : 'work.x'));
    const ends = await Promise.allSettled(topics.map((topic) => client.publish(topic, body)));
    for (const [index, end] of ends.entries()) {
      if (end.status === 'fulfilled') taken += topics[index] === 'work.x' ? 1 : 0;
      else if (end.reason instanceof TachyonError && end.reason.code === 'STORAGE_FULL') full = true;
      else throw end.reason;
    }
  }
  return taken;
}

/** Takes so many messages, each acknowledged by itself. */
async function drain(count: number, messages: number): Promise<void> {
  let left = count;
  const consumer = await client.consume({ queue: 'work', subscriptions: ['work.>'], window: { messages } });
  for await (const delivery of consumer) {
    delivery.ack();
    left -= 1;
    if (left === 0) break;
  }
  await consumer.close();
}

const storage = async () => {
  const { stdout } = await tachyon.run(['status', '-o', 'json']);
  return (JSON.parse(stdout) as { journal: { blocked: string | null; disk_bytes: number } }).journal;
};

describe('a disk that is full', () => {
  it('of tiny messages is emptied by acknowledgements that come one at a time', async () => {
    const taken = await fill(new Uint8Array(10), 100);
    expect(await storage()).toMatchObject({ blocked: 'DISK_BYTES_MAX' });
    await drain(taken, 4);
    await eventually('the disk has room again', async () => (await storage()).blocked === null);
    expect((await storage()).disk_bytes).toBeLessThanOrEqual(BOUND);
    expect(await fill(new Uint8Array(10), 100)).toBeGreaterThan(taken / 3);
  });

  it('is not held by a few messages that nobody takes', async () => {
    const body = new Uint8Array(2_000);
    for (let round = 0; round < 8; round += 1) {
      const taken = await fill(body, BATCH);
      expect(taken).toBeGreaterThan(BATCH / 4);
      await drain(taken, 256);
      await eventually('room again', async () => (await storage()).blocked === null, { everyMs: 100 });
    }
    expect((await storage()).disk_bytes).toBeLessThanOrEqual(BOUND);
  });
});
