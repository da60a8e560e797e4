// Tries again the peers that libzmq had no room for. libzmq tells for no single peer when its pipe has room, so each is
// asked again after a pause that doubles: a slow reader is asked every millisecond or two, a stuck one rarely.
// Invariant: a timer runs exactly while an outbox waits.

import type { Outbox } from './outbox.ts';

const PAUSE_FIRST_MS = 1;
const PAUSE_MAX_MS = 64;

export class RetryTimer {
  readonly #dueMs = new Map<Outbox, number>();
  readonly #refresh: () => void;
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  /** `refresh` lets libzmq take in what its I/O thread has reported; it is called once before a round of retries. */
  constructor(refresh: () => void) {
    this.#refresh = refresh;
  }

  add(outbox: Outbox, failures: number): void {
    const pauseMs = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** Math.min(failures - 1, 10));
    const dueMs = performance.now() + pauseMs;
    this.#dueMs.set(outbox, dueMs);
    if (dueMs < this.#timerDueMs) this.#arm(dueMs);
  }

  remove(outbox: Outbox): void {
    this.#dueMs.delete(outbox);
    if (this.#dueMs.size === 0) this.#disarm();
  }

  stop(): void {
    this.#dueMs.clear();
    this.#disarm();
  }

  #arm(dueMs: number): void {
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(this.#round, Math.max(1, dueMs - performance.now()));
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
  }

  readonly #round = (): void => {
    this.#disarm();
    // Timers fire up to a millisecond early by this clock.
    const nowMs = performance.now() + 1;
    const due: Outbox[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [outbox, dueMs] of this.#dueMs) {
      if (dueMs <= nowMs) due.push(outbox);
      else if (dueMs < nextMs) nextMs = dueMs;
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#arm(nextMs);
    if (due.length === 0) return;
    for (const outbox of due) this.#dueMs.delete(outbox);
    this.#refresh();
    for (const outbox of due) outbox.retry();
  };
}
