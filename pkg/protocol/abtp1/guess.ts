// The form of a body whose sender said nothing: a peer without hello that sends two frames, as the clients of the
// earlier system do. Anything that is not exactly one of the known forms is raw bytes; nothing is tried in turn.
// Cost: JSON is parsed only up to its bound and only after a byte search has found a key that marks an event or an
// envelope; LZ4 is decoded only with a plausible size.

import { encodeText, type Refusal } from '../bytes.ts';
import type { ErrorCode } from '../errors.ts';
import { type JsonObject, parseObject } from '../json.ts';
import { ENVELOPE_BYTES_MAX } from '../limits.ts';
import { claimsEnvelope } from './envelope.ts';
import { readEvent } from './event.ts';

/** Decodes `[u32 big-endian size][LZ4 block]` of at most `sizeMax` bytes; `pkg/encoding` has it. */
export type DecompressBE = (bytes: Uint8Array, sizeMax: number) => Uint8Array | Refusal<ErrorCode>;

export type Guess =
  | { readonly form: 'raw' }
  | { readonly form: 'event'; readonly object: JsonObject; readonly body: Uint8Array }
  | { readonly form: 'envelope'; readonly object: JsonObject; readonly body: Uint8Array };

const RAW: Guess = { form: 'raw' };

export function guessBody(body: Uint8Array, decompress: DecompressBE): Guess {
  const plain = inflated(body, ENVELOPE_BYTES_MAX, decompress);
  if (plain !== null) {
    const object = parseMarked(plain);
    return object !== null && !claimsEnvelope(object) && readEvent(object) !== null
      ? { form: 'event', object, body: plain }
      : RAW;
  }
  const object = parseMarked(body);
  if (object === null) return RAW;
  if (claimsEnvelope(object)) return { form: 'envelope', object, body };
  return readEvent(object) === null ? RAW : { form: 'event', object, body };
}

/**
 * The decompressed bytes where the body is a whole LZ4 body in the earlier form, else null. Sizes within `sizeMax`
 * begin with a zero byte, which no JSON does, so the two cannot be taken for each other.
 */
export function inflated(body: Uint8Array, sizeMax: number, decompress: DecompressBE): Uint8Array | null {
  if (body.length < 5 || body[0] !== 0) return null;
  const size = (body[1]! << 16) | (body[2]! << 8) | body[3]!;
  if (size === 0 || size > sizeMax) return null;
  const plain = decompress(body, sizeMax);
  return plain instanceof Uint8Array ? plain : null;
}

function parseMarked(body: Uint8Array): JsonObject | null {
  if (body.length > ENVELOPE_BYTES_MAX || !opensObject(body) || !hasMarker(body)) return null;
  return parseObject(body, ENVELOPE_BYTES_MAX);
}

const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

function opensObject(body: Uint8Array): boolean {
  let at = 0;
  while (at < body.length && SPACES.has(body[at]!)) at += 1;
  return body[at] === 0x7b;
}

const QUOTE = 0x22;
const LOWER = 0x20;
const MARKERS: readonly Uint8Array[] = ['spec_version"', 'id"', 'topic"', 'data"'].map(encodeText);

/** True when a quoted word in the bytes is one of the marker keys, in any case. */
function hasMarker(body: Uint8Array): boolean {
  for (let quote = body.indexOf(QUOTE); quote >= 0; quote = body.indexOf(QUOTE, quote + 1)) {
    if (MARKERS.some((marker) => matches(body, quote + 1, marker))) return true;
  }
  return false;
}

function matches(body: Uint8Array, at: number, marker: Uint8Array): boolean {
  for (let i = 0; i < marker.length; i++) {
    const byte = body[at + i];
    const wanted = marker[i]!;
    if (byte === wanted) continue;
    const isLetter = wanted >= 0x61 && wanted <= 0x7a;
    if (byte === undefined || !isLetter || (byte | LOWER) !== wanted) return false;
  }
  return true;
}
