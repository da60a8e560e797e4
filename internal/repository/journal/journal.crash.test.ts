// Power loss at every moment of a script with rotations, trims and recoveries, and the failure of each write and sync
// in turn: nothing that was reported durable is missing afterwards, nothing turns up that was never appended, and the
// bodies are those that were given. Then the same suites with planted faults: each must be found.

import { expect, test } from 'vitest';
import { faultyDisk, JOURNAL_FAULTS, type JournalFault } from '../../testing/faults/journal-faults.ts';
import {
  crashEverywhere,
  failEach,
  manyLives,
  scriptOperations,
  type Through,
} from '../../testing/journal/journal-suites.ts';

test('a crash at any operation, and another while recovering, loses nothing that was durable', () => {
  expect(scriptOperations()).toBeGreaterThan(100);
  crashEverywhere();
});

test('crash after crash, on 200 disks, loses nothing that was durable', () => {
  expect(manyLives(200), 'disks on which segments were trimmed').toBeGreaterThan(50);
});

test('after the n-th write failed, for n up to 200, nothing is reported durable that is not there', () => {
  expect(failEach('write', 200)).toBeGreaterThan(200);
});

test('after the n-th sync failed, for n up to 200, nothing is reported durable that is not there', () => {
  expect(failEach('sync', 200)).toBeGreaterThan(100);
});

test('after the n-th folder sync failed the journal stops, and nothing is lost', () => {
  expect(failEach('folderSync', 12)).toBeGreaterThan(10);
});

const FINDS: Record<JournalFault, (through: Through) => void> = {
  'confirm before sync': crashEverywhere,
  'skipped folder sync': crashEverywhere,
  'torn tail kept': crashEverywhere,
  'failed sync retried': (through) => failEach('sync', 200, through),
  'unmarked tail not written again': (through) => failEach('sync', 200, through),
};

test.each(JOURNAL_FAULTS)('the suites find a planted fault: %s', (fault) => {
  expect(() => FINDS[fault]((disk) => faultyDisk(disk, fault))).toThrow(
    /lost|torn tail was left|CORRUPT_JOURNAL|moved/,
  );
});
