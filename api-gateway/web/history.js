// What the plots show: rates and levels of the last minutes, made of the broker's counters. Invariant: at most SAMPLES_MAX
// samples are kept, however long the page is open.

export const SAMPLES_MAX = 300;

const COUNTERS = ['published', 'delivered', 'acked'];

/** A counter that fell belongs to a broker that was started anew: then there is no rate, and the line has a gap. */
function rateOf(name, before, status) {
  const grown = status.counters[name] - (before?.counters[name] ?? Number.NaN);
  const ms = status.time_unix_ms - (before?.time_unix_ms ?? Number.NaN);
  return grown >= 0 && ms > 0 && before.pid === status.pid ? (grown * 1_000) / ms : null;
}

const level = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);

export class History {
  samples = [];
  #last = null;

  /** Two statuses of the same moment are one: the gateway may tell the same answer twice. */
  take(status) {
    if (this.#last !== null && this.#last.time_unix_ms === status.time_unix_ms) return;
    // A clock that was set back: what lies after now cannot be drawn beside it.
    if (this.#last !== null && this.#last.time_unix_ms > status.time_unix_ms) this.samples = [];
    const rates = Object.fromEntries(COUNTERS.map((name) => [name, rateOf(name, this.#last, status)]));
    const sample = {
      at: status.time_unix_ms / 1_000,
      ...rates,
      depth: level(status.depth),
      leased: level(status.leased),
      loop: level(status.event_loop_p99_ms),
      sync: level(status.journal?.sync_p99_ms),
    };
    this.samples = [...this.samples, sample].slice(-SAMPLES_MAX);
    this.#last = status;
  }

  column(name) {
    return this.samples.map((sample) => sample[name]);
  }
}
