// The producer against a model of the broker, under any order of publishes, answers, losses and forgotten producers.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeWire } from '../../../internal/testing/client/fake-wire.ts';
import {
  confirm,
  fakeTime,
  greet,
  type Outcome,
  outcome,
  refusal,
  sentOver,
  settle,
  world,
} from '../../../internal/testing/client/producer-world.ts';
import { type ConfirmException, errorWord, TachyonError } from '../../protocol/index.ts';

beforeEach(fakeTime);
afterEach(() => {
  vi.useRealTimers();
});

type Step =
  | { readonly type: 'publish'; readonly count: number }
  | { readonly type: 'turn' }
  | { readonly type: 'confirm'; readonly part: number; readonly refused: readonly number[] }
  | { readonly type: 'break' }
  | { readonly type: 'forget' };

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ type: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ type: fc.constant('turn' as const) }),
    fc.record({
      type: fc.constant('confirm' as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      refused: fc.array(fc.nat(60), { maxLength: 4 }),
    }),
    fc.record({ type: fc.constant('break' as const) }),
    fc.record({ type: fc.constant('forget' as const) }),
  ),
  { maxLength: 40 },
);

/** What a broker does, as far as this is about: it keeps what arrives, once per number and producer. */
class ModelBroker {
  readonly accepted = new Map<string, string>();
  readonly answered = new Set<number>();
  id = 1;

  /** Takes what the newest link brought, and answers a part of it. */
  answer(wire: FakeWire, part: number, refused: readonly number[]): void {
    const arrived = sentOver(wire).filter(({ sequence }) => !this.answered.has(sequence));
    const taken = arrived.slice(0, Math.ceil(arrived.length * part));
    const last = taken.at(-1);
    if (last === undefined) return;
    const exceptions: ConfirmException[] = [];
    for (const [index, { sequence, text }] of taken.entries()) {
      this.answered.add(sequence);
      const key = `${this.id}:${sequence}`;
      if (this.accepted.has(key)) exceptions.push({ sequence, duplicate: true });
      else if (refused.includes(index)) exceptions.push(refusal(sequence, 'STORAGE_FULL', 1));
      else this.accepted.set(key, text);
    }
    wire.link.receive(confirm(last.sequence, exceptions));
  }

  /** Arrived, and the answer is lost with the connection. */
  takeSilently(wire: FakeWire): void {
    for (const { sequence, text } of sentOver(wire)) {
      if (!this.answered.has(sequence)) this.accepted.set(`${this.id}:${sequence}`, text);
    }
  }
}

describe('whatever the order of answers, losses and forgotten producers', () => {
  it('every publish settles exactly once, and what was confirmed is at the broker', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 50 }), async (script, maxOutstanding) => {
        const { wire, producer } = world({ maxOutstanding });
        const broker = new ModelBroker();
        const outcomes: { text: string; seen: Outcome }[] = [];
        const greetNext = (): void => {
          vi.advanceTimersByTime(10);
          const hello = wire.link.words.find((word) => word.type === 'hello');
          const claim = hello?.type === 'hello' ? hello.producer : null;
          if (claim !== null && claim !== 'new' && claim.id !== broker.id) wire.link.say(errorWord('UNKNOWN_PRODUCER'));
          greet(wire, broker.id);
          producer.checkInvariants();
        };
        greetNext();
        for (const step of script) {
          if (step.type === 'publish') {
            for (let i = 0; i < step.count; i++) {
              const text = `m${outcomes.length}`;
              outcomes.push({ text, seen: outcome(producer.publish('t', text)) });
            }
          } else if (step.type === 'turn') greetNext();
          else if (step.type === 'confirm') broker.answer(wire, step.part, step.refused);
          else {
            broker.takeSilently(wire);
            if (step.type === 'forget') broker.id += 1;
            wire.link.break();
            greetNext();
          }
          producer.checkInvariants();
        }
        for (let round = 0; producer.outstanding > 0 && round < 1_000; round++) {
          greetNext();
          broker.answer(wire, 1, []);
        }
        await settle();
        expect(outcomes.filter(({ seen }) => seen.settled !== 1)).toEqual([]);
        const kept = [...broker.accepted.values()];
        for (const { text, seen } of outcomes) {
          const copies = kept.filter((one) => one === text).length;
          const mayBeThere = (seen.error?.cause as TachyonError | undefined)?.code === 'UNKNOWN_PRODUCER';
          if (seen.receipt === undefined && mayBeThere) expect(broker.id).toBeGreaterThan(1);
          else if (seen.receipt === undefined) expect({ text, copies }).toEqual({ text, copies: 0 });
          else if (seen.receipt.duplicate === 'unknown') expect(copies).toBeGreaterThanOrEqual(1);
          else expect({ text, copies }).toEqual({ text, copies: 1 });
        }
        producer.close(new TachyonError('CLIENT_CLOSED'));
      }),
      { numRuns: 300 },
    );
  });
});
