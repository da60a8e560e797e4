// Spans that no receiver has, counted and told: at once, and then at most every ten seconds, with their numbers.

export interface LostSpans {
  /** Sent, and not taken by the receiver. */
  readonly unsent: number;
  /** Never sent, as too many waited. */
  readonly dropped: number;
  /** Messages of which there are no spans, as too many traced ones were under way. */
  readonly untraced: number;
}

export interface LossesOptions {
  /** What was lost since it was told last. */
  readonly tell: (lost: LostSpans, error: Error | undefined) => void;
  readonly everyMs?: number;
}

const EVERY_MS = 10_000;

export class Losses {
  readonly #options: LossesOptions;
  readonly #all = { unsent: 0, dropped: 0, untraced: 0 };
  #told: LostSpans = { ...this.#all };
  #error: Error | undefined;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: LossesOptions) {
    this.#options = options;
  }

  /** Since the beginning. */
  get all(): LostSpans {
    return { ...this.#all };
  }

  add(kind: keyof LostSpans, count: number, error?: Error): void {
    this.#all[kind] += count;
    this.#error = error ?? this.#error;
    if (this.#timer === null) this.#tell();
  }

  /** Tells what is left to tell. */
  close(): void {
    this.#tell();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #tell(): void {
    const { unsent, dropped, untraced } = this.#all;
    const before = this.#told;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (unsent + dropped + untraced === before.unsent + before.dropped + before.untraced) return;
    this.#told = { unsent, dropped, untraced };
    this.#options.tell(
      { unsent: unsent - before.unsent, dropped: dropped - before.dropped, untraced: untraced - before.untraced },
      this.#error,
    );
    this.#error = undefined;
    this.#timer = setTimeout(() => this.#tell(), this.#options.everyMs ?? EVERY_MS);
    this.#timer.unref();
  }
}
