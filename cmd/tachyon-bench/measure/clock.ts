// One clock for all processes of a run: the system's monotonic clock, in milliseconds.

const TRIES = 32;

const offsetMs = offset();

/** Read between two readings of the own clock; of several, the pair that nothing came between. */
function offset(): number {
  let best = { betweenMs: Number.POSITIVE_INFINITY, offsetMs: 0 };
  for (let left = TRIES; left > 0; left -= 1) {
    const beforeMs = performance.now();
    const [seconds, nanoseconds] = process.hrtime();
    const afterMs = performance.now();
    const betweenMs = afterMs - beforeMs;
    if (betweenMs >= best.betweenMs) continue;
    best = { betweenMs, offsetMs: seconds * 1e3 + nanoseconds / 1e6 - (beforeMs + afterMs) / 2 };
  }
  return best.offsetMs;
}

export const machineMs = (): number => offsetMs + performance.now();

/** Messages that share a reading of the clock, at most. */
const USES = 32;

/**
 * The machine's clock for code that runs once per message: one reading serves up to 32 messages of one turn of the event
 * loop, as a reading costs more than everything else that is done for a message.
 */
export class TurnClock {
  #nowMs = 0;
  #usesLeft = 0;
  #expiring = false;

  now(): number {
    if (this.#usesLeft === 0) return this.fresh();
    this.#usesLeft -= 1;
    return this.#nowMs;
  }

  fresh(): number {
    this.#nowMs = machineMs();
    this.#usesLeft = USES - 1;
    if (!this.#expiring) {
      this.#expiring = true;
      setImmediate(this.#expire);
    }
    return this.#nowMs;
  }

  /** Another turn: time has passed. */
  readonly #expire = (): void => {
    this.#expiring = false;
    this.#usesLeft = 0;
  };
}
