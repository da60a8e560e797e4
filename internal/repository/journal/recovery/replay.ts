// Reads the metas of all groups, oldest first, and hands their events to whoever rebuilds the state. Bodies are
// skipped where that saves a trip to the disk. Each header is verified again, position and chain included.

import type { Event } from '../../../domain/event.ts';
import { asPosition } from '../../../domain/ids.ts';
import type { Disk, DiskFile } from '../../../usecase/ports/disk.ts';
import type { Placement, ReplayedGroup } from '../../../usecase/ports/journal.ts';
import { corruptJournal, formatTooNew } from '../corrupt-journal.ts';
import { ByteReader, CodecFault, NewerFormat } from '../format/byte-reader.ts';
import { blockBytesOf, readEvent } from '../format/event-codec.ts';
import { decodeGroupHeader, type GroupHeader } from '../format/group-header.ts';
import { GROUP_HEADER_BYTES } from '../format/layout.ts';
import type { Segment } from '../segment.ts';

/** Metas that are no further apart are read in one go: skipping less costs more than it saves. */
const GAP_BYTES_MAX = 64 * 1024;
const READ_BYTES_MAX = 1024 * 1024;

export type Visit = (group: ReplayedGroup) => void;

const everything = (): boolean => true;
/** What entries are rebuilt from; the rest of such a group is part of the checkpoint already. */
const bringsBlocks = (type: Event['type']): boolean =>
  type === 'accepted' || type === 'relocated' || type === 'traits-carried';

/** `fullFrom`: above it all events are decoded, at or below it only those that bring blocks. */
export function replaySegments(disk: Disk, segments: readonly Segment[], fullFrom: number, visit: Visit): void {
  let previousCrc: number | null = segments[0]?.id === 1 ? 0 : null;
  for (const segment of segments) {
    if (segment.groups === 0) continue;
    const file = disk.openSync(segment.name, 'read');
    try {
      previousCrc = replaySegment(file, segment, previousCrc, fullFrom, visit);
    } finally {
      file.close();
    }
  }
}

function replaySegment(
  file: DiskFile,
  segment: Segment,
  chain: number | null,
  fullFrom: number,
  visit: Visit,
): number | null {
  let previousCrc = chain;
  let buffer = new Uint8Array(Math.min(READ_BYTES_MAX, segment.bytes));
  for (let from = segment.first; from <= segment.last; ) {
    const start = segment.offsetOf(from);
    const last = lastOfRead(segment, from);
    const bytes = metaEnd(segment, last) - start;
    if (bytes > buffer.length) buffer = new Uint8Array(bytes);
    const read = buffer.subarray(0, file.readSync(buffer.subarray(0, bytes), start));
    for (let position = from; position <= last; position += 1) {
      const offset = segment.offsetOf(position);
      const group = read.subarray(offset - start, metaEnd(segment, position) - start);
      const header = verifiedHeader(segment, position, offset, group, previousCrc);
      previousCrc = header.crc;
      visit(decodedGroup(segment.name, offset, header, group, position > fullFrom ? everything : bringsBlocks));
    }
    from = last + 1;
  }
  return previousCrc;
}

const metaEnd = (segment: Segment, position: number): number =>
  segment.offsetOf(position) + GROUP_HEADER_BYTES + segment.metaLengthOf(position);

/** How far one read goes: until a large body stands between, or the buffer is full. */
function lastOfRead(segment: Segment, from: number): number {
  const start = segment.offsetOf(from);
  let last = from;
  while (
    last < segment.last &&
    segment.offsetOf(last + 1) - metaEnd(segment, last) <= GAP_BYTES_MAX &&
    metaEnd(segment, last + 1) - start <= READ_BYTES_MAX
  ) {
    last += 1;
  }
  return last;
}

function verifiedHeader(
  segment: Segment,
  position: number,
  offset: number,
  group: Uint8Array,
  previousCrc: number | null,
): GroupHeader {
  const header = decodeGroupHeader(group, segment.id, segment.salt);
  if (header.type === 'newer') throw formatTooNew(segment.name, offset, `the format has version ${header.version}`);
  const refuse = (reason: string): Error => corruptJournal(segment.name, offset, `position ${position}: ${reason}`);
  if (header.type !== 'ok') throw refuse(header.type === 'bad' ? header.reason : 'the group is blank');
  if (header.value.position !== position) throw refuse(`position ${header.value.position} stands here instead`);
  if (header.value.metaLength !== segment.metaLengthOf(position)) throw refuse('the directory does not fit the group');
  if (previousCrc !== null && header.value.previousCrc !== previousCrc) throw refuse('the chain of CRCs is broken');
  return header.value;
}

/** The events of a group whose header and metas were verified; `group` ends behind the metas, or later. */
export function decodedGroup(
  file: string,
  groupOffset: number,
  header: GroupHeader,
  group: Uint8Array,
  wanted: (type: Event['type']) => boolean,
): ReplayedGroup {
  const { metaLength, eventCount, bodyLength, timeMs } = header;
  const position = asPosition(header.position);
  const from = new ByteReader(group.subarray(GROUP_HEADER_BYTES, GROUP_HEADER_BYTES + metaLength));
  const events: { readonly event: Event; readonly placement: Placement }[] = [];
  let offset = 0;
  try {
    for (let i = 0; i < eventCount; i += 1) {
      const event = readEvent(from, wanted);
      if (event === null) continue;
      events.push({ event, placement: { position, offset, timeMs } });
      offset += blockBytesOf(event);
    }
    if (from.left !== 0) throw new CodecFault('bytes are left over behind the last event');
    if (offset !== bodyLength)
      throw new CodecFault(`the events bring ${offset} B of blocks, the group has ${bodyLength} B`);
  } catch (error) {
    const at = groupOffset + GROUP_HEADER_BYTES + from.at;
    if (error instanceof NewerFormat) throw formatTooNew(file, at, error.message);
    if (error instanceof CodecFault) throw corruptJournal(file, at, error.message, error);
    throw error;
  }
  return { position, timeMs, events };
}
