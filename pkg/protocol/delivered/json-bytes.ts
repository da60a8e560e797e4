// Making JSON out of parts that stay bytes: a value is found in its object and moved, keys are added to an object,
// and bytes become base64, all without parsing and printing again, which would change numbers and order.

import { encodeText, joined, readText } from '../bytes.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function pastSpaces(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

/** Behind the closing quote of the string that opens at `from`. */
function pastString(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

function pastValue(bytes: Uint8Array, from: number): number {
  let depth = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = pastString(bytes, at);
      if (depth === 0) return at;
      continue;
    }
    const closes = byte === CLOSE_OBJECT || byte === CLOSE_LIST;
    if (depth === 0 && (closes || byte === COMMA || isSpace(byte))) return at;
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    if (closes) depth -= 1;
    at += 1;
    if (closes && depth === 0) return at;
  }
  return at;
}

/**
 * The bytes of the last value at the top level whose key `wanted` accepts, or null. The bytes must be a JSON object
 * that parses; the last counts because that is what parsers do with a key that comes twice.
 */
export function valueIn(object: Uint8Array, wanted: (key: string) => boolean): Uint8Array | null {
  let found: Uint8Array | null = null;
  let at = pastSpaces(object, pastSpaces(object, 0) + 1);
  while (object[at] === QUOTE) {
    const keyEnd = pastString(object, at);
    const key = JSON.parse(readText(object, at, keyEnd)) as string;
    const colon = pastSpaces(object, keyEnd);
    if (object[colon] !== COLON) return null;
    const start = pastSpaces(object, colon + 1);
    const end = pastValue(object, start);
    if (wanted(key)) found = object.subarray(start, end);
    at = pastSpaces(object, end);
    if (object[at] !== COMMA) return found;
    at = pastSpaces(object, at + 1);
  }
  return found;
}

/** True when the bytes open and close as an object; what is between is not looked at. */
export function looksLikeObject(bytes: Uint8Array): boolean {
  return bytes[pastSpaces(bytes, 0)] === OPEN_OBJECT && lastBrace(bytes) > 0;
}

function lastBrace(bytes: Uint8Array): number {
  let at = bytes.length - 1;
  while (at > 0 && isSpace(bytes[at])) at -= 1;
  return bytes[at] === CLOSE_OBJECT ? at : -1;
}

/** `object` with `keys` (`"a":1,"b":2`) before its closing brace, every other byte as it was. */
export function withKeys(object: Uint8Array, keys: string): Uint8Array {
  const brace = lastBrace(object);
  let before = brace - 1;
  while (before >= 0 && isSpace(object[before])) before -= 1;
  const isEmpty = object[before] === OPEN_OBJECT;
  return joined([object.subarray(0, brace), encodeText(isEmpty ? keys : `,${keys}`), object.subarray(brace)]);
}

const ALPHABET = encodeText('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = 0x3d;

/** A JSON string that holds the bytes in base64. */
export function base64Json(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(base64JsonLength(bytes.length));
  writeBase64Json(bytes, text, 0);
  return text;
}

/** Of the JSON string for so many bytes. */
export const base64JsonLength = (bytes: number): number => Math.ceil(bytes / 3) * 4 + 2;

/** Writes it from `start` on, and gives the offset behind it. */
export function writeBase64Json(bytes: Uint8Array, text: Uint8Array, start: number): number {
  text[start] = QUOTE;
  let to = start + 1;
  const whole = bytes.length - (bytes.length % 3);
  for (let at = 0; at < whole; at += 3) {
    const three = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    text[to] = ALPHABET[three >>> 18]!;
    text[to + 1] = ALPHABET[(three >>> 12) & 63]!;
    text[to + 2] = ALPHABET[(three >>> 6) & 63]!;
    text[to + 3] = ALPHABET[three & 63]!;
    to += 4;
  }
  if (whole < bytes.length) {
    const rest = (bytes[whole]! << 16) | ((bytes[whole + 1] ?? 0) << 8);
    text[to] = ALPHABET[rest >>> 18]!;
    text[to + 1] = ALPHABET[(rest >>> 12) & 63]!;
    text[to + 2] = whole + 1 < bytes.length ? ALPHABET[(rest >>> 6) & 63]! : PADDING;
    text[to + 3] = PADDING;
    to += 4;
  }
  text[to] = QUOTE;
  return to + 1;
}
