// Reading ahead: each read is used, however many queues read at once and however small the cache.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  ack,
  type BrokerFixture,
  bodies,
  peer,
  publish,
  received,
  register,
} from '../testing/fixtures/a-broker.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `queue-${i}`);

/** Queues with one group of 1 KB each, `rounds` times, all of them out of the tail cache. */
function coldBroker(queues: readonly string[], rounds: number, options: Parameters<typeof aBroker>[0]): BrokerFixture {
  const broker = aBroker(options);
  for (const name of queues) broker.declare(name);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of queues)
      broker.run(publish({ of: [{ topic: name, body: `${name}:${round}:${'x'.repeat(1_000)}` }] }));
  }
  broker.journal.forgottenThrough = broker.journal.last;
  return broker;
}

describe('bodies', () => {
  it('of many queues that read at once are each used: none is read twice, in a cache that holds three', () => {
    const queues = names(100);
    const broker = coldBroker(queues, 1, { readCacheBytes: 3_000, readChunkBytes: 1 });
    broker.turn(...queues.map((name, i) => register({ peer: peer(100 + i), consumer: name, queue: name })));
    expect(broker.journal.readsPending).toBeLessThanOrEqual(8);
    broker.run();
    expect(received(broker.left)).toHaveLength(100);
    expect(new Set(broker.journal.readsFrom).size).toBe(100);
    expect(broker.journal.readsFrom).toHaveLength(100);
  });

  it('of a turn that cannot come to every queue stay for those it did not come to', () => {
    const queues = names(24);
    const broker = aBroker({ readCacheBytes: 1, readChunkBytes: 1 });
    for (const name of queues) broker.declare(name, { patterns: ['t'] });
    broker.run(publish({ of: Array.from({ length: 1_024 }, () => 't') }));
    broker.journal.forgottenThrough = broker.journal.last;
    const hungry = { windowMessages: 1_024, windowBytes: 8_000_000 };
    broker.run(...queues.map((name, i) => register({ peer: peer(100 + i), consumer: name, queue: name, ...hungry })));
    expect(received(broker.left)).toHaveLength(24 * 1_024);
    expect(broker.journal.readsFrom).toHaveLength(1);
  });

  it('are read ahead: a chunk serves all that is in it', () => {
    const broker = coldBroker(['q'], 50, { readChunkBytes: 256 * 1024 });
    let leaving = broker.run(register({ peer: peer(11), queue: 'q', windowMessages: 5 }));
    let count = 0;
    for (let got = received(leaving); got.length > 0; got = received(leaving)) {
      count += got.length;
      leaving = broker.run(
        ack(
          peer(11),
          got.map(({ delivery }) => delivery),
        ),
      );
    }
    expect(count).toBe(50);
    expect(broker.journal.readsFrom).toHaveLength(1);
  });

  it('that two queues share are read once', () => {
    const broker = aBroker({ readChunkBytes: 1 });
    broker.declare('one', { patterns: ['t'] });
    broker.declare('two', { patterns: ['t'] });
    broker.run(publish({ of: ['t'] }));
    broker.journal.forgottenThrough = broker.journal.last;
    broker.run(
      register({ peer: peer(11), consumer: 'a', queue: 'one' }),
      register({ peer: peer(12), consumer: 'b', queue: 'two' }),
    );
    expect(bodies(broker.left)).toEqual(['t', 't']);
    expect(broker.journal.readsFrom).toHaveLength(1);
  });

  it('do not begin further reads beyond the bound, and begin them when there is room', () => {
    const queues = names(60);
    const broker = coldBroker(queues, 1, { readCacheBytes: 2_000, readChunkBytes: 1 });
    broker.turn(...queues.map((name, i) => register({ peer: peer(100 + i), consumer: name, queue: name })));
    broker.journal.sync();
    for (let round = 0; received(broker.left).length < 60; round += 1) {
      if (round > 100) throw new Error('reads do not go on');
      // All that is asked for is read before the next turn, and what that asks for too.
      const before = broker.journal.readsFrom.length - broker.journal.readsPending;
      while (broker.journal.completeReads());
      expect(broker.journal.readsFrom.length - before).toBeLessThanOrEqual(16);
      broker.turn();
    }
    expect(broker.journal.readsFrom).toHaveLength(60);
  });

  it('a damaged group behind the one asked for harms nobody before its turn', () => {
    const broker = coldBroker(['q'], 3, { readChunkBytes: 1_000_000 });
    broker.journal.damaged.add(broker.journal.last);
    const got = received(broker.run(register({ peer: peer(11), queue: 'q', windowMessages: 1 })));
    expect(got).toHaveLength(1);
    expect(broker.observations).toEqual([]);
  });
});
