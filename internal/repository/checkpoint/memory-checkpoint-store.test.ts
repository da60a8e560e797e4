// The in-memory twin keeps the contract of the port, within one process.

import { expect, test } from 'vitest';
import { asPosition, type Position } from '../../domain/ids.ts';
import { MemoryCheckpointStore } from './memory-checkpoint-store.ts';

const write = (store: MemoryCheckpointStore, position: number, ...parts: readonly Uint8Array[]): Promise<Position> =>
  new Promise((resolve, reject) =>
    store.write(asPosition(position), position, parts, (error, trimBelow) =>
      error === null ? resolve(trimBelow) : reject(error),
    ),
  );

test('the in-memory twin keeps the newest and lets the journal be trimmed below the one before', async () => {
  const store = new MemoryCheckpointStore();
  expect(store.load()).toEqual({ checkpoint: null, damaged: [] });
  expect(await write(store, 3, new Uint8Array([1]))).toBe(0);
  expect(await write(store, 5, new Uint8Array([2]), new Uint8Array([3, 4]))).toBe(3);
  expect(await write(store, 5, new Uint8Array([2, 3, 4]))).toBe(3);
  expect(store.load().checkpoint).toEqual({ position: 5, timeMs: 5, bytes: new Uint8Array([2, 3, 4]) });
});

test('the in-memory twin never calls back inside the call, and what is changed later is not in it', async () => {
  const store = new MemoryCheckpointStore();
  const part = new Uint8Array([1]);
  let returned = false;
  const written = write(store, 1, part).then(() => expect(returned).toBe(true));
  returned = true;
  await written;
  part.fill(9);
  expect(store.load().checkpoint?.bytes).toEqual(new Uint8Array([1]));
});
