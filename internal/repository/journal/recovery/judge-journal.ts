// Looks at all segments and says what the journal is: where it begins and ends, and what must be repaired before the
// first append. Reads only: a journal that is refused is left as it was found.
//
//   closed segments (footers, or header walks)  |  last one with anything in it (walked, bodies too)  |  blank spares
//
// A segment is written to only after the one before it was synced whole, so every closed segment must be whole, and
// a torn tail can only be in the last one that holds anything.

import type { Disk } from '../../../usecase/ports/disk.ts';
import { corruptJournal, missingFile } from '../corrupt-journal.ts';
import { SECTOR_BYTES, SEGMENT_HEADER_BYTES, segmentIdOf, segmentName } from '../format/layout.ts';
import { Segment } from '../segment.ts';
import { judge, type RecoveryCase, type Stop } from './recovery-cases.ts';
import { SegmentFile, type Walk, type WalkPoint } from './segment-file.ts';

export interface JudgedJournal {
  /** In order of id; their directories are filled. */
  readonly segments: readonly Segment[];
  /** Index of the segment that takes the next group; the length of the list when none of them does. */
  readonly tail: number;
  /** 0 for both when there is no group. */
  readonly first: number;
  readonly last: number;
  readonly lastCrc: number;
  readonly lastTimeMs: number;
  /** The highest durable mark found. */
  readonly mark: number;
  /** How the walk over the last segment ended; null for an empty journal. */
  readonly case: RecoveryCase | null;
  /** The segment that was walked, and from where on its remains must be zeroed. */
  readonly walked: { readonly segment: Segment; readonly tornFrom: number | null } | null;
}

/** `folder` is how refusals call it. */
export function judgeJournal(disk: Disk, folder: string): JudgedJournal {
  const files = openAll(disk, folder);
  try {
    return judgeFiles(files, folder);
  } finally {
    for (const file of files) file.close();
  }
}

function openAll(disk: Disk, folder: string): readonly SegmentFile[] {
  const ids = disk.listSync().flatMap((name) => segmentIdOf(name) ?? []);
  ids.sort((a, b) => a - b);
  return ids.map((id, i) => {
    const expected = (ids[0] as number) + i;
    if (id !== expected) throw missingFile(folder, segmentName(expected), 'segments before and behind it are there');
    return new SegmentFile(disk, id);
  });
}

/** Zeros behind the header, all the way: prepared and never written to. */
function isBlank(file: SegmentFile): boolean {
  if (file.footer !== null) return false;
  const blank = file.firstNonZero(SEGMENT_HEADER_BYTES) === file.bytes;
  file.close();
  return blank;
}

function judgeFiles(files: readonly SegmentFile[], folder: string): JudgedJournal {
  const segments = files.map(({ header, bytes }) => new Segment(header.id, bytes, header.salt, 'ready', 1));
  const walkedAt = files.findLastIndex((file) => !isBlank(file));
  if (walkedAt < 0) return emptyJournal(files, segments, folder);

  let point: WalkPoint = startOf(files[0] as SegmentFile);
  let mark = 0;
  let lastTimeMs = 0;
  for (let i = 0; i < walkedAt; i += 1) {
    const closed = closedSegment(files[i] as SegmentFile, files[i + 1] as SegmentFile, segments[i] as Segment, point);
    point = closed.end;
    (files[i] as SegmentFile).close();
    mark = Math.max(mark, closed.mark);
    lastTimeMs = closed.lastTimeMs || lastTimeMs;
  }

  const file = files[walkedAt] as SegmentFile;
  const segment = segments[walkedAt] as Segment;
  const walk = file.walk(point, true);
  const { stop } = walk;
  mark = Math.max(mark, walk.mark, file.footer?.footer.durableMark ?? 0, file.markBehind(stop.offset));
  const verdict = judge(stopOf(file, walk, mark));
  if (verdict.verdict === 'corrupt') {
    const reason = walk.sight.type === 'bad' ? `${verdict.label}: ${walk.sight.reason}` : verdict.label;
    throw corruptJournal(file.name, stop.offset, `${reason} (position ${stop.next}; known durable: ${mark})`);
  }
  restore(segment, walk);
  const sealed = verdict.verdict === 'sealed';
  segment.phase = sealed ? 'sealed' : 'ready';
  for (const spare of segments.slice(walkedAt + 1)) spare.first = stop.next;
  return {
    segments,
    tail: sealed ? walkedAt + 1 : walkedAt,
    first: (segments.find((each) => each.groups > 0) ?? segment).first,
    last: stop.next - 1,
    lastCrc: stop.previousCrc ?? 0,
    lastTimeMs: walk.lastTimeMs || lastTimeMs,
    mark,
    case: verdict,
    walked: { segment, tornFrom: verdict.verdict === 'torn-tail' ? stop.offset : null },
  };
}

