// The lock between real processes: races for a free lock, races for what kill -9 left, and a crowd that is killed at
// any moment. scripts/evidence/lock-races.ts runs the same with larger numbers.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Contender, churn, raceForFree, raceForStale } from '../../testing/lock/lock-races.ts';
import { acquireFolderLock } from './folder-lock.ts';

const RACES = 20;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tachyon-lock-races-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const allGood = { races: RACES, oneWinner: RACES, refusedByTheWinner: RACES, wrong: [] };

test('two brokers that start at once on a new folder: one wins and the other is told so', async () => {
  expect(await raceForFree(RACES, (race) => join(root, String(race)))).toEqual(allGood);
});

test('two brokers that start at once on a folder that was given back: one wins and the other is told so', async () => {
  expect(await raceForFree(RACES, () => join(root, 'same'))).toEqual(allGood);
});

test('a lock left by kill -9 goes to exactly one of two that race for it', async () => {
  expect(await raceForStale(RACES, join(root, 'stale'))).toEqual(allGood);
});

test('never two inside, whichever process is killed at whichever moment', async () => {
  const tally = await churn(RACES, 3, join(root, 'churn'));
  expect(tally.overlaps).toBe(0);
  expect(tally.entered).toBeGreaterThan(RACES);
});

test('a broker that is stopped, not dead, keeps its folder', async () => {
  const folder = join(root, 'stopped');
  const holder = await Contender.start();
  await holder.acquire(folder, 0);
  holder.signal('SIGSTOP');
  await expect(acquireFolderLock(folder)).rejects.toThrow(`pid ${holder.pid} has worked on it since`);
  await holder.kill();
  (await acquireFolderLock(folder)).release();
});
