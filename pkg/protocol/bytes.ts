// Numbers and text in byte arrays, without Buffer and without an allocation per field. All integers little-endian.
// Texts that were checked with `isUtf8` decode without replacement characters.

export const EMPTY: Uint8Array = new Uint8Array(0);

/** A refusal of untrusted input: decoders return it, they never throw. */
export interface Refusal<Code extends string = string> {
  readonly type: 'refused';
  readonly error: Code;
  readonly detail: string;
}

export const readU16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

export const readU32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

export const writeU16 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
};

export const writeU32 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
};

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Ids, sequences, positions and times: whole, from 0, below 2^53. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export const encodeText = (text: string): Uint8Array => encoder.encode(text);

/** Bytes of `text` in UTF-8; a lone surrogate counts as the replacement character that it becomes. */
export function textLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      length += 1;
    } else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      length += 2;
      i += 1;
    } else {
      length += 2;
    }
  }
  return length;
}

/** The front of `text` that fits so many bytes of UTF-8, cut between characters. */
export function cutText(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax || textLength(text) <= bytesMax) return text;
  let end = 0;
  let bytes = 0;
  for (const character of text) {
    bytes += textLength(character);
    if (bytes > bytesMax) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** Writes `text`, whose `textLength` the caller made room for, and gives the offset behind it. */
export function writeText(text: string, into: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return at + i + encoder.encodeInto(text.slice(i), into.subarray(at + i)).written;
    into[at + i] = unit;
  }
  return at + text.length;
}

export const readText = (bytes: Uint8Array, start: number, end: number): string =>
  start === end ? '' : decoder.decode(bytes.subarray(start, end));

const isTail = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** True when the range is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    const size = lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) === 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (size === 0 || at + size > end) return false;
    for (let i = 1; i < size; i++) if (!isTail(bytes[at + i])) return false;
    const second = bytes[at + 1]!;
    if (lead === 0xe0 && second < 0xa0) return false;
    if (lead === 0xed && second > 0x9f) return false;
    if (lead === 0xf0 && second < 0x90) return false;
    if (lead === 0xf4 && second > 0x8f) return false;
    at += size;
  }
  return true;
}

export function lengthOf(runs: readonly Uint8Array[]): number {
  let total = 0;
  for (const run of runs) total += run.length;
  return total;
}

/** Copies the runs one behind the other and gives the offset behind the last. */
export function writeRuns(runs: readonly Uint8Array[], into: Uint8Array, at: number): number {
  let end = at;
  for (const run of runs) {
    into.set(run, end);
    end += run.length;
  }
  return end;
}

export function joined(runs: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(lengthOf(runs));
  writeRuns(runs, all, 0);
  return all;
}
