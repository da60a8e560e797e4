// Relocation next to live traffic: with little room it moves little at a time, and with none it waits.

import { describe, expect, it } from 'vitest';
import type { Relocate } from '../domain/command.ts';
import { aBroker, type BrokerFixture, publish, register } from '../testing/fixtures/a-broker.ts';
import { Relocator } from './relocator.ts';

const BODY = 'x'.repeat(1_000);

/** Twelve messages that nobody takes, one per group, in a segment that is worth moving. */
function backlog(): BrokerFixture {
  const broker = aBroker();
  broker.declare('q', { patterns: ['a'] });
  for (let n = 0; n < 12; n += 1) broker.run(publish({ of: [{ topic: 'a', body: BODY }] }));
  return broker;
}

function relocate(broker: BrokerFixture, free: number): number[][] {
  const { journal, state } = broker;
  const steps: number[][] = [];
  const first = journal.groups[0]?.position;
  Object.assign(journal, { free, sparse: () => ({ first, last: journal.last }) });
  const relocator = new Relocator({
    state,
    journal,
    observe: () => undefined,
    pinned: () => false,
    submit: (commands: readonly Relocate[]) => void steps.push(commands.map(({ sequence }) => sequence)),
  });
  relocator.look();
  while (journal.completeReads());
  expect(relocator.running).toBe(false);
  return steps;
}

describe('relocation', () => {
  it('moves every live block of the range, in order', () => {
    const broker = backlog();
    const moved = relocate(broker, 10 * 1024 * 1024).flat();
    expect(moved).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
  });

  it('takes half of the room per step, at most', () => {
    const steps = relocate(backlog(), 6_500);
    expect(steps.flat()).toHaveLength(12);
    expect(Math.max(...steps.map((step) => step.length))).toBeLessThanOrEqual(3);
  });

  it('waits when a block would take more than that', () => {
    expect(relocate(backlog(), 1_500)).toEqual([]);
  });

  it('leaves alone what was settled meanwhile', () => {
    const broker = backlog();
    broker.run(register({ queue: 'q', acks: false }));
    expect(relocate(broker, 10 * 1024 * 1024)).toEqual([]);
  });
});
