// The end of a turn of the event loop: what was sent to a peer in this turn leaves in one write.
//
// It is the check phase, right behind the poll phase in which everything that had arrived was read: answers to a hundred
// messages that came in one phase go out together, and a single answer waits for nothing else.

export interface Flushable {
  flush(): void;
}

export interface Resting {
  /** The turn has ended: there is more to read. */
  wake(): void;
}

export class Turn {
  readonly #ended: () => void;
  #dirty: Flushable[] = [];
  #resting: Resting[] = [];
  #hasTraffic = false;
  #isDue = false;

  /** `ended` is called once per turn in which messages arrived, before the writes. */
  constructor(ended: () => void) {
    this.#ended = ended;
  }

  /** This one has something to write; once per turn. */
  add(flushable: Flushable): void {
    this.#dirty.push(flushable);
    this.#schedule();
  }

  /** Messages were handed over. */
  traffic(): void {
    this.#hasTraffic = true;
    this.#schedule();
  }

  /** This one has read its share of the turn. */
  rest(resting: Resting): void {
    this.#resting.push(resting);
    this.#schedule();
  }

  /** Writes what was sent until now, without waiting for the end of the turn. */
  flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (let index = 0; index < dirty.length; index += 1) dirty[index]!.flush();
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(this.#run);
  }

  readonly #run = (): void => {
    if (this.#hasTraffic) {
      this.#hasTraffic = false;
      try {
        this.#ended();
      } catch (error) {
        this.#flush();
        throw error;
      }
    }
    this.#flush();
  };

  #flush(): void {
    this.#isDue = false;
    this.flush();
    if (this.#resting.length === 0) return;
    const resting = this.#resting;
    this.#resting = [];
    for (let index = 0; index < resting.length; index += 1) resting[index]!.wake();
  }
}
