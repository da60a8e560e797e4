// The budget: never exceeded, in order, and nothing is given back twice.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryBudget } from './memory-budget.ts';

const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i += 1) await Promise.resolve();
};

it('grants in the order of asking, and a large one is not passed by small ones', async () => {
  const budget = new MemoryBudget(10);
  const granted: string[] = [];
  const ask = (name: string, bytes: number): void => void budget.acquire(bytes).then(() => granted.push(name));
  ask('a', 6);
  ask('large', 10);
  ask('b', 1);
  await settled();
  expect(granted).toEqual(['a']);
  expect(budget.waiting).toBe(2);
  budget.release(6);
  await settled();
  expect(granted).toEqual(['a', 'large']);
  budget.release(10);
  await settled();
  expect(granted).toEqual(['a', 'large', 'b']);
});

it('holds no more than its limit, and in the end nothing, whatever is asked for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), async (sizes) => {
      const budget = new MemoryBudget(20);
      const held: number[] = [];
      let all = 0;
      for (const bytes of sizes) {
        void budget.acquire(bytes).then(() => {
          held.push(bytes);
          all += 1;
        });
        await settled();
        expect(budget.held).toBeLessThanOrEqual(20);
        expect(held.reduce((sum, one) => sum + one, 0)).toBe(budget.held);
        if (bytes % 3 === 0 && held.length > 0) budget.release(held.shift() as number);
      }
      await settled();
      while (held.length > 0) {
        budget.release(held.shift() as number);
        await settled();
      }
      expect([all, budget.held, budget.waiting]).toEqual([sizes.length, 0, 0]);
    }),
  );
});

it('refuses what could never be granted, and what was never held', async () => {
  const budget = new MemoryBudget(10);
  await expect(budget.acquire(11)).rejects.toThrow('10 are all there is');
  expect(() => budget.release(1)).toThrow('1 bytes given back, 0 held');
});
