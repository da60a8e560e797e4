// Whether memory grows: a line through what a process held over time, and what may be said of it.

export interface MemorySample {
  readonly atMs: number;
  readonly bytes: number;
}

export interface MemoryVerdict {
  /** Of the least-squares line; null: fewer than two samples. */
  readonly bytesPerHour: number | null;
  /** What the line rose by over the samples. */
  readonly grownBytes: number;
  readonly verdict: 'steady' | 'leak' | 'too short';
}

/** The first part is a process that fills its caches. */
const SETTLING_SHARE = 0.25;
const SAMPLES_MIN = 8;
/** Below it a collection more or less decides. */
const JUDGED_FROM_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;

/** `slopeMax`: bytes per hour; growth within `noiseBytes` is none, however steep a short line is. */
export function judgeMemory(
  samples: readonly MemorySample[],
  slopeMax: number,
  noiseBytes: number,
  judgedFromMs = JUDGED_FROM_MS,
): MemoryVerdict {
  const settled = samples.slice(Math.floor(samples.length * SETTLING_SHARE));
  const first = settled[0];
  const last = settled.at(-1);
  if (first === undefined || last === undefined || first === last)
    return { bytesPerHour: null, grownBytes: 0, verdict: 'too short' };
  const overMs = last.atMs - first.atMs;
  const bytesPerMs = slopeOf(settled);
  const grownBytes = Math.round(bytesPerMs * overMs);
  const bytesPerHour = Math.round(bytesPerMs * HOUR_MS);
  if (settled.length < SAMPLES_MIN || overMs < judgedFromMs) return { bytesPerHour, grownBytes, verdict: 'too short' };
  const leaks = bytesPerHour > slopeMax && grownBytes > noiseBytes;
  return { bytesPerHour, grownBytes, verdict: leaks ? 'leak' : 'steady' };
}

/** Bytes per millisecond, by least squares. */
function slopeOf(samples: readonly MemorySample[]): number {
  const mean = (of: (sample: MemorySample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const atMean = mean(({ atMs }) => atMs);
  const bytesMean = mean(({ bytes }) => bytes);
  let together = 0;
  let alone = 0;
  for (const { atMs, bytes } of samples) {
    together += (atMs - atMean) * (bytes - bytesMean);
    alone += (atMs - atMean) ** 2;
  }
  return alone === 0 ? 0 : together / alone;
}
