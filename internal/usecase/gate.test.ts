// An effect leaves when what it depends on is durable, and in the order of its peer.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../domain/effect.ts';
import { asPeerId, asPosition } from '../domain/ids.ts';
import { Gate, type Outgoing } from './gate.ts';

const acked = (peer: number, request: number, gated: boolean, position: number): Outgoing => ({
  effect: { type: 'acked', gated, peer: asPeerId(peer), request, refused: [] } satisfies Effect,
  position: asPosition(position),
  blocks: null,
});

describe('Gate', () => {
  it('keeps order per peer, holds nothing back that waits for nothing, lets nothing out early, and loses nothing', () => {
    const step = fc.oneof(
      fc.record({ peer: fc.integer({ min: 1, max: 3 }), gated: fc.boolean(), moved: fc.nat(2) }),
      fc.record({ durable: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const gate = new Gate();
        const left: Outgoing[] = [];
        let position = 0;
        let durable = 0;
        let request = 0;
        const waiting = new Map<number, number>();
        const take = (leaving: readonly Outgoing[]): void => {
          for (const outgoing of leaving) {
            if (outgoing.effect.gated) expect(outgoing.position).toBeLessThanOrEqual(durable);
            left.push(outgoing);
          }
        };
        for (const now of steps) {
          if ('durable' in now) {
            durable = Math.min(position, durable + now.durable);
            take(gate.release(asPosition(durable)));
            waiting.clear();
          } else {
            position += now.moved;
            request += 1;
            const passed = gate.pass(acked(now.peer, request, now.gated, position), asPosition(durable));
            if (passed !== null) take([passed]);
            else waiting.set(now.peer, 1);
            if (!now.gated && waiting.size === 0 && gate.size === 0) expect(passed).not.toBeNull();
          }
        }
        durable = position;
        take(gate.release(asPosition(durable)));
        expect(gate.size).toBe(0);
        expect(left).toHaveLength(request);
        for (const peer of [1, 2, 3]) {
          const requests = left.flatMap(({ effect }) =>
            effect.peer === peer && effect.type === 'acked' ? [effect.request] : [],
          );
          expect(requests).toEqual([...requests].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('does not make one peer wait for another', () => {
    const gate = new Gate();
    expect(gate.pass(acked(1, 1, true, 5), asPosition(4))).toBeNull();
    expect(gate.pass(acked(1, 2, false, 5), asPosition(4))).toBeNull();
    expect(gate.pass(acked(2, 3, false, 5), asPosition(4))).not.toBeNull();
    expect(gate.release(asPosition(5))).toHaveLength(2);
    expect(gate.pass(acked(1, 4, false, 6), asPosition(5))).not.toBeNull();
  });

  it('forgets what has left, however much went through', () => {
    const gate = new Gate();
    for (let i = 1; i <= 10_000; i += 1) {
      gate.pass(acked(1, i, true, i), asPosition(i - 1));
      gate.pass(acked(2, i, true, i), asPosition(i - 1));
      expect(gate.release(asPosition(i - 1)).length).toBe(i === 1 ? 0 : 2);
    }
    expect(gate.size).toBe(2);
  });
});
