// All literal edges of a tree in one table: (parent, atom) leads to a child. Open addressing over one Int32Array,
// so that a step down the tree costs one cache line and no object.
// Invariant: at most half of the slots are used, and from an edge's home slot to its own no slot is free.

import { invariant } from '../../domain/assert.ts';

/** A slot: parent + 1 (0 when free), atom, child, and one word that keeps slots within a cache line. */
const SLOT = 4;
const SLOTS_MIN = 16;

export class EdgeTable {
  #slots = new Int32Array(SLOTS_MIN * SLOT);
  #mask = SLOTS_MIN - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The child, or 0. */
  find(parent: number, atom: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let i = home(parent, atom) & mask; ; i = (i + 1) & mask) {
      const at = i * SLOT;
      const holder = slots[at] as number;
      if (holder === 0) return 0;
      if (holder === parent + 1 && slots[at + 1] === atom) return slots[at + 2] as number;
    }
  }

  /** The edge must be new. */
  add(parent: number, atom: number, child: number): void {
    if ((this.#size + 1) * 2 > this.#mask + 1) this.#resize((this.#mask + 1) * 2);
    this.#put(parent, atom, child);
    this.#size++;
  }

  /** Closes the gap by moving later edges back, so that no marks of removed ones pile up. */
  remove(parent: number, atom: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let gap = home(parent, atom) & mask;
    while (slots[gap * SLOT] !== parent + 1 || slots[gap * SLOT + 1] !== atom) {
      invariant(slots[gap * SLOT] !== 0, `removed edge ${parent}/${atom} is in the table`);
      gap = (gap + 1) & mask;
    }
    for (let i = (gap + 1) & mask; slots[i * SLOT] !== 0; i = (i + 1) & mask) {
      const at = i * SLOT;
      const wanted = home((slots[at] as number) - 1, slots[at + 1] as number) & mask;
      if (((i - wanted) & mask) < ((i - gap) & mask)) continue;
      slots.copyWithin(gap * SLOT, at, at + SLOT);
      gap = i;
    }
    slots.fill(0, gap * SLOT, gap * SLOT + SLOT);
    this.#size--;
    if (this.#size * 8 < mask + 1 && mask + 1 > SLOTS_MIN) this.#resize((mask + 1) / 2);
  }

  #put(parent: number, atom: number, child: number): void {
    let i = home(parent, atom) & this.#mask;
    while (this.#slots[i * SLOT] !== 0) i = (i + 1) & this.#mask;
    this.#slots[i * SLOT] = parent + 1;
    this.#slots[i * SLOT + 1] = atom;
    this.#slots[i * SLOT + 2] = child;
  }

  #resize(slotCount: number): void {
    const before = this.#slots;
    this.#slots = new Int32Array(slotCount * SLOT);
    this.#mask = slotCount - 1;
    for (let at = 0; at < before.length; at += SLOT) {
      const holder = before[at] as number;
      if (holder !== 0) this.#put(holder - 1, before[at + 1] as number, before[at + 2] as number);
    }
  }
}

/** Parents and atoms are small neighbouring numbers: the multiplications spread them over the table. */
function home(parent: number, atom: number): number {
  const mixed = Math.imul(parent, 0x9e3779b1) ^ Math.imul(atom, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
