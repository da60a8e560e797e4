// The binary frame of the earlier fast path: a head of ten bytes, the topic, the payload. All numbers are big-endian.
//
//    0  u16  magic 0xAE7B
//    2  u8   version 1
//    3  u8   flags: bit 0 compressed, bit 1 chunked; the others travel as they are
//    4  u16  topic length
//    6  u32  payload length
//
// Invariant: nothing is allocated for a length that was not found to be within its bound.

import { TachyonError } from '../../protocol/errors.ts';
import type { Refusal } from '../../protocol/index.ts';
import { SIDECAR_BODY_BYTES_MAX, TOPIC_BYTES_MAX } from './operations.ts';

const FRAME_MAGIC = 0xae7b;
const FRAME_VERSION = 1;
export const FRAME_HEAD_BYTES = 10;

export interface FrameHead {
  readonly flags: number;
  readonly topicLength: number;
  readonly payloadLength: number;
}

export interface BinaryFrame {
  readonly flags: number;
  readonly topic: Uint8Array;
  readonly payload: Uint8Array;
}

export type FrameRefusal = Refusal<'MALFORMED_FRAMES' | 'UNSUPPORTED_VERSION' | 'PAYLOAD_TOO_LARGE'>;

const refusal = (error: FrameRefusal['error'], detail: string): FrameRefusal => ({ type: 'refused', error, detail });

/** Throws FRAME_TOO_LARGE or PAYLOAD_TOO_LARGE: a length that does not fit is never cut to what does. */
export function encodeBinaryFrame({ flags, topic, payload }: BinaryFrame): Uint8Array<ArrayBuffer> {
  if (topic.length > TOPIC_BYTES_MAX)
    throw new TachyonError('FRAME_TOO_LARGE', `the topic has ${topic.length} bytes, at most ${TOPIC_BYTES_MAX}`);
  if (payload.length > SIDECAR_BODY_BYTES_MAX)
    throw new TachyonError('PAYLOAD_TOO_LARGE', `${payload.length} bytes, at most ${SIDECAR_BODY_BYTES_MAX}`);
  const bytes = new Uint8Array(FRAME_HEAD_BYTES + topic.length + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, FRAME_MAGIC);
  view.setUint8(2, FRAME_VERSION);
  view.setUint8(3, flags);
  view.setUint16(4, topic.length);
  view.setUint32(6, payload.length);
  bytes.set(topic, FRAME_HEAD_BYTES);
  bytes.set(payload, FRAME_HEAD_BYTES + topic.length);
  return bytes;
}

/** The head of the frame that begins here; the rest of it need not be there yet. */
export function peekFrameHead(bytes: Uint8Array): FrameHead | FrameRefusal {
  if (bytes.length < FRAME_HEAD_BYTES)
    return refusal('MALFORMED_FRAMES', `a frame head has ${FRAME_HEAD_BYTES} bytes, here are ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== FRAME_MAGIC) return refusal('MALFORMED_FRAMES', 'the bytes do not begin with 0xAE7B');
  if (view.getUint8(2) !== FRAME_VERSION)
    return refusal('UNSUPPORTED_VERSION', `frame version ${view.getUint8(2)}, known is ${FRAME_VERSION}`);
  const payloadLength = view.getUint32(6);
  if (payloadLength > SIDECAR_BODY_BYTES_MAX)
    return refusal('PAYLOAD_TOO_LARGE', `says ${payloadLength} bytes, at most ${SIDECAR_BODY_BYTES_MAX}`);
  return { flags: view.getUint8(3), topicLength: view.getUint16(4), payloadLength };
}

/** Frames out of a stream that is cut anywhere. After a refusal the stream is out of step: every call repeats it. */
export class BinaryFrameDecoder {
  readonly #head = new Uint8Array(FRAME_HEAD_BYTES);
  #headFilled = 0;
  #open: { readonly head: FrameHead; readonly bytes: Uint8Array; filled: number } | null = null;
  #refused: FrameRefusal | null = null;

  /** The frames that are complete now. Those before a broken one are given with its refusal. */
  push(chunk: Uint8Array): { readonly frames: readonly BinaryFrame[]; readonly refused: FrameRefusal | null } {
    const frames: BinaryFrame[] = [];
    let rest = chunk;
    while (this.#refused === null && (rest.length > 0 || this.#isComplete())) {
      rest = this.#open === null ? this.#takeHead(rest) : this.#takeBody(rest);
      if (this.#open === null || !this.#isComplete()) continue;
      const { head, bytes } = this.#open;
      frames.push({
        flags: head.flags,
        topic: bytes.subarray(0, head.topicLength),
        payload: bytes.subarray(head.topicLength),
      });
      this.#open = null;
    }
    return { frames, refused: this.#refused };
  }

  #isComplete(): boolean {
    return this.#open !== null && this.#open.filled === this.#open.bytes.length;
  }

  #takeHead(chunk: Uint8Array): Uint8Array {
    const taken = chunk.subarray(0, FRAME_HEAD_BYTES - this.#headFilled);
    this.#head.set(taken, this.#headFilled);
    this.#headFilled += taken.length;
    if (this.#headFilled === FRAME_HEAD_BYTES) {
      this.#headFilled = 0;
      const head = peekFrameHead(this.#head);
      if ('type' in head) this.#refused = head;
      else this.#open = { head, bytes: new Uint8Array(head.topicLength + head.payloadLength), filled: 0 };
    }
    return chunk.subarray(taken.length);
  }

  #takeBody(chunk: Uint8Array): Uint8Array {
    const open = this.#open;
    if (open === null) return chunk;
    const taken = chunk.subarray(0, open.bytes.length - open.filled);
    open.bytes.set(taken, open.filled);
    open.filled += taken.length;
    return chunk.subarray(taken.length);
  }
}
