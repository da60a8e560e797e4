// The line of one peer behind a body that is being decompressed elsewhere: what leaves for this peer waits, in its order,
// and nobody else does.

import type { Outgoing } from '../../usecase/gate.ts';
import type { Unpacking } from './unpack.ts';

export class HeldLine {
  /** What is stopped at a body that is away; null while none is. */
  #work: Unpacking | null = null;
  #waiting: Outgoing[] = [];

  get busy(): boolean {
    return this.#work !== null;
  }

  /** True: it waits behind what is away. */
  offer(one: Outgoing): boolean {
    if (this.busy) this.#waiting.push(one);
    return this.busy;
  }

  /** Does the work as far as it goes now; `ended` is called only where some of it has to come later. */
  run(work: Unpacking, ended: () => void): void {
    const next = work.next(null);
    if (next.done !== true) this.#await(next.value, work, ended);
  }

  #await(body: Promise<Uint8Array | null>, work: Unpacking, ended: () => void): void {
    this.#work = work;
    void body.then((plain) => {
      if (this.#work !== work) return;
      this.#work = null;
      const next = work.next(plain);
      if (next.done === true) ended();
      else this.#await(next.value, work, ended);
    });
  }

  /** The peer is forgotten: what is away ends here, and those that waited are given back. */
  abandon(): readonly Outgoing[] {
    this.#work?.return();
    this.#work = null;
    return this.#waiting.splice(0);
  }

  /** Those that waited, until one is away again. */
  *rest(): Generator<Outgoing> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) yield next;
  }

  #next(): Outgoing | undefined {
    return this.busy ? undefined : this.#waiting.shift();
  }
}
