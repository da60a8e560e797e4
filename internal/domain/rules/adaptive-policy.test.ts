// What of the earlier adaptive policy helps, by simulation over the core: the same load with a rule and without. Those that help are levels
// of overload; those that change nothing are refused by name (`config/not-yet.ts`).

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  ack,
  type BrokerFixture,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { DEFAULT_OVERLOAD } from '../overload.ts';
import { NO_QUOTAS, UNBOUNDED } from '../quotas.ts';

const STEP_MS = 100;
/** The earlier step of 32 of a window of 1,024, and of a bound of 256. */
const WINDOW = 128;
const WINDOW_LESS_ONE_STEP = WINDOW - 4;

interface Outcome {
  readonly settled: number;
  readonly attempts: number;
}

/** A consumer that settles 20 messages a second, whose lease ends after 4 s: with a window of 128 most of it times out. */
function slowConsumer(window: number): Outcome {
  const broker = aBroker({ policy: { leaseMs: 4_000, attemptsMax: 200, backoffInitialMs: 0, backoffMaxMs: 0 } });
  broker.declare('q');
  broker.run(publish({ of: Array.from({ length: 400 }, () => 'q') }));
  broker.run(register({ queue: 'q', windowMessages: window }));
  const held: number[] = received(broker.left).map(({ delivery }) => delivery);
  for (let ms = 0; ms < 15_000; ms += STEP_MS) {
    const given = [...broker.advance(STEP_MS), ...broker.run(ack(peer(10), held.splice(0, 2)))];
    held.push(...received(given).map(({ delivery }) => delivery));
  }
  const { acked, delivered } = broker.state.counters;
  return { settled: acked, attempts: delivered };
}

/** Twice as much comes as consumers take, of which a tenth is urgent: how much of that is taken. */
function overloaded(refuses: boolean): { readonly urgent: number; readonly low: number } {
  const broker: BrokerFixture = aBroker({
    limits: {
      quotas: { ...NO_QUOTAS, all: { ...UNBOUNDED, ingress: 100 } },
      overload: { ...DEFAULT_OVERLOAD, refuses, holdMs: 500 },
    },
  });
  broker.declare('q');
  broker.run(register({ queue: 'q', windowMessages: 10 }));
  const held: number[] = [];
  let [urgent, low, urgentSaid, lowSaid] = [0, 0, 0, 0];
  const say = (priority: string, count: number): number => {
    const before = broker.state.counters.published;
    const leaving = broker.run(
      publish({ of: Array.from({ length: count }, () => ({ topic: 'q', traits: { priority, lane: 0 } })) }),
    );
    held.push(...received(leaving).map(({ delivery }) => delivery));
    return broker.state.counters.published - before;
  };
  for (let step = 0; step < 200; step += 1) {
    broker.nowMs += STEP_MS;
    broker.run({ type: 'load', memoryBytes: 0, lagMs: 0 });
    low += say('low', 18);
    lowSaid += 18;
    urgent += say('urgent', 2);
    urgentSaid += 2;
    const leaving = broker.run(ack(peer(10), held.splice(0, 10)));
    held.push(...received(leaving).map(({ delivery }) => delivery));
  }
  return { urgent: urgent / urgentSaid, low: low / lowSaid };
}

describe('of the adaptive policy', () => {
  it('the class breaker helps: under overload what is urgent is taken, where without it most is refused', () => {
    const [without, helped] = [overloaded(false), overloaded(true)];
    expect(without.urgent).toBeLessThan(0.8);
    expect(helped.urgent).toBe(1);
    // What consumers take is used all the same.
    expect(helped.low).toBeGreaterThan(0.35);
  });

  it('a window that is a step smaller does not: a slow consumer settles as much, and times out as often', () => {
    const [asSet, stepped] = [slowConsumer(WINDOW), slowConsumer(WINDOW_LESS_ONE_STEP)];
    expect(Math.abs(stepped.settled - asSet.settled) / asSet.settled).toBeLessThan(0.05);
    expect(Math.abs(stepped.attempts - asSet.attempts) / asSet.attempts).toBeLessThan(0.1);
  });

  it('a window that fits the consumer does, and is a setting: it needs no steps', () => {
    expect(slowConsumer(40).settled).toBeGreaterThanOrEqual(slowConsumer(WINDOW).settled);
    expect(slowConsumer(40).attempts).toBeLessThan(slowConsumer(WINDOW).attempts);
  });
});
