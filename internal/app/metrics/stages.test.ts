// The core over a journal that is listened to: durations are those of the virtual clock, and nothing is changed by it.

import { describe, expect, it } from 'vitest';
import type { Command } from '../../domain/command.ts';
import { DEFAULT_LIMITS } from '../../domain/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../../domain/queue-policy.ts';
import { State } from '../../domain/state.ts';
import { RadixRouteIndex } from '../../repository/routes/radix-route-index.ts';
import { ack, anOperatorRequest, nack, peer, publish, received, register } from '../../testing/fixtures/a-broker.ts';
import { HandJournal } from '../../testing/fixtures/hand-journal.ts';
import { Broker } from '../../usecase/broker.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import { Stages } from './stages.ts';
import { WatchedJournal } from './watched-journal.ts';

class WatchedBroker {
  readonly state = new State(new RadixRouteIndex(), DEFAULT_LIMITS, { ...DEFAULT_QUEUE_POLICY, attemptsMax: 2 });
  readonly disk = new HandJournal();
  nowMs = 1_000_000;
  readonly stages = new Stages({ state: () => this.state, monotonicMs: () => this.nowMs });
  readonly #broker: Broker;

  constructor() {
    this.disk.onDurable((position) => this.stages.durable(position));
    this.#broker = new Broker({
      state: this.state,
      journal: new WatchedJournal(this.disk, this.stages),
      chance: { fraction: () => 0, bytes: (count) => new Uint8Array(count) },
      observe: () => undefined,
      readCacheBytes: 1_000_000,
      readChunkBytes: 10_000,
      wake: () => undefined,
    });
    this.run({ type: 'start' });
    const policy = { ...DEFAULT_QUEUE_POLICY, leaseMs: 30_000, attemptsMax: 2, backoffInitialMs: 0 };
    this.run({ type: 'declare-queue', request: anOperatorRequest(), tenant: '', name: 'q', patterns: ['a'], policy });
  }

  /** A turn; what it wrote becomes durable `diskMs` later, and then comes another. */
  run(command: Command, diskMs = 0): Outgoing[] {
    const leaving = this.#broker.turn([command], this.nowMs);
    this.nowMs += diskMs;
    this.disk.sync();
    for (let round = 0; round < 4; round += 1) {
      leaving.push(...this.#broker.turn([], this.nowMs));
      this.disk.sync();
    }
    return leaving;
  }
}

const three = { of: ['1', '2', '3'].map((body) => ({ topic: 'a', body })) };

describe('stages', () => {
  it('measure each accepted message until it is durable', () => {
    const broker = new WatchedBroker();
    broker.run(publish(three), 20);
    expect(broker.stages.acceptToDurable.read()).toMatchObject({ count: 3, sum: 0.06 });
  });

  it('measure a batch by its first message, from accept to its first hand-over and from there to its ack', () => {
    const broker = new WatchedBroker();
    broker.run(publish(three));
    broker.nowMs += 7_000;
    const deliveries = received(broker.run(register({ queue: 'q' })));
    expect(deliveries).toHaveLength(3);
    expect(broker.stages.acceptToDelivered.read()).toMatchObject({ count: 1, sum: 7 });
    broker.nowMs += 250;
    broker.run(
      ack(
        peer(10),
        deliveries.map(({ delivery }) => delivery),
      ),
    );
    expect(broker.stages.deliveredToSettled.read()).toMatchObject({ count: 1, sum: 0.25 });
    expect(broker.state.queueNamed('', 'q')?.depth).toBe(0);
  });

  it('leave a second attempt out, and count why attempts failed', () => {
    const broker = new WatchedBroker();
    broker.run(publish({ of: [{ topic: 'a', body: 'x' }] }));
    broker.run(register({ queue: 'q' }));
    broker.nowMs += 31_000;
    const again = received(broker.run({ type: 'tick' }));
    expect(again).toMatchObject([{ body: 'x' }]);
    expect(broker.stages.acceptToDelivered.read().count).toBe(1);
    expect(broker.stages.retriesDueToTimeout).toBe(1);
    for (const { delivery } of again) broker.run(nack(peer(10), delivery, 'terminal'));
    expect(broker.state.deadLetters).toBe(1);
    expect([...broker.stages.deadLetteredByCause]).toEqual([['nack_terminal', 1]]);
  });
});
