// What has arrived, for each subscriber by itself, and when that is everything of a phase.
// Probes, which only find out whether a subscription is in force, are told apart and not counted.

import { ArrivalBook } from '../../measure/arrival-book.ts';

/** The index of a probe. */
export const PROBE = 0xffff_ffff;

export class DeliveryBook {
  readonly #book: ArrivalBook;
  /** Distinct messages of each subscriber. */
  readonly #counts: Float64Array;
  readonly #probed = new Set<number>();
  #goal = Number.POSITIVE_INFINITY;
  #finish: () => void = () => undefined;
  #tellEvery = 0;
  #tell: (arrived: number) => void = () => undefined;
  #told = 0;

  constructor(subscribers: number, total: number) {
    this.#book = new ArrivalBook(Array.from({ length: subscribers }, () => total));
    this.#counts = new Float64Array(subscribers);
  }

  get received(): number {
    return this.#book.distinct;
  }

  get duplicated(): number {
    return this.#book.duplicated;
  }

  get unexpected(): number {
    return this.#book.unexpected;
  }

  /** The phase has everything. */
  get isComplete(): boolean {
    return this.#book.distinct >= this.#goal;
  }

  /** Resolves when every subscriber has `each` messages. */
  until(each: number): Promise<void> {
    return new Promise((resolve) => {
      this.#goal = each * this.#counts.length;
      this.#finish = resolve;
      if (this.isComplete) resolve();
    });
  }

  /** `tell` is given how many messages all subscribers have, whenever that grew by about `every`. */
  progress(every: number, tell: (arrived: number) => void): void {
    this.#tellEvery = every;
    this.#tell = tell;
  }

  note(subscriber: number, index: number): void {
    if (index === PROBE) {
      this.#probed.add(subscriber);
      return;
    }
    if (!this.#book.note(subscriber, index)) return;
    const count = this.#counts[subscriber]! + 1;
    this.#counts[subscriber] = count;
    const isComplete = this.#book.distinct === this.#goal;
    if (this.#tellEvery > 0 && (isComplete || count % this.#tellEvery === 0)) this.#progressed();
    if (isComplete) this.#finish();
  }

  /** True when each subscriber got a probe. */
  get isProbed(): boolean {
    return this.#probed.size === this.#counts.length;
  }

  #progressed(): void {
    const arrived = Math.min(...this.#counts);
    if (arrived === this.#told) return;
    this.#told = arrived;
    this.#tell(arrived);
  }
}
