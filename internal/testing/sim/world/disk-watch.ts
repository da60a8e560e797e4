// Watches which files a disk is asked to make, name and remove, so that a loss of power can be counted by what it hit,
// and can be aimed at the moments that are worth it.

import type { Disk } from '../../../usecase/ports/disk.ts';
import type { Random } from '../random.ts';
import type { SimDisk } from '../sim-disk.ts';

/** What the disk was busy with when the power went. */
export type Moment = 'recovery' | 'checkpoint' | 'rotation' | 'trim' | 'other';

/** Files without their final name. */
const UNNAMED = /\.preparing$|^checkpoint\.tmp$/;
/** Operations from the beginning of something, among which it is hit. */
const AIM_OPERATIONS = 6;

function momentOf(name: string): Moment {
  if (name.includes('checkpoint')) return 'checkpoint';
  return name.endsWith('.segment') ? 'trim' : 'rotation';
}

export class DiskWatch {
  /** The same disk, watched. */
  readonly disk: Disk;
  /** The power is to go when this begins the next time. */
  crashDuring: Moment | null = null;
  /** Segments removed. */
  trimmed = 0;
  readonly #sim: SimDisk;
  readonly #random: Random;
  /** Files that are being made, named or removed. */
  readonly #busy = new Set<string>();

  constructor(disk: SimDisk, random: Random) {
    this.#sim = disk;
    this.#random = random;
    const words = this.#words();
    this.disk = new Proxy<Disk>(disk, {
      get: (target, word: keyof Disk) => words[word] ?? (target[word] as (...of: unknown[]) => unknown).bind(target),
    });
  }

  get moment(): Moment {
    for (const name of this.#busy) return momentOf(name);
    return 'other';
  }

  /** Nothing is under way any more. */
  restart(): void {
    this.#busy.clear();
  }

  #words(): Partial<Disk> {
    const disk = this.#sim;
    return {
      create: (name, done) => {
        this.#begins(name);
        disk.create(name, done);
      },
      rename: (from, to, done) =>
        disk.rename(from, to, (error) => {
          this.#busy.delete(from);
          // Until the folder is synced the name may be forgotten.
          this.#busy.add(`${from} named`);
          done(error);
        }),
      remove: (name, done) => {
        this.#begins(name);
        disk.remove(name, (error) => {
          if (name.endsWith('.segment')) this.trimmed += 1;
          else this.#busy.delete(name);
          done(error);
        });
      },
      syncFolder: (done) =>
        disk.syncFolder((error) => {
          for (const name of this.#busy) if (!UNNAMED.test(name)) this.#busy.delete(name);
          done(error);
        }),
    };
  }

  #begins(name: string): void {
    this.#busy.add(name);
    if (this.crashDuring === null || momentOf(name) !== this.crashDuring) return;
    this.crashDuring = null;
    this.#sim.crashAt(this.#sim.operations + 1 + this.#random.int(AIM_OPERATIONS));
  }
}
