// Gives the event loop its turn: a run of messages whose handlers never wait would otherwise hold up acks, heartbeats and
// everything else in the process until the whole window is worked off.

const RUN_MS_MAX = 10;

export class LoopShare {
  #sinceMs = 0;
  #waiting = false;

  /** True when the run has used up its share: stop, `again` is called in the next round of the loop. */
  yields(again: () => void, nowMs: number = performance.now()): boolean {
    if (this.#waiting) return true;
    if (this.#sinceMs === 0) {
      this.#sinceMs = nowMs;
      // The loop was free when this runs, however the run went.
      setImmediate(this.#reset);
      return false;
    }
    if (nowMs - this.#sinceMs < RUN_MS_MAX) return false;
    this.#waiting = true;
    setImmediate(() => {
      this.#waiting = false;
      this.#sinceMs = 0;
      again();
    });
    return true;
  }

  readonly #reset = (): void => {
    if (!this.#waiting) this.#sinceMs = 0;
  };
}
