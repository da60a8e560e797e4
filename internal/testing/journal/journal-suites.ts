// The crash suites of the journal, as functions: the tests run them against the journal as it is, and once more
// against each planted fault, where they must fail.

import { segmentName } from '../../repository/journal/format/layout.ts';
import type { Disk } from '../../usecase/ports/disk.ts';
import { SimDisk } from '../sim/sim-disk.ts';
import { JournalWorld } from './journal-world.ts';

export type Through = (disk: SimDisk) => Disk;

/** On every other disk a sector may also be torn inside. */
function world(seed: number, through: Through | undefined): JournalWorld {
  const disk = new SimDisk({ seed, tornSectors: seed % 2 === 0 });
  return new JournalWorld(through === undefined ? { seed, disk } : { seed, disk, through });
}

/** Appends, idles, lets go, trims, until the power goes, the disk fails, or the script ends. */
function work(on: JournalWorld, turns: number): void {
  const { random, disk } = on;
  for (let turn = 0; turn < turns && !disk.crashed && on.failures.length === 0; turn += 1) {
    const events = Array.from({ length: 1 + random.int(3) }, () =>
      Array.from({ length: random.int(4) }, () => 16 + random.int(random.bool(0.1) ? 3000 : 300)),
    );
    on.append(events, random.bool(0.7));
    for (const position of on.live) {
      if (on.live.size < 20) break;
      if (random.bool(0.7)) on.release(position);
    }
    for (let steps = random.int(6); steps > 0; steps -= 1) disk.step();
    if (random.bool(0.2)) on.settle(random.int(80));
    if (random.bool(0.1)) on.checkpoint();
  }
}

/** A power loss, or a failed operation at start-up, ends the process; anything else is a finding. */
function survived(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof Error && (error.name === 'SimCrash' || error.name === 'SimDiskError')) return false;
    throw error;
  }
}

function restart(on: JournalWorld): void {
  on.failures.length = 0;
  on.recover();
}

/** After a start everything promised is there, and nothing torn is left for the next start to find. */
function inspect(on: JournalWorld): void {
  on.verifyBodies();
  on.kill();
  const opened = on.open();
  if (opened.torn) throw new Error(`a torn tail was left: ${opened.ending}`);
  restart(on);
}

const SCRIPT_SEED = 7;
const SCRIPT_TURNS = 40;

/** Operations of the script that the next suite crashes at. */
export function scriptOperations(): number {
  const on = world(SCRIPT_SEED, undefined);
  on.recover();
  work(on, SCRIPT_TURNS);
  return on.disk.operations;
}

/** The power goes at each operation of a script in turn, and again while the journal is recovered. */
export function crashEverywhere(through?: Through): void {
  const operations = scriptOperations();
  for (let k = 1; k <= operations; k += 1) {
    const on = world(SCRIPT_SEED, through);
    on.disk.crashAt(k);
    if (survived(() => on.recover())) work(on, SCRIPT_TURNS);
    on.crash();
    on.disk.crashAt(on.disk.operations + 1 + (k % 5));
    if (survived(() => restart(on))) on.settle();
    on.crash();
    restart(on);
    inspect(on);
    work(on, 5);
    on.settle();
    on.verifyBodies();
  }
}

/** Many lives on one disk, each ended by power loss, by a kill, or in the middle of recovery. Counts trimmed disks. */
export function manyLives(seeds: number, through?: Through): number {
  let trimmed = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const on = world(seed, through);
    const { random, disk } = on;
    for (let life = 0; life < 8; life += 1) {
      survived(() => {
        if (random.bool(0.3)) disk.crashAt(disk.operations + 1 + random.int(12));
        restart(on);
        disk.crashAt(disk.operations + 1 + random.int(120));
        work(on, 30);
        on.settle(random.int(100));
      });
      if (random.bool(0.3)) on.kill();
      else on.crash();
    }
    restart(on);
    inspect(on);
    if (disk.listSync()[0] !== segmentName(1)) trimmed += 1;
  }
  return trimmed;
}

/** The n-th write, or sync, or folder sync fails; then the process ends, or the power goes, or first one, then the other. */
export function failEach(kind: 'write' | 'sync' | 'folderSync', upTo: number, through?: Through): number {
  let failures = 0;
  for (let n = 1; n <= upTo; n += 1) {
    for (const ending of ['crash', 'kill', 'kill, then crash'] as const) {
      const on = world(n, through);
      if (kind === 'write') on.disk.failWrite(n);
      else if (kind === 'sync') on.disk.failSync(n);
      else on.disk.failFolderSync(n);
      if (survived(() => on.recover())) work(on, 120);
      on.settle(on.random.int(30));
      if (on.failures.length > 0) failures += 1;
      const promised = on.promised;
      on.settle(5000);
      if (on.failures.length > 0 && on.promised !== promised) throw new Error('durable moved after a failure');
      if (ending === 'crash') on.crash();
      else on.kill();
      restart(on);
      if (ending === 'kill, then crash') {
        // What was found after the kill counts as durable: it is what the core goes on with.
        on.promised = on.journal.durable;
        on.crash();
        restart(on);
      }
      inspect(on);
    }
  }
  return failures;
}
