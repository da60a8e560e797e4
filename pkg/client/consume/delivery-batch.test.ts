// How the deliveries of a packet stand, against plain sets as model.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DeliverPacket,
  decodeBrokerPacket,
  encodeBlock,
  encodeDeliver,
  encodeText,
} from '../../protocol/index.ts';
import type { Settling } from './delivery.ts';
import { DeliveryBatch } from './delivery-batch.ts';
import { HeldDeliveries } from './held-deliveries.ts';

const settling: Settling = {
  acks: true,
  ack: () => undefined,
  ackDurably: () => Promise.resolve({ position: 0 }),
  nack: () => undefined,
  extend: () => undefined,
  publish: () => Promise.reject(new Error('nothing is answered here')),
};

function batchOf(firstDelivery: number, count: number, by: Settling = settling): DeliveryBatch {
  const items = Array.from({ length: count }, (_, i) => ({ sequence: 2 ** 40 + i, attempt: i + 1, returned: i }));
  const blocks = items.map((_, i) => encodeBlock({ topic: `t.${i}`, body: encodeText(`m${i}`) }));
  const packet = decodeBrokerPacket(encodeDeliver({ queueIndex: 0, firstDelivery, deadlineMs: 1_000 }, items, blocks));
  return new DeliveryBatch(packet as DeliverPacket, 'q', by);
}

describe('the deliveries of a packet', () => {
  it('read what the packet says of each', () => {
    const batch = batchOf(7, 3);
    batch.take();
    expect(batch.take()).toMatchObject({
      deliveryId: 8,
      sequence: 2 ** 40 + 1,
      attempt: 2,
      returned: 1,
      topic: 't.1',
      queue: 'q',
      deadlineMs: 1_000,
      isOpen: true,
    });
    expect(batch.take()?.text()).toBe('m2');
    expect(batch.take()).toBeUndefined();
  });

  it('have no id where nothing is to be acknowledged', () => {
    expect(batchOf(7, 1, { ...settling, acks: false }).take()?.deliveryId).toBe(0);
  });

  it('have a deadline in common, unless one is extended alone', () => {
    const batch = batchOf(1, 3);
    batch.extend(1, 9_000);
    expect([0, 1, 2].map((index) => batch.deadlineMs(index))).toEqual([1_000, 9_000, 1_000]);
    expect(batch.latestDeadlineMs()).toBe(9_000);
    batch.extendAll(5_000);
    expect([batch.deadlineMs(1), batch.latestDeadlineMs()]).toEqual([5_000, 5_000]);
  });
});

describe('what is held', () => {
  it('is what came and is not gone, however it is taken and released', () => {
    const step = fc.record({ does: fc.constantFrom('arrive', 'take', 'release'), which: fc.nat(1_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const held = new HeldDeliveries();
        const waiting: DeliveryBatch[] = [];
        const model = new Set<number>();
        let next = 1;
        for (const { does, which } of steps) {
          if (does === 'arrive') {
            const count = (which % 5) + 1;
            const batch = batchOf(next, count);
            held.add(batch);
            waiting.push(batch);
            for (let i = 0; i < count; i += 1) model.add(next + i);
            // A gap: ids that nobody was given.
            next += count + (which % 3);
          } else if (does === 'take') {
            const delivery = waiting[which % Math.max(1, waiting.length)]?.take();
            if (delivery !== undefined) expect(model.has(delivery.deliveryId)).toBe(true);
          } else {
            const id = (which % next) + 1;
            const batch = held.batchOf(id);
            expect(batch !== undefined).toBe(model.has(id));
            if (batch !== undefined) held.release(batch, batch.indexOf(id));
            model.delete(id);
          }
          expect([...held.batches].flatMap((batch) => batch.ids())).toEqual([...model]);
          expect(held.size).toBe(model.size);
        }
        held.clear();
        expect(waiting.every((batch) => batch.open === 0 && batch.take() === undefined)).toBe(true);
      }),
    );
  });
});
