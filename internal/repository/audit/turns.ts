// Work on one thing that takes several steps of the disk, one after the other in the order in which it was asked for.

import type { Done } from '../../usecase/ports/disk.ts';

export class Turns {
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  /** Runs the work when what was asked for before it has ended; `done` is told its end. */
  take(work: (end: Done) => void, done: Done): void {
    this.#waiting.push(() =>
      work((error) => {
        this.#busy = false;
        done(error);
        this.#next();
      }),
    );
    this.#next();
  }

  #next(): void {
    if (this.#busy) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#busy = true;
    next();
  }
}
