// The schedule of an open loop: messages are due at a rate, whether or not the broker keeps up, and latency counts from
// when a message was due. A broker that stalls is charged for every message that became due meanwhile; a loop that waits
// for it would leave them out (coordinated omission).
//
// Due is every whole millisecond's share together, as timers tell no finer time without a core of their own.

export class OpenLoop {
  readonly #perSecond: number;
  readonly #startMs: number;

  constructor(perSecond: number, startMs: number) {
    this.#perSecond = perSecond;
    this.#startMs = startMs;
  }

  /** When message `number` (from 0) is due. */
  dueAtMs(number: number): number {
    return this.#startMs + Math.floor((number * 1e3) / this.#perSecond);
  }

  /** How many are due by then. */
  dueBy(nowMs: number): number {
    const sinceMs = Math.floor(nowMs - this.#startMs);
    if (sinceMs < 0) return 0;
    // Number n is due at floor(n * 1000 / rate): all below (since + 1) * rate / 1000.
    return Math.ceil(((sinceMs + 1) * this.#perSecond) / 1e3);
  }

  /** How long until message `number` is due; 0 when it is. */
  waitMs(number: number, nowMs: number): number {
    return Math.max(0, this.dueAtMs(number) - nowMs);
  }
}
