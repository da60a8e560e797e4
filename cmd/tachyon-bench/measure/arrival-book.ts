// Which messages have arrived, one bit each, in pages of 65,536 that are dropped when they are full: a run of hours costs
// no more than what is under way. Invariant: `distinct` is the number of messages seen.

const PAGE = 65_536;

export class ArrivalBook {
  readonly #lines: readonly Line[];
  distinct = 0;
  duplicated = 0;
  /** Messages of this run that nobody published: a number beyond what was planned. */
  unexpected = 0;

  /** `perProducer`: how many messages each one publishes; Infinity where that is told later. */
  constructor(perProducer: readonly number[]) {
    this.#lines = perProducer.map((planned) => new Line(planned));
  }

  /** True for a message that was not seen before. */
  note(producer: number, index: number): boolean {
    const line = this.#lines[producer];
    if (line === undefined || index >= line.planned) {
      this.unexpected += 1;
      return false;
    }
    if (!line.set(index)) {
      this.duplicated += 1;
      return false;
    }
    this.distinct += 1;
    return true;
  }
}

interface Page {
  readonly seen: Uint8Array;
  left: number;
}

class Line {
  readonly planned: number;
  /** Null: full. */
  readonly #pages = new Map<number, Page | null>();
  #currentNumber = -1;
  #current: Page | null = null;

  constructor(planned: number) {
    this.planned = planned;
  }

  /** False when it was set before. */
  set(index: number): boolean {
    const number = Math.floor(index / PAGE);
    if (number !== this.#currentNumber) this.#turnTo(number);
    const page = this.#current;
    if (page === null) return false;
    const within = index - number * PAGE;
    const at = within >>> 3;
    const bit = 1 << (within & 7);
    const byte = page.seen[at] as number;
    if ((byte & bit) !== 0) return false;
    page.seen[at] = byte | bit;
    page.left -= 1;
    if (page.left === 0) {
      this.#pages.set(number, null);
      this.#current = null;
    }
    return true;
  }

  #turnTo(number: number): void {
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = { seen: new Uint8Array(PAGE / 8), left: PAGE };
      this.#pages.set(number, page);
    }
    this.#currentNumber = number;
    this.#current = page;
  }
}
