// The names of a simulated data folder: which file each name means now, and which it means after power loss.
// A create, rename or remove is durable only after a folder sync; until then a crash keeps or forgets it. Changes of
// different names are independent; a change that touches a name survives only together with the earlier ones of that
// name, as in every journaling file system: no new file takes the name of one whose rename was forgotten.

import type { Random } from './random.ts';
import { drawSurvival, type SimFileImage } from './sim-file-image.ts';

interface NameChange {
  readonly order: number;
  /** The name that goes away, if any. */
  readonly gone: string | null;
  /** The name that comes or is replaced, if any. */
  readonly come: { readonly name: string; readonly image: SimFileImage } | null;
}

export class SimFolder {
  #live: Map<string, SimFileImage>;
  readonly #durable: Map<string, SimFileImage>;
  #log: NameChange[] = [];
  #order = 0;

  constructor(files: ReadonlyMap<string, SimFileImage>) {
    this.#live = new Map(files);
    this.#durable = new Map(files);
  }

  get mark(): number {
    return this.#order;
  }

  get files(): ReadonlyMap<string, SimFileImage> {
    return this.#live;
  }

  get durableFiles(): ReadonlyMap<string, SimFileImage> {
    return this.#durable;
  }

  link(name: string, image: SimFileImage): void {
    this.#live.set(name, image);
    this.#note(null, { name, image });
  }

  rename(from: string, to: string, image: SimFileImage): void {
    if (from === to) return;
    this.#live.delete(from);
    this.#live.set(to, image);
    this.#note(from, { name: to, image });
  }

  unlink(name: string): void {
    this.#live.delete(name);
    this.#note(name, null);
  }

  sync(mark: number): void {
    const beyond = this.#log.findIndex((change) => change.order > mark);
    const covered = beyond < 0 ? this.#log.splice(0) : this.#log.splice(0, beyond);
    for (const change of covered) this.#makeDurable(change);
  }

  crash(random: Random, tornSectors: boolean): void {
    const survival = drawSurvival(random);
    const forgotten = new Set<string>();
    for (const change of this.#log.splice(0)) {
      const names = [change.gone, change.come?.name].filter((name) => name !== null && name !== undefined);
      if (names.some((name) => forgotten.has(name)) || !random.bool(survival)) {
        for (const name of names) forgotten.add(name);
      } else {
        this.#makeDurable(change);
      }
    }
    for (const image of this.#durable.values()) image.crash(random, tornSectors);
    this.#live = new Map(this.#durable);
  }

  #note(gone: string | null, come: NameChange['come']): void {
    this.#order += 1;
    this.#log.push({ order: this.#order, gone, come });
  }

  #makeDurable(change: NameChange): void {
    if (change.gone !== null) this.#durable.delete(change.gone);
    if (change.come !== null) this.#durable.set(change.come.name, change.come.image);
  }
}
