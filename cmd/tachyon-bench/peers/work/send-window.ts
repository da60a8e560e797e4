// The producer's window: how many messages may leave now. The driver gives the way to send them and says what was
// confirmed; everything else about pace is here, so that it is the same for all systems.
// Invariant: never more than `size` messages are sent and not confirmed.

/** Sends messages `first` up to, not including, `first + count`. It must not confirm before it returns. */
export type Send = (first: number, count: number) => void;

export class SendWindow {
  readonly size: number;
  #send: Send = () => undefined;
  #chunk = 1;
  #next = 0;
  #end = 0;
  #confirmed = 0;
  #finish: () => void = () => undefined;

  constructor(size: number) {
    this.size = size;
  }

  get confirmed(): number {
    return this.#confirmed;
  }

  /** `chunk`: messages that leave together, save at the end of a phase. */
  use(chunk: number, send: Send): void {
    if (chunk < 1 || chunk > this.size) throw new RangeError(`chunks of ${chunk} in a window of ${this.size}`);
    this.#chunk = chunk;
    this.#send = send;
  }

  /** Begins a phase; resolves when all of it is confirmed. */
  run(from: number, end: number): Promise<void> {
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    this.#next = from;
    this.#end = end;
    this.#pump();
    return finished;
  }

  /** So many more are confirmed. */
  confirm(count: number): void {
    this.#confirmed += count;
    if (this.#confirmed > this.#next) throw new Error(`${this.#confirmed} confirmed of ${this.#next} sent`);
    if (this.#confirmed === this.#end) this.#finish();
    else this.#pump();
  }

  #pump(): void {
    for (;;) {
      const count = Math.min(this.#chunk, this.#end - this.#next);
      if (count === 0 || this.#next - this.#confirmed + count > this.size) return;
      const first = this.#next;
      this.#next += count;
      this.#send(first, count);
    }
  }
}
