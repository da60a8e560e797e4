// Slots are used again and again, and never two publishes at a time share one.

import { describe, expect, it } from 'vitest';
import { decompressBlockLE } from '../../../pkg/encoding/lz4.ts';
import { readStamp } from '../measure/stamped-body.ts';
import { type Slot, Slots } from './slots.ts';

const SILENT = { accepted: () => undefined, refused: () => undefined };

describe('slots', () => {
  it('are as many as the window, and those given back are taken again', () => {
    const slots = new Slots(1, 3, 64, false, SILENT);
    const taken = [slots.take(1, 0), slots.take(1, 1), slots.take(1, 2)];
    expect(new Set(taken.map(({ body }) => body)).size).toBe(3);
    expect(slots.free).toBe(0);
    slots.give(taken[1] as Slot);
    expect(slots.free).toBe(1);
    expect(slots.take(1, 3)).toBe(taken[1]);
    expect(taken.map(({ body }) => readStamp(body)?.index)).toEqual([0, 3, 2]);
  });

  it('of large bodies are fewer, and two at least', () => {
    expect(new Slots(1, 16_384, 64 * 1024, false, SILENT).most).toBe(256);
    expect(new Slots(1, 16_384, 8 * 1024 ** 2, false, SILENT).most).toBe(2);
    expect(new Slots(1, 1, 8 * 1024 ** 2, false, SILENT).most).toBe(1);
  });

  it('tell of which publish a promise was', () => {
    const heard: unknown[] = [];
    const slots = new Slots(1, 2, 16, false, {
      accepted: (slot, { durability }) => heard.push([slot.dueAtMs, durability]),
      refused: (slot, { code }) => heard.push([slot.dueAtMs, code]),
    });
    const [first, second] = [slots.take(10, 0), slots.take(20, 1)];
    second.accepted({ durability: 'disk' });
    first.refused({ code: 'BUSY' });
    expect(heard).toEqual([
      [20, 'disk'],
      [10, 'BUSY'],
    ]);
  });

  it('compress what is published, stamp and all, and know to how much', () => {
    const slots = new Slots(7, 2, 4_096, true, SILENT);
    expect(slots.packedShare).toBe(1);
    const slot = slots.take(5, 42);
    const packed = slots.bodyOf(slot);
    expect(packed.length / 4_096).toBe(slots.packedShare);
    const plain = decompressBlockLE(packed, 4_096) as Uint8Array;
    expect(readStamp(plain)).toEqual({ publishedAtMs: 5, producer: 7, index: 42 });
    expect(Buffer.compare(plain, slot.body)).toBe(0);
  });
});
