// Beside a set that forgets nothing: the window may only ever differ by saying "too old".

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEQUENCE_WINDOW, SequenceWindow } from './sequence-window.ts';

describe('SequenceWindow', () => {
  it('never calls an accepted number new, nor a new one a duplicate', () => {
    const run = fc.record({
      back: fc.oneof(fc.nat(200), fc.nat(SEQUENCE_WINDOW + 10)),
      ahead: fc.oneof(fc.nat(50), fc.nat(SEQUENCE_WINDOW * 2)),
      count: fc.integer({ min: 1, max: 300 }),
      backwards: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 25 }), (runs) => {
        const window = new SequenceWindow();
        const accepted = new Set<number>();
        let highest = 0;
        for (const { back, ahead, count, backwards } of runs) {
          const first = Math.max(1, backwards ? highest - back : highest + 1 + ahead);
          for (let sequence = first; sequence < first + count; sequence += 1) {
            const seen = window.look(sequence);
            if (sequence <= highest - SEQUENCE_WINDOW) expect(seen).toBe('too-old');
            else expect(seen).toBe(accepted.has(sequence) ? 'duplicate' : 'new');
            if (seen !== 'new') continue;
            window.mark(sequence, 1);
            accepted.add(sequence);
            highest = Math.max(highest, sequence);
          }
          expect(window.highest).toBe(highest);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('marks a run as it marks its numbers one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40_000), fc.integer({ min: 1, max: 20_000 })), { maxLength: 6 }), (runs) => {
        const whole = new SequenceWindow();
        const single = new SequenceWindow();
        let base = 1;
        for (const [skip, count] of runs) {
          base += skip;
          whole.mark(base, count);
          for (let i = 0; i < count; i += 1) single.mark(base + i, 1);
          base += count;
        }
        expect(whole.highest).toBe(single.highest);
        expect(whole.bits).toEqual(single.bits);
      }),
      { numRuns: 30 },
    );
  });

  it('knows the last 16,384 numbers and none below', () => {
    const window = new SequenceWindow();
    window.mark(1, 20_000);
    expect(window.look(20_000)).toBe('duplicate');
    expect(window.look(20_000 - SEQUENCE_WINDOW + 1)).toBe('duplicate');
    expect(window.look(20_000 - SEQUENCE_WINDOW)).toBe('too-old');
    expect(window.look(20_001)).toBe('new');
  });
});
