// One simulated file: what a reader sees now (`live`), what power loss leaves for certain (`durable`), and the log of
// changes between the two. A change is an aligned run of 512-byte sectors as they stood after the write, or a new size.
// Invariant: applying the whole log, in order, to `durable` gives `live`, except after a failed sync.

import type { Random } from './random.ts';

export const SECTOR_BYTES = 512;

type Change =
  | {
      readonly type: 'write';
      readonly order: number;
      readonly start: number;
      readonly sectors: Uint8Array;
      readonly end: number;
    }
  | { readonly type: 'size'; readonly order: number; readonly size: number };

/** How likely each unsynced sector, size or name survives. The extremes find as many bugs as the middle. */
export function drawSurvival(random: Random): number {
  return random.pick([0, 1, 0.5, random.fraction()]);
}

const alignDown = (offset: number): number => offset - (offset % SECTOR_BYTES);
const alignUp = (offset: number): number => alignDown(offset + SECTOR_BYTES - 1);

/** Bytes with spare, always zero beyond the size, so that growing never uncovers old bytes. */
class Bytes {
  bytes: Uint8Array;
  size: number;

  constructor(content: Uint8Array) {
    this.bytes = new Uint8Array(alignUp(content.length));
    this.bytes.set(content);
    this.size = content.length;
  }

  reserve(length: number): void {
    if (length <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(alignUp(length), this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
  }

  resize(size: number): void {
    this.reserve(size);
    if (size < this.size) this.bytes.fill(0, size, alignUp(this.size));
    this.size = size;
  }
}

export class SimFileImage {
  #live: Bytes;
  readonly #durable: Bytes;
  #log: Change[] = [];
  #order = 0;

  constructor(content: Uint8Array = new Uint8Array(0)) {
    this.#live = new Bytes(content);
    this.#durable = new Bytes(content);
  }

  get size(): number {
    return this.#live.size;
  }

  /** Names the changes made so far: a sync called now covers these and no later ones. */
  get mark(): number {
    return this.#order;
  }

  get unsyncedChanges(): number {
    return this.#log.length;
  }

  durableBytes(): Uint8Array {
    return this.#durable.bytes.slice(0, this.#durable.size);
  }

  read(into: Uint8Array, offset: number): number {
    const length = Math.max(0, Math.min(into.length, this.#live.size - offset));
    into.set(this.#live.bytes.subarray(offset, offset + length));
    return length;
  }

  write(bytes: Uint8Array, offset: number): void {
    if (bytes.length === 0) return;
    const end = offset + bytes.length;
    const [start, stop] = [alignDown(offset), alignUp(end)];
    this.#live.reserve(stop);
    this.#live.bytes.set(bytes, offset);
    this.#live.size = Math.max(this.#live.size, end);
    this.#order += 1;
    this.#log.push({ type: 'write', order: this.#order, start, sectors: this.#live.bytes.slice(start, stop), end });
  }

  truncate(size: number): void {
    this.#live.resize(size);
    this.#order += 1;
    this.#log.push({ type: 'size', order: this.#order, size });
  }

  sync(mark: number): void {
    for (const change of this.#takeUpTo(mark)) {
      if (change.type === 'size') {
        this.#durable.resize(change.size);
      } else {
        this.#durable.reserve(change.start + change.sectors.length);
        this.#durable.bytes.set(change.sectors, change.start);
        this.#durable.size = Math.max(this.#durable.size, change.end);
        this.#clearBeyondSize();
      }
    }
  }

  /** As Linux does: pages of a failed sync count as clean, written or not, and no later sync looks at them again. */
  failSync(mark: number, random: Random): void {
    this.#settle(this.#takeUpTo(mark), random, false);
  }

  /** Power loss: any subset of the unsynced sectors survives, whatever their order. */
  crash(random: Random, tornSectors: boolean): void {
    this.#settle(this.#takeUpTo(this.#order), random, tornSectors);
    this.#live = new Bytes(this.durableBytes());
  }

  /** Damage at rest, seen at once and after a crash alike. */
  corrupt(offset: number, bytes: Uint8Array): void {
    for (const image of [this.#live, this.#durable]) {
      image.bytes.set(bytes.subarray(0, Math.max(0, image.size - offset)), Math.min(offset, image.size));
    }
  }

  #takeUpTo(mark: number): Change[] {
    const beyond = this.#log.findIndex((change) => change.order > mark);
    const taken = beyond < 0 ? this.#log : this.#log.slice(0, beyond);
    this.#log = beyond < 0 ? [] : this.#log.slice(beyond);
    return taken;
  }

  #settle(changes: readonly Change[], random: Random, tornSectors: boolean): void {
    const survival = drawSurvival(random);
    const durable = this.#durable;
    let size = durable.size;
    let last: { readonly start: number; readonly before: Uint8Array } | null = null;
    for (const change of changes) {
      if (change.type === 'size') {
        if (random.bool(survival)) {
          size = change.size;
          durable.reserve(size);
          durable.bytes.fill(0, size);
        }
        continue;
      }
      durable.reserve(change.start + change.sectors.length);
      for (let from = 0; from < change.sectors.length; from += SECTOR_BYTES) {
        if (!random.bool(survival)) continue;
        const start = change.start + from;
        if (tornSectors) last = { start, before: durable.bytes.slice(start, start + SECTOR_BYTES) };
        durable.bytes.set(change.sectors.subarray(from, from + SECTOR_BYTES), start);
      }
      if (change.end > size && random.bool(survival)) {
        const grown = random.bool() ? change.end : alignUp(size + random.int(change.end - size));
        size = Math.min(grown, change.end);
      }
    }
    if (last !== null && random.bool()) {
      const cut = 1 + random.int(SECTOR_BYTES - 1);
      durable.bytes.set(last.before.subarray(cut), last.start + cut);
    }
    durable.size = size;
    this.#clearBeyondSize();
  }

  #clearBeyondSize(): void {
    this.#durable.bytes.fill(0, this.#durable.size);
  }
}
