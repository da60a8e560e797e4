// The queue against a plain array, over random pushes and shifts.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Frames } from '../transport.ts';
import { MessageQueue, weightOf } from './message-queue.ts';

test('the queue gives back what a plain array would, and its bytes are the sum of what is inside', () => {
  const steps = fc.array(fc.oneof({ weight: 3, arbitrary: fc.nat(50) }, { weight: 2, arbitrary: fc.constant(null) }), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(steps, (actions) => {
      const queue = new MessageQueue();
      const twin: Frames[] = [];
      for (const size of actions) {
        if (size === null) {
          expect(queue.shift()).toBe(twin.shift());
        } else {
          const message = [new Uint8Array(size)];
          queue.push(message);
          twin.push(message);
        }
        expect(queue.peek()).toBe(twin[0]);
        expect(queue.length).toBe(twin.length);
        expect(queue.bytes).toBe(twin.reduce((sum, message) => sum + weightOf(message), 0));
      }
      expect(queue.clear()).toBe(twin.length);
      expect([queue.length, queue.bytes]).toEqual([0, 0]);
    }),
  );
});

test('a queue that never runs empty keeps its order over many compactions', () => {
  const queue = new MessageQueue();
  let next = 0;
  for (let round = 0; round < 20_000; round += 1) {
    queue.push([Buffer.from(String(round))]);
    if (queue.length > 100) expect(Buffer.from(queue.shift()?.[0] ?? []).toString()).toBe(String(next++));
  }
  expect(next).toBe(20_000 - 100);
});

test('empty frames are not free', () => {
  expect(weightOf([new Uint8Array(0), new Uint8Array(0)])).toBeGreaterThan(0);
});
