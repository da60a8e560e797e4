// Where things stand in a segment file. Only numbers; docs/storage.md has the story. All integers little-endian.
//
//   0        512                                                    size-512   size
//   +--------+-----------+-----------+-- ... --+--------+-- zeros --+---------+
//   | header | group     | group     |         | footer |           | trailer |
//   +--------+-----------+-----------+-- ... --+--------+-----------+---------+
//             each a multiple of 512 B           only when sealed
//
// Every magic number stands at byte 0 of a sector, the format version at bytes 4 and 5, and the header's CRC where it
// does now, over what it covers now; in this version and in every later one. So an old broker tells "too new" from
// "damaged": a version is believed only when the CRC holds.

/** The version written, and the newest that is read. */
export const FORMAT_VERSION = 1;

/** What a disk writes whole or not at all; groups start on it, so that a torn write never touches its neighbour. */
export const SECTOR_BYTES = 512;

export const SEGMENT_HEADER_BYTES = 1 * SECTOR_BYTES;
export const TRAILER_BYTES = 1 * SECTOR_BYTES;
export const GROUP_HEADER_BYTES = 64;
export const FOOTER_HEADER_BYTES = 64;
/** Offset in sectors and length of the metas, four bytes each. */
export const DIRECTORY_ENTRY_BYTES = 8;

/** The magic numbers read as text in a hex dump: TSEG, TGRP, TFTR, TTRL. */
export const SEGMENT_MAGIC = 0x47455354;
export const GROUP_MAGIC = 0x50524754;
export const FOOTER_MAGIC = 0x52544654;
export const TRAILER_MAGIC = 0x4c525454;

/** A turn's group is closed when the next event would pass this: what one CRC and one retry of a read may cost. */
export const GROUP_BYTES_SOFT = 512 * 1024;
/** What the events of a group may take: recovery reads no more than this on the word of a header it cannot trust yet. */
export const META_BYTES_MAX = 1024 * 1024;
/** Room for one group, its place in the footer, the header and the trailer: less is no segment. */
export const SEGMENT_BYTES_MIN = 4096;
/** Offsets are kept in sectors in 32 bits, so far more is possible; a segment is also the unit of trimming. */
export const SEGMENT_BYTES_MAX = 1024 * 1024 * 1024;
/** The first segment of an empty journal is no larger, so that an empty broker is ready at once. */
export const FIRST_SEGMENT_BYTES_MAX = 4 * 1024 * 1024;

export const padded = (bytes: number): number => Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;

/** A footer with its directory of `groups` groups, in whole sectors. */
export const footerBytes = (groups: number): number => padded(FOOTER_HEADER_BYTES + groups * DIRECTORY_ENTRY_BYTES);

/** Where the last group of a segment may end at the latest, when it is the `groups`-th. */
export const groupsEndMax = (segmentBytes: number, groups: number): number =>
  segmentBytes - TRAILER_BYTES - footerBytes(groups);

/** The largest group, header included, that a segment of this size takes. */
export const groupBytesMax = (segmentBytes: number): number => groupsEndMax(segmentBytes, 1) - SEGMENT_HEADER_BYTES;

const SEGMENT_SUFFIX = '.segment';
const PREPARING_SUFFIX = '.preparing';
const ID_DIGITS = 20;

export const segmentName = (id: number): string => String(id).padStart(ID_DIGITS, '0') + SEGMENT_SUFFIX;
/** A segment that is being filled with zeros; never read, removed at the next start. */
export const preparingName = (id: number): string => String(id).padStart(ID_DIGITS, '0') + PREPARING_SUFFIX;
export const isPreparingName = (name: string): boolean => /^\d{20}\.preparing$/.test(name);

/** The id that a segment's name says, or null for a file that is no segment. */
export function segmentIdOf(name: string): number | null {
  return /^\d{20}\.segment$/.test(name) ? Number(name.slice(0, ID_DIGITS)) : null;
}

/** What a decoder found: what it looked for, nothing at all, another version, or damage. */
export type Decoded<Value> =
  | { readonly type: 'ok'; readonly value: Value }
  | { readonly type: 'blank' }
  | { readonly type: 'newer'; readonly version: number }
  | { readonly type: 'bad'; readonly reason: string };

const BLANK = { type: 'blank' } as const;
export const bad = (reason: string): { readonly type: 'bad'; readonly reason: string } => ({ type: 'bad', reason });

/** The first question to any structure: is it ours? The second is its CRC, and only then comes `judgeVersion`. */
export function judgeMagic(view: DataView, magic: number, what: string): Decoded<never> | null {
  const found = view.getUint32(0, true);
  if (found === magic) return null;
  return found === 0 ? BLANK : bad(`no ${what} begins here`);
}

/** Of a structure whose CRC holds: is it of a version that is known? */
export function judgeVersion(view: DataView, what: string): Decoded<never> | null {
  const version = view.getUint16(4, true);
  if (version > FORMAT_VERSION) return { type: 'newer', version };
  return version === 0 ? bad(`the ${what} has version 0`) : null;
}
