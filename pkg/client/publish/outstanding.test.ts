// Proved against a plain list as model, and at the places where the ring wraps.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeText } from '../../protocol/index.ts';
import { OUTSTANDING_MAX, Outstanding } from './outstanding.ts';
import { PublishPacket } from './publish-packet.ts';

const nothing = (): void => undefined;

function filled(ring: Outstanding, count: number): void {
  const packet = new PublishPacket(ring.next, 0);
  for (let i = 0; i < count; i++) {
    const start = packet.end;
    ring.push(packet, start, packet.append({ topic: 't', body: encodeText('x') }), nothing, nothing);
  }
}

describe('the messages under way', () => {
  it('keep their numbers and bytes when the ring wraps', () => {
    const ring = new Outstanding();
    for (let round = 0; round < 5; round++) {
      filled(ring, 5_000);
      for (let sequence = ring.base; sequence < ring.next - 7; sequence++) ring.accept(sequence, 1, 'disk', false);
      ring.advance();
      ring.checkInvariants();
    }
    expect(ring.base).toBe(25_000 - 6);
    expect(ring.span).toBe(7);
    expect([...ring.runs(1 << 20, 4_096)]).toMatchObject([{ first: 24_994, count: 7 }]);
  });

  it('fill the whole window', () => {
    const ring = new Outstanding();
    filled(ring, 1_000);
    for (let sequence = 1; sequence <= 1_000; sequence++) ring.accept(sequence, 1, 'disk', false);
    ring.advance();
    filled(ring, OUTSTANDING_MAX);
    ring.checkInvariants();
    expect(ring.span).toBe(OUTSTANDING_MAX);
    const counts = [...ring.runs(1 << 30, 4_096)].map((run) => run.count);
    expect(counts).toEqual([4_096, 4_096, 4_096, 4_096]);
  });

  it('are told apart from settled ones, whatever the order of settling, and run without gaps', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (settle, countMax) => {
        const ring = new Outstanding();
        filled(ring, 20);
        filled(ring, 21);
        const open = new Set(Array.from({ length: 41 }, (_, i) => i + 1));
        for (const pick of settle) {
          if (ring.has(pick + 1)) ring.accept(pick + 1, 1, 'disk', false);
          open.delete(pick + 1);
        }
        ring.advance();
        ring.checkInvariants();
        const runs = [...ring.runs(1 << 20, countMax)];
        const listed = runs.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i));
        expect(listed).toEqual([...open].sort((a, b) => a - b));
        expect(runs.every(({ count }) => count <= countMax)).toBe(true);
      }),
    );
  });
});