function emptyJournal(files: readonly SegmentFile[], segments: readonly Segment[], folder: string): JudgedJournal {
  const { id } = files[0]?.header ?? { id: 1 };
  // The last segment that holds anything is never trimmed.
  if (id !== 1) throw missingFile(folder, segmentName(id - 1), `${segmentName(id)} behind it was never written to`);
  return { segments, tail: 0, first: 0, last: 0, lastCrc: 0, lastTimeMs: 0, mark: 0, case: null, walked: null };
}

/** Position and chain begin at the first segment ever; later, after trimming, at what the oldest one says. */
function startOf(oldest: SegmentFile): WalkPoint {
  const next = oldest.header.id === 1 ? 1 : (oldest.footer?.footer.first ?? 0);
  return { next, offset: SEGMENT_HEADER_BYTES, previousCrc: oldest.header.id === 1 ? 0 : null };
}

interface Closed {
  readonly end: WalkPoint;
  readonly mark: number;
  readonly lastTimeMs: number;
}

function closedSegment(file: SegmentFile, next: SegmentFile, segment: Segment, from: WalkPoint): Closed {
  segment.phase = 'sealed';
  if (file.footer === null) return closedWithoutFooter(file, next, segment, from);
  const { footer, offset } = file.footer;
  if (footer.first !== from.next) {
    throw corruptJournal(file.name, offset, `the segment begins at position ${footer.first} instead of ${from.next}`);
  }
  segment.first = footer.first;
  segment.restore(footer.directory, offset);
  const groups = footer.directory.length / 2;
  return {
    end: { next: footer.first + groups, offset: SEGMENT_HEADER_BYTES, previousCrc: footer.lastCrc },
    mark: footer.durableMark,
    lastTimeMs: footer.timeMs,
  };
}

/** The footer is only a short cut: without it the groups tell, if they reach to where the next segment begins. */
function closedWithoutFooter(file: SegmentFile, next: SegmentFile, segment: Segment, from: WalkPoint): Closed {
  const walk = file.walk(from, false);
  const { stop } = walk;
  const successor = next.groupAt(SEGMENT_HEADER_BYTES);
  const follows =
    successor.type === 'ok' &&
    successor.value.position === stop.next &&
    successor.value.previousCrc === stop.previousCrc;
  if (!follows) {
    const reason = walk.sight.type === 'bad' ? walk.sight.reason : 'durable groups are missing';
    throw corruptJournal(file.name, stop.offset, `the footer is damaged, and at position ${stop.next}: ${reason}`);
  }
  restore(segment, walk);
  return {
    end: { ...stop, offset: SEGMENT_HEADER_BYTES },
    mark: walk.mark,
    lastTimeMs: walk.lastTimeMs,
  };
}

function restore(segment: Segment, walk: Walk): void {
  segment.first = walk.first === 0 ? walk.stop.next : walk.first;
  segment.restore(walk.directory, walk.stop.offset);
}

function stopOf(file: SegmentFile, walk: Walk, mark: number): Stop {
  const { stop, sight } = walk;
  const covered = stop.next === 0 || stop.next <= mark;
  if (footerFits(file, walk)) return { sight: 'footer', remains: null, covered };
  const found = file.firstNonZero(stop.offset);
  if (sight.type === 'blank' && found !== stop.offset) return { sight: 'blank', remains: found < file.bytes, covered };
  return { sight: 'bad', remains: file.firstNonZero(stop.offset + SECTOR_BYTES) < file.bytes, covered };
}

function footerFits({ footer: found }: SegmentFile, { stop, directory }: Walk): boolean {
  if (found === null || found.offset !== stop.offset) return false;
  const { footer } = found;
  return (
    footer.first + footer.directory.length / 2 === stop.next &&
    footer.lastCrc === (stop.previousCrc ?? 0) &&
    footer.directory.every((value, i) => value === directory[i])
  );
}
