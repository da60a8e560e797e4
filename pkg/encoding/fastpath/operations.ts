// What the sidecar can be asked, in numbers that client and server share: operations, flags, statuses and bounds. The
// first four operations and the statuses 0 and 1 have the numbers of the earlier sidecar. Numbers are for ever.

import type { ErrorCode } from '../../protocol/errors.ts';

export const OPERATIONS = {
  encodeFrame: 1,
  peekHeader: 2,
  compress: 3,
  decompress: 4,
  checksum: 5,
} as const;

export type Operation = (typeof OPERATIONS)[keyof typeof OPERATIONS];

const KNOWN: ReadonlySet<number> = new Set(Object.values(OPERATIONS));

export const isOperation = (value: number): value is Operation => KNOWN.has(value);

/** Of compress and decompress: the size in front of the block is little-endian, as abtp/2 has it; else big-endian. */
export const LITTLE_ENDIAN_SIZE = 0b1;

/** Largest payload of a request, and the most that one decompresses to. */
export const SIDECAR_BODY_BYTES_MAX = 64 * 1024 * 1024;
export const TOPIC_BYTES_MAX = 0xffff;

/** The size in front of an LZ4 block. */
export const BLOCK_SIZE_BYTES = 4;

/** What LZ4 makes of `length` bytes at worst, its size in front included. */
export const compressedBytesMax = (length: number): number => BLOCK_SIZE_BYTES + length + Math.floor(length / 255) + 16;

/** Status of a reply by the code that it stands for; 0 is success, and the earlier form knows 0 and 1 alone. */
export const STATUS_OK = 0;
export const STATUSES = {
  INTERNAL: 1,
  MALFORMED_FRAMES: 2,
  UNSUPPORTED_VERSION: 3,
  INVALID_ARGUMENT: 4,
  FRAME_TOO_LARGE: 5,
  PAYLOAD_TOO_LARGE: 6,
  MALFORMED_BODY: 7,
  CHECKSUM_MISMATCH: 8,
  SIDECAR_WORKER_LOST: 9,
  TIMEOUT: 10,
} as const satisfies Partial<Readonly<Record<ErrorCode, number>>>;

export type SidecarCode = keyof typeof STATUSES;

const CODES: ReadonlyMap<number, SidecarCode> = new Map(
  Object.entries(STATUSES).map(([code, status]) => [status, code as SidecarCode]),
);

/** A status that a later version may have added says no more than that it failed. */
export const codeOfStatus = (status: number): SidecarCode => CODES.get(status) ?? 'INTERNAL';

/** What an error says in its reply, at most. */
export const ERROR_TEXT_BYTES_MAX = 1024;
