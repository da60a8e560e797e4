// A disk in memory, for simulation: the port `Disk`, deterministic under its seed, as unhelpful as real disks may be.
//
// What it does to its user
// - Operations complete in any order, whichever file they belong to. A sync covers the writes that had completed when
//   it was called, and nothing else; a folder sync likewise for names.
// - `crash` is power loss. Of the unsynced 512-byte sectors any subset survives, a later write possibly without an
//   earlier one; with `tornSectors` the last one may be cut inside. Unsynced sizes and names survive or not; a
//   rename without a folder sync may come back as the old name. What was in flight happened, wholly, partly or not.
// - `kill` is the end of the process: what had completed stays in the page cache, still unsynced.
// - A failed write leaves a prefix. After a failed sync the sectors it covered are on disk or lost, each by itself, and
//   a second sync succeeds without looking at them: retrying is no cure, as on Linux.
// - Creating or extending beyond `capacityBytes` fails with ENOSPC, after writing what fits.
// Out of scope: short reads, damage that nobody asked for (`corrupt` does it on request), and more than one folder.

import type { Disk, DiskFile, Done } from '../../usecase/ports/disk.ts';
import { Random } from './random.ts';
import { SimFile } from './sim-file.ts';
import { SimFileImage } from './sim-file-image.ts';
import { SimFolder } from './sim-folder.ts';
import { type Operation, SimDiskError, SimIo } from './sim-io.ts';

export { SimCrash } from './sim-io.ts';

export interface SimDiskOptions {
  readonly seed?: number;
  /** Runs the call later, once. Default: a queue that `step` and `settle` empty in any order. */
  readonly schedule?: (call: () => void) => void;
  readonly capacityBytes?: number;
  /** Default false: a sector is written wholly or not at all. */
  readonly tornSectors?: boolean;
}

type Mode = 'read' | 'readwrite';
type Opened = (error: Error | null, file: DiskFile | null) => void;

export class SimDisk implements Disk {
  /** May be changed at any time: room that goes and returns. */
  capacityBytes: number;
  readonly #random: Random;
  readonly #tornSectors: boolean;
  readonly #folder: SimFolder;
  readonly #io: SimIo;

  constructor(options: SimDiskOptions = {}, snapshot: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#random = new Random(options.seed ?? 1);
    this.#tornSectors = options.tornSectors ?? false;
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
    this.#folder = new SimFolder(new Map([...snapshot].map(([name, bytes]) => [name, new SimFileImage(bytes)])));
    this.#io = new SimIo(this.#random.fork(), options.schedule);
  }

  static fromSnapshot(snapshot: ReadonlyMap<string, Uint8Array>, options: SimDiskOptions = {}): SimDisk {
    return new SimDisk(options, snapshot);
  }

