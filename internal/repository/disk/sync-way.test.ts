// When a sync may hold up the loop, by how quick the disk has been.

import { expect, it } from 'vitest';
import { SyncWay } from './sync-way.ts';

function quickDisk(): SyncWay {
  const way = new SyncWay();
  for (let sync = 0; sync < 32; sync += 1) way.took(0.2);
  return way;
}

it('a disk that nobody knows is synced through the thread', () => {
  expect(new SyncWay().isHere(100)).toBe(false);
});

it('a disk that has been quick is synced here, after little was written', () => {
  expect(quickDisk().isHere(4_096)).toBe(true);
  expect(quickDisk().isHere(4_097)).toBe(false);
});

it('one slow sync, and the loop is not risked again until as many were quick', () => {
  const way = quickDisk();
  way.took(5);
  for (let sync = 0; sync < 31; sync += 1) {
    way.took(0.2);
    expect(way.isHere(100)).toBe(false);
  }
  way.took(0.2);
  expect(way.isHere(100)).toBe(true);
});
