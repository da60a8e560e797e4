// Compares the producers' books with the consumers': what was confirmed must have been seen by every queue that it was
// for, with the same body.

import { readBook } from './book.ts';

export interface Verdict {
  readonly confirmed: number;
  readonly seen: number;
  /** Confirmed and never seen. */
  readonly lost: readonly string[];
  /** Seen with another body than was sent. */
  readonly damaged: readonly string[];
  /** Sightings beyond the first. */
  readonly duplicates: number;
  /** Seen, but not confirmed: the broker was killed between the disk and the answer. */
  readonly unconfirmed: number;
}

/** Ids in the producers' books say whether the message was for the kept queue too (`k:`) or not (`w:`). */
export function judge(produced: readonly string[], worked: readonly string[], kept: readonly string[]): Verdict {
  const work = sightingsIn(worked);
  const keep = sightingsIn(kept);
  const lost: string[] = [];
  const damaged: string[] = [...work.conflicting, ...keep.conflicting];
  const confirmed = new Set<string>();
  for (const path of produced) {
    for (const [entry, checksum] of readBook(path)) {
      const id = entry.slice(2);
      confirmed.add(id);
      const queues = entry.startsWith('k:') ? [work, keep] : [work];
      for (const { checksums } of queues) {
        const found = checksums.get(id);
        if (found === undefined) lost.push(id);
        else if (found !== checksum) damaged.push(id);
      }
    }
  }
  let unconfirmed = 0;
  for (const id of work.checksums.keys()) if (!confirmed.has(id)) unconfirmed += 1;
  return {
    confirmed: confirmed.size,
    seen: work.checksums.size,
    lost,
    damaged,
    duplicates: work.repeated + keep.repeated,
    unconfirmed,
  };
}

interface Sightings {
  readonly checksums: ReadonlyMap<string, string>;
  readonly conflicting: readonly string[];
  readonly repeated: number;
}

function sightingsIn(paths: readonly string[]): Sightings {
  const checksums = new Map<string, string>();
  const conflicting: string[] = [];
  let repeated = 0;
  for (const path of paths) {
    for (const [id, checksum] of readBook(path)) {
      const before = checksums.get(id);
      if (before === undefined) checksums.set(id, checksum);
      else {
        repeated += 1;
        if (before !== checksum) conflicting.push(id);
      }
    }
  }
  return { checksums, conflicting, repeated };
}