  /** What is certain to survive power loss at this moment. */
  snapshot(): Map<string, Uint8Array> {
    return new Map([...this.#folder.durableFiles].map(([name, image]) => [name, image.durableBytes()]));
  }

  // --- time ---

  /** Completes one operation in flight; false when there is none. */
  step(): boolean {
    return this.#io.step();
  }

  /** Completes operations, and those that they start, until none is left. */
  settle(): void {
    while (this.#io.step());
  }

  get inFlight(): number {
    return this.#io.flying;
  }

  // --- faults ---

  /** Power loss and restart. Files opened before are dead; planned failures and `crashAt` are forgotten. */
  crash(random: Random = this.#random): void {
    this.#io.restart(random);
    this.#folder.crash(random, this.#tornSectors);
  }

  /** End of the process without power loss. */
  kill(random: Random = this.#random): void {
    this.#io.restart(random);
  }

  /** The power goes while operation number `operation` (as `operations` counts, from 1) is under way. */
  crashAt(operation: number): void {
    this.#io.crashAt(operation);
  }

  /** The power is off, by `crashAt`: nothing completes until `crash` or `kill` starts the disk again. */
  get crashed(): boolean {
    return this.#io.off;
  }

  /** The n-th write from now, counted from 1, fails. */
  failWrite(nth: number, code = 'EIO'): void {
    this.#io.plan('write', nth, code);
  }

  failSync(nth: number, code = 'EIO'): void {
    this.#io.plan('sync', nth, code);
  }

  failFolderSync(nth: number, code = 'EIO'): void {
    this.#io.plan('folderSync', nth, code);
  }

  failRead(nth: number, code = 'EIO'): void {
    this.#io.plan('read', nth, code);
  }

  /** The next operation of any kind, or the n-th from now, fails; reads and opens count too. */
  failNextWith(code: string, nth = 1): void {
    this.#io.plan('any', nth, code);
  }

  /** Overwrites bytes inside the file, on disk and in the cache. */
  corrupt(name: string, offset: number, bytes: Uint8Array): void {
    this.#existing(name).corrupt(offset, bytes);
  }

  // --- counters ---

  /** Writes, truncations, syncs, name changes and folder syncs so far: the moments worth crashing at. */
  get operations(): number {
    return this.#io.operations;
  }

  get writes(): number {
    return this.#io.count('write');
  }

  get syncs(): number {
    return this.#io.count('sync');
  }

  get folderSyncs(): number {
    return this.#io.count('folderSync');
  }

  get usedBytes(): number {
    let used = 0;
    for (const image of this.#folder.files.values()) used += image.size;
    return used;
  }

  // --- the port ---

  listSync(): readonly string[] {
    return this.#io.now({ kind: 'read', perform: () => [...this.#folder.files.keys()].sort() });
  }

  openSync(name: string, mode: Mode): DiskFile {
    return this.#io.now(this.#opening(name, mode));
  }

  open(name: string, mode: Mode, done: Opened): void {
    this.#io.later(this.#opening(name, mode), done);
  }

  createSync(name: string): DiskFile {
    return this.#io.now(this.#creating(name));
  }

  create(name: string, done: Opened): void {
    this.#io.later(this.#creating(name), done);
  }

  renameSync(from: string, to: string): void {
    this.#io.now(this.#renaming(from, to));
  }

  rename(from: string, to: string, done: Done): void {
    this.#io.later(this.#renaming(from, to), done);
  }

  removeSync(name: string): void {
    this.#io.now(this.#removing(name));
  }

  remove(name: string, done: Done): void {
    this.#io.later(this.#removing(name), done);
  }

  syncFolderSync(): void {
    this.#io.now(this.#syncingFolder());
  }

  syncFolder(done: Done): void {
    this.#io.later(this.#syncingFolder(), done);
  }

  #opening(name: string, mode: Mode): Operation<DiskFile> {
    return { kind: 'open', perform: () => this.#file(name, this.#existing(name), mode) };
  }

  #creating(name: string): Operation<DiskFile> {
    return {
      kind: 'name',
      perform: () => {
        if (this.#folder.files.has(name)) throw new SimDiskError('EEXIST', name);
        if (this.usedBytes >= this.capacityBytes) throw new SimDiskError('ENOSPC', name);
        const image = new SimFileImage();
        this.#folder.link(name, image);
        return this.#file(name, image, 'readwrite');
      },
    };
  }

  #renaming(from: string, to: string): Operation<void> {
    return { kind: 'name', perform: () => this.#folder.rename(from, to, this.#existing(from)) };
  }

  #removing(name: string): Operation<void> {
    return {
      kind: 'name',
      perform: () => {
        this.#existing(name);
        this.#folder.unlink(name);
      },
    };
  }

  #syncingFolder(): Operation<void> {
    const { mark } = this.#folder;
    return { kind: 'folderSync', perform: () => this.#folder.sync(mark) };
  }

  #existing(name: string): SimFileImage {
    const image = this.#folder.files.get(name);
    if (image === undefined) throw new SimDiskError('ENOENT', name);
    return image;
  }

  #file(name: string, image: SimFileImage, mode: Mode): DiskFile {
    const roomFor = (grow: number): number => Math.max(0, Math.min(grow, this.capacityBytes - this.usedBytes));
    return new SimFile(name, image, mode, this.#io, roomFor);
  }
}
