// TimeHeap and SequenceHeap beside sorted lists.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asQueueId, asSequence } from './ids.ts';
import { SequenceHeap } from './sequence-heap.ts';
import { TimeHeap } from './time-heap.ts';

describe('TimeHeap', () => {
  it('gives what is due, earliest first and never early, those of one moment by sequence', () => {
    const step = fc.oneof(fc.record({ atMs: fc.nat(50), sequence: fc.nat(1_000) }), fc.record({ take: fc.nat(60) }));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const heap = new TimeHeap();
        const model: { atMs: number; sequence: number }[] = [];
        for (const now of steps) {
          if ('atMs' in now) {
            heap.push({ atMs: now.atMs, queue: asQueueId(1), sequence: asSequence(now.sequence) });
            model.push(now);
            model.sort((a, b) => a.atMs - b.atMs || a.sequence - b.sequence);
          } else {
            const first = model[0];
            const due = first !== undefined && first.atMs <= now.take;
            const taken = heap.takeDue(now.take);
            expect(taken === null ? null : [taken.atMs, taken.sequence]).toEqual(
              due ? [first.atMs, first.sequence] : null,
            );
            if (due) model.shift();
          }
          expect(heap.size).toBe(model.length);
          expect(heap.nextMs).toBe(model[0]?.atMs ?? Number.POSITIVE_INFINITY);
        }
      }),
    );
  });
});

describe('SequenceHeap', () => {
  it('gives the lowest first, doubles as often as they were put in', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(null))), (steps) => {
        const heap = new SequenceHeap();
        const model: number[] = [];
        for (const sequence of steps) {
          if (sequence === null) {
            heap.pop();
            model.shift();
          } else {
            heap.push(asSequence(sequence));
            model.push(sequence);
            model.sort((a, b) => a - b);
          }
          expect(heap.peek()).toBe(model[0] ?? null);
          expect(heap.size).toBe(model.length);
        }
      }),
    );
  });
});
