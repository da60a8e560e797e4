// A file of the journal that somebody removed is missed by its name, also when only the checkpoint knows of it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../domain/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../domain/queue-policy.ts';
import { State } from '../domain/state.ts';
import { FileCheckpointStore } from '../repository/checkpoint/file-checkpoint-store.ts';
import { segmentName } from '../repository/journal/format/layout.ts';
import { openJournal } from '../repository/journal/open-journal.ts';
import { RadixRouteIndex } from '../repository/routes/radix-route-index.ts';
import { ManualTimers } from '../testing/journal/manual-timers.ts';
import { SimDisk } from '../testing/sim/sim-disk.ts';
import { recoverJournal } from './recover-journal.ts';

const GOLDEN = join(import.meta.dirname, '../testing/golden/format-1');

/** Recovers the golden folder without `removed`. */
function recoverWithout(removed: (name: string) => boolean): SimDisk {
  const names = readdirSync(GOLDEN).filter((name) => /\.(?:segment|checkpoint)$/.test(name) && !removed(name));
  const disk = SimDisk.fromSnapshot(new Map(names.map((name) => [name, readFileSync(join(GOLDEN, name))])));
  const sound = openJournal({
    disk,
    folder: '/srv/tachyon',
    timers: new ManualTimers(),
    salt: () => 1,
    segmentBytes: 16_384,
    tailCacheBytes: 0,
    retryMs: 1_000,
  });
  const state = new State(new RadixRouteIndex(), DEFAULT_LIMITS, DEFAULT_QUEUE_POLICY);
  recoverJournal(state, sound, new FileCheckpointStore(disk).load().checkpoint);
  return disk;
}

const isFirst = (name: string): boolean => name === segmentName(1);

it('a removed first segment that the checkpoint still needs is named, with its folder and a way out', () => {
  const refused = (): unknown => recoverWithout(isFirst);
  expect(refused).toThrow(`CORRUPT_JOURNAL: ${segmentName(1)} is missing in /srv/tachyon: message `);
  expect(refused).toThrow(/no segment says where it stands\. Nothing was changed\. Put the file back/);
});

it('so is one that is needed because no checkpoint is there any more', () => {
  expect(() => recoverWithout((name) => isFirst(name) || name.endsWith('.checkpoint'))).toThrow(
    `CORRUPT_JOURNAL: ${segmentName(1)} is missing in /srv/tachyon: there is no checkpoint`,
  );
});

it('a folder that lacks nothing is recovered, and nothing in it is changed', () => {
  expect(recoverWithout(() => false).operations).toBe(0);
});
