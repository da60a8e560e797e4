// Messages in, bytes out: the header of each frame, and its body unless that is long.
//
// Short bodies are copied, since many of them in one buffer cost one write; a long body is never copied, it goes to the
// socket as it is, so its memory must not change until it was sent.

/** From this size on a body is handed to the socket by reference. */
export const LONG_BODY_BYTES = 4_096;

const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const SHORT_SIZE_MAX = 255;
const HEADER_SHORT = 2;
const HEADER_LONG = 9;
const UINT32 = 2 ** 32;

/** The most that one call of `encodeFrame` writes: a header, and a body that is not long. */
export const ENCODED_BYTES_MAX = HEADER_LONG + LONG_BODY_BYTES - 1;

export function frameSize(bodySize: number): number {
  return bodySize <= SHORT_SIZE_MAX ? HEADER_SHORT + bodySize : HEADER_LONG + bodySize;
}

/** Bytes of a message on the wire. */
export function messageSize(frames: readonly Uint8Array[]): number {
  let size = 0;
  for (let index = 0; index < frames.length; index += 1) size += frameSize(frames[index]!.length);
  return size;
}

/** Writes header and body; returns the position behind them. */
export function encodeFrame(target: Uint8Array, at: number, body: Uint8Array, hasMore: boolean): number {
  const bodyAt = encodeHeader(target, at, body.length, hasMore ? MORE : 0);
  target.set(body, bodyAt);
  return bodyAt + body.length;
}

/** Writes the header of a frame whose body goes elsewhere; returns the position behind it. */
export function encodeFrameHeader(target: Uint8Array, at: number, bodySize: number, hasMore: boolean): number {
  return encodeHeader(target, at, bodySize, hasMore ? MORE : 0);
}

/** A command frame of its own. */
export const encodeCommandFrame = (body: Uint8Array): Uint8Array => encodeWhole(body, COMMAND);

/** A message of one frame of its own. */
export const encodeMessageFrame = (body: Uint8Array): Uint8Array => encodeWhole(body, 0);

function encodeWhole(body: Uint8Array, flags: number): Uint8Array {
  const frame = new Uint8Array(frameSize(body.length));
  frame.set(body, encodeHeader(frame, 0, body.length, flags));
  return frame;
}

function encodeHeader(target: Uint8Array, at: number, size: number, flags: number): number {
  if (size <= SHORT_SIZE_MAX) {
    target[at] = flags;
    target[at + 1] = size;
    return at + HEADER_SHORT;
  }
  const high = Math.floor(size / UINT32);
  target[at] = flags | LONG;
  target[at + 1] = high >>> 24;
  target[at + 2] = high >>> 16;
  target[at + 3] = high >>> 8;
  target[at + 4] = high;
  target[at + 5] = size >>> 24;
  target[at + 6] = size >>> 16;
  target[at + 7] = size >>> 8;
  target[at + 8] = size;
  return at + HEADER_LONG;
}
