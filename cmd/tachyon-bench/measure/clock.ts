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
