// What each operation does with its bytes: the same code in the sidecar's own thread for small bodies and in a worker
// for large ones. Invariant: whatever the bytes are, the outcome is a value; and `replyBytesMax` is never exceeded.

import { crc32 } from 'node:zlib';
import { encodeBinaryFrame, FRAME_HEAD_BYTES, peekFrameHead } from '../pkg/encoding/fastpath/binary-frame.ts';
import {
  BLOCK_SIZE_BYTES,
  compressedBytesMax,
  LITTLE_ENDIAN_SIZE,
  OPERATIONS,
  type Operation,
  SIDECAR_BODY_BYTES_MAX,
  type SidecarCode,
  STATUSES,
} from '../pkg/encoding/fastpath/operations.ts';
import { compressBlockBE, compressBlockLE, decompressBlockBE, decompressBlockLE } from '../pkg/encoding/lz4.ts';
import { TachyonError } from '../pkg/protocol/errors.ts';

export interface Job {
  readonly operation: Operation;
  readonly flags: number;
  /** Decompress: most bytes that may come of it. */
  readonly sizeMax: number;
  readonly topic: Uint8Array;
  readonly payload: Uint8Array;
  /** CRC-32 of topic and payload as the client made it; null where the form has none. */
  readonly crc: number | null;
}

export type Outcome =
  | { readonly ok: true; readonly body: Uint8Array; readonly crc: number }
  | { readonly ok: false; readonly code: SidecarCode; readonly detail: string };

const PEEKED_BYTES = 8;
const CHECKSUM_BYTES = 4;

export const failed = (code: SidecarCode, detail: string): Outcome => ({ ok: false, code, detail });

/** What the size in front of a block says, or null where there is none. */
export function declaredSize(flags: number, start: Uint8Array): number | null {
  if (start.length < BLOCK_SIZE_BYTES) return null;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  return view.getUint32(0, (flags & LITTLE_ENDIAN_SIZE) !== 0);
}

/** Most bytes that a reply can have. `start` is where the payload begins: of a compressed one it tells the size. */
export function replyBytesMax(
  operation: Operation,
  flags: number,
  topicLength: number,
  payloadLength: number,
  start: Uint8Array,
): number {
  switch (operation) {
    case OPERATIONS.encodeFrame:
      return FRAME_HEAD_BYTES + topicLength + payloadLength;
    case OPERATIONS.peekHeader:
      return PEEKED_BYTES;
    case OPERATIONS.compress:
      return compressedBytesMax(payloadLength);
    case OPERATIONS.decompress:
      return Math.min(declaredSize(flags, start) ?? 0, SIDECAR_BODY_BYTES_MAX);
    case OPERATIONS.checksum:
      return CHECKSUM_BYTES;
  }
}

export function carryOut(job: Job): Outcome {
  const { topic, payload } = job;
  if (job.crc !== null && crc32(payload, crc32(topic)) !== job.crc)
    return failed('CHECKSUM_MISMATCH', 'topic and payload are not those that their checksum was made of');
  try {
    const body = resultOf(job);
    return body instanceof Uint8Array ? { ok: true, body, crc: crc32(body) } : body;
  } catch (error) {
    if (error instanceof TachyonError && Object.hasOwn(STATUSES, error.code))
      return failed(error.code as SidecarCode, error.detail);
    return failed('INTERNAL', error instanceof Error ? error.message : String(error));
  }
}

function resultOf({ operation, flags, sizeMax, topic, payload }: Job): Uint8Array | Outcome {
  const littleEndian = (flags & LITTLE_ENDIAN_SIZE) !== 0;
  switch (operation) {
    case OPERATIONS.encodeFrame:
      return encodeBinaryFrame({ flags, topic, payload });
    case OPERATIONS.peekHeader:
      return peeked(payload);
    case OPERATIONS.compress:
      return littleEndian ? compressBlockLE(payload) : compressBlockBE(payload);
    case OPERATIONS.decompress: {
      const plain = littleEndian ? decompressBlockLE(payload, sizeMax) : decompressBlockBE(payload, sizeMax);
      return plain instanceof Uint8Array ? plain : failed(plain.error as SidecarCode, plain.detail);
    }
    case OPERATIONS.checksum: {
      const body = new Uint8Array(CHECKSUM_BYTES);
      new DataView(body.buffer).setUint32(0, crc32(payload));
      return body;
    }
  }
}

/** Version, flags, topic length and payload length of a frame: its head without the magic. */
function peeked(payload: Uint8Array): Uint8Array | Outcome {
  const head = peekFrameHead(payload);
  if ('type' in head) return failed(head.error, head.detail);
  return payload.slice(FRAME_HEAD_BYTES - PEEKED_BYTES, FRAME_HEAD_BYTES);
}
