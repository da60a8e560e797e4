// The line of one peer behind a body that is being decompressed elsewhere: what leaves for this peer waits, in its order,
// and nobody else does.

import type { Outgoing } from '../../usecase/gate.ts';
import type { Unpacking } from './unpack.ts';

export class HeldLine {
  #busy = false;
  #work: Unpacking | null = null;
  #waiting: Outgoing[] = [];

  get busy(): boolean {
    return this.#busy;
  }

  /** True: it waits behind what is away. */
  offer(one: Outgoing): boolean {
    if (this.#busy) this.#waiting.push(one);
    return this.#busy;
  }

  /** Does the work as far as it goes now; `ended` is called only where some of it has to come later. */
  run(work: Unpacking, ended: () => void): void {
    let isNow = true;
    this.#work = work;
    const step = (plain: Uint8Array | null): void => {
      const next = work.next(plain);
      // An abandoned one is done.
      this.#busy = next.done !== true;
      if (next.done !== true) void next.value.then(step);
      else if (!isNow) ended();
    };
    step(null);
    isNow = false;
  }

  /** The peer is forgotten: what is away ends here, and those that waited are given back. */
  abandon(): readonly Outgoing[] {
    this.#work?.return();
    this.#busy = false;
    return this.#waiting.splice(0);
  }

  /** Those that waited, until one is away again. */
  *rest(): Generator<Outgoing> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) yield next;
  }

  #next(): Outgoing | undefined {
    return this.#busy ? undefined : this.#waiting.shift();
  }
}
