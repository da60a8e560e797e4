// Timers that ring when the test says so, in virtual time.

import type { Timers } from '../../usecase/ports/timers.ts';

interface Alarm {
  readonly atMs: number;
  readonly call: () => void;
}

export class ManualTimers implements Timers {
  #alarms: Alarm[] = [];
  #nowMs = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  get waiting(): number {
    return this.#alarms.length;
  }

  after(ms: number, call: () => void): () => void {
    const alarm = { atMs: this.#nowMs + ms, call };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((each) => each !== alarm);
    };
  }

  /** Rings the earliest alarm, if it is due within `withinMs`, and moves time there. */
  ring(withinMs = Number.POSITIVE_INFINITY): boolean {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) if (next === undefined || alarm.atMs < next.atMs) next = alarm;
    if (next === undefined || next.atMs > this.#nowMs + withinMs) return false;
    this.#alarms = this.#alarms.filter((alarm) => alarm !== next);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.call();
    return true;
  }

  /** Time passes without a call. */
  advanceTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  /** The process is gone, and its timers with it. */
  clear(): void {
    this.#alarms = [];
  }
}
