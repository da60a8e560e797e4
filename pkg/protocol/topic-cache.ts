// Topics repeat, so the texts of recent ones are kept and found again by their bytes: reading the topic of a message then
// costs a hash and a comparison, makes no garbage, and gives a text whose own hash is already known to the maps it
// meets. Bounded: one text per slot, the newest wins. A memo only: what comes out is always what the bytes say.

import { readText } from './bytes.ts';

const SLOTS = 4096;
const LENGTH_MAX = 64;

const texts: string[] = Array.from({ length: SLOTS }, () => '');
/** The bytes of each slot's text: comparing these is several times faster than comparing characters. */
const spelled = new Uint8Array(SLOTS * LENGTH_MAX);
const lengths = new Uint8Array(SLOTS);

export function readTopic(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length > LENGTH_MAX) return readText(bytes, start, end);
  let hash = 0x811c9dc5 | 0; // kept an int32: a larger start would be a heap number
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  if (lengths[slot] === length && isKept(slot, bytes, start, length)) return texts[slot]!;
  const text = readText(bytes, start, end);
  texts[slot] = text;
  lengths[slot] = length;
  spelled.set(bytes.subarray(start, end), slot * LENGTH_MAX);
  return text;
}

function isKept(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
  const from = slot * LENGTH_MAX;
  for (let i = 0; i < length; i++) if (spelled[from + i] !== bytes[start + i]) return false;
  return true;
}
