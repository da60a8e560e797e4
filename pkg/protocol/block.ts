// The message block: what travels untouched from producer to journal to consumer. Little-endian, back to back with
// its neighbours, so that each hop of a run of blocks is one copy.
//
//    0 u32 blockLength       whole block, this field included
//    4 u8  version = 1
//    5 u8  form              0 raw, 1 event, 2 envelope
//    6 u8  compression       0 none, 1 lz4 (u32 LE size, then the LZ4 block)
//    7 u8  flags = 0
//    8 u16 topicLength       1 to 255
//   10 u16 messageIdLength   0 = none
//   12 u32 attributesLength  0 = none
//   16 topic, message id, attributes (JSON object), then the body: the rest
//
// Readers take (bytes, offset) of a block that `checkBlock` accepted, and allocate only what they return.

import { type Attributes, NO_ATTRIBUTES } from './attributes.ts';
import {
  EMPTY,
  encodeText,
  isUtf8,
  readText,
  readU16,
  readU32,
  textLength,
  writeText,
  writeU16,
  writeU32,
} from './bytes.ts';
import { type ErrorCode, TachyonError } from './errors.ts';
import { parseObject } from './json.ts';
import { ATTRIBUTES_BYTES_MAX, BODY_BYTES_MAX, MESSAGE_ID_BYTES_MAX } from './limits.ts';
import { TOPIC_BYTES_MAX } from './topic.ts';
import { readTopic } from './topic-cache.ts';

export const BLOCK_HEAD_BYTES = 16;
export const BLOCK_VERSION = 1;

export const FORM_RAW = 0;
export const FORM_EVENT = 1;
export const FORM_ENVELOPE = 2;
export type BodyForm = typeof FORM_RAW | typeof FORM_EVENT | typeof FORM_ENVELOPE;

export const COMPRESSION_NONE = 0;
export const COMPRESSION_LZ4 = 1;
export type Compression = typeof COMPRESSION_NONE | typeof COMPRESSION_LZ4;

/** Why the block cannot be taken, or null. `end` is where its bytes must end at the latest. */
export function checkBlock(bytes: Uint8Array, offset: number, end: number): ErrorCode | null {
  if (end > bytes.length || offset + BLOCK_HEAD_BYTES > end) return 'MALFORMED_PACKET';
  const length = readU32(bytes, offset);
  if (length < BLOCK_HEAD_BYTES || length > end - offset) return 'MALFORMED_PACKET';
  if (bytes[offset + 4] !== BLOCK_VERSION) return 'UNSUPPORTED_VERSION';
  if (bytes[offset + 5]! > FORM_ENVELOPE || bytes[offset + 7] !== 0) return 'MALFORMED_PACKET';
  if (bytes[offset + 6]! > COMPRESSION_LZ4) return 'UNSUPPORTED_COMPRESSION';
  const topicLength = readU16(bytes, offset + 8);
  const idLength = readU16(bytes, offset + 10);
  const attributesLength = readU32(bytes, offset + 12);
  const topicStart = offset + BLOCK_HEAD_BYTES;
  const idStart = topicStart + topicLength;
  const attributesStart = idStart + idLength;
  const bodyLength = offset + length - attributesStart - attributesLength;
  if (bodyLength < 0) return 'MALFORMED_PACKET';
  if (topicLength === 0 || topicLength > TOPIC_BYTES_MAX || !isUtf8(bytes, topicStart, idStart)) return 'INVALID_TOPIC';
  if (idLength > MESSAGE_ID_BYTES_MAX || !isUtf8(bytes, idStart, attributesStart)) return 'INVALID_ARGUMENT';
  if (attributesLength > ATTRIBUTES_BYTES_MAX) return 'FRAME_TOO_LARGE';
  if (bodyLength > BODY_BYTES_MAX) return 'PAYLOAD_TOO_LARGE';
  return null;
}

export const blockLength = (bytes: Uint8Array, offset: number): number => readU32(bytes, offset);
export const formOf = (bytes: Uint8Array, offset: number): BodyForm => bytes[offset + 5] as BodyForm;
export const compressionOf = (bytes: Uint8Array, offset: number): Compression => bytes[offset + 6] as Compression;

export const topicOf = (bytes: Uint8Array, offset: number): string => {
  const start = offset + BLOCK_HEAD_BYTES;
  return readTopic(bytes, start, start + readU16(bytes, offset + 8));
};

/** The topic as bytes, without a copy: what a ZeroMQ frame wants. */
export const topicBytesOf = (bytes: Uint8Array, offset: number): Uint8Array => {
  const start = offset + BLOCK_HEAD_BYTES;
  return bytes.subarray(start, start + readU16(bytes, offset + 8));
};

/** Empty when the producer gave none. */
export const messageIdOf = (bytes: Uint8Array, offset: number): string => {
  const length = readU16(bytes, offset + 10);
  if (length === 0) return '';
  const start = offset + BLOCK_HEAD_BYTES + readU16(bytes, offset + 8);
  return readText(bytes, start, start + length);
};

export const attributesLength = (bytes: Uint8Array, offset: number): number => readU32(bytes, offset + 12);

export const hasAttributes = (bytes: Uint8Array, offset: number): boolean => attributesLength(bytes, offset) !== 0;

const attributesOffset = (bytes: Uint8Array, offset: number): number =>
  offset + BLOCK_HEAD_BYTES + readU16(bytes, offset + 8) + readU16(bytes, offset + 10);

/** Parsed when asked for; null when the bytes are not a JSON object. What they say is not checked here. */
export function attributesOf(bytes: Uint8Array, offset: number): Attributes | null {
  const length = readU32(bytes, offset + 12);
  if (length === 0) return NO_ATTRIBUTES;
  const start = attributesOffset(bytes, offset);
  return parseObject(bytes, ATTRIBUTES_BYTES_MAX, start, start + length);
}

export const bodyOffset = (bytes: Uint8Array, offset: number): number =>
  attributesOffset(bytes, offset) + readU32(bytes, offset + 12);

/** A view, not a copy. */
export const bodyOf = (bytes: Uint8Array, offset: number): Uint8Array =>
  bytes.subarray(bodyOffset(bytes, offset), offset + readU32(bytes, offset));

/** One block, read lazily. Holds its packet's or group's bytes for as long as it lives. */
export class BlockView {
  readonly bytes: Uint8Array;
  readonly offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  get length(): number {
    return blockLength(this.bytes, this.offset);
  }
  get form(): BodyForm {
    return formOf(this.bytes, this.offset);
  }
  get compression(): Compression {
    return compressionOf(this.bytes, this.offset);
  }
  get topic(): string {
    return topicOf(this.bytes, this.offset);
  }
  get topicBytes(): Uint8Array {
    return topicBytesOf(this.bytes, this.offset);
  }
  get messageId(): string {
    return messageIdOf(this.bytes, this.offset);
  }
  get attributes(): Attributes | null {
    return attributesOf(this.bytes, this.offset);
  }
  get body(): Uint8Array {
    return bodyOf(this.bytes, this.offset);
  }
}

export interface BlockHead {
  readonly topic: string;
  readonly messageId?: string;
  readonly attributes?: Attributes | null;
  readonly form?: BodyForm;
  readonly compression?: Compression;
}

export interface Block extends BlockHead {
  readonly body: Uint8Array;
}

/** Everything of a block but its body, which the caller appends: `bodyLength` bytes. Throws what `encodeBlock` throws. */
export function encodeBlockHead(head: BlockHead, bodyLength: number): Uint8Array {
  const measured = measure(head, bodyLength);
  const bytes = new Uint8Array(measured.headLength);
  writeHead(head, measured, bodyLength, bytes, 0);
  return bytes;
}

/** A head of `encodeBlockHead` at `at`, for a body of another length: so many bytes, which the caller puts behind it. */
export function placeBlockHead(head: Uint8Array, bodyLength: number, into: Uint8Array, at: number): void {
  into.set(head, at);
  writeU32(into, at, head.length + bodyLength);
}

/**
 * The whole block, in `into` from `at` when it has room there, else in bytes of its own; gives the part written.
 * Throws a TachyonError when a part is larger than its limit.
 */
export function encodeBlock(block: Block, into?: Uint8Array, at = 0): Uint8Array {
  const measured = measure(block, block.body.length);
  const length = measured.headLength + block.body.length;
  const own = into === undefined || into.length - at < length;
  const target = own ? new Uint8Array(length) : into;
  const start = own ? 0 : at;
  writeHead(block, measured, block.body.length, target, start);
  target.set(block.body, start + measured.headLength);
  return target.subarray(start, start + length);
}

interface Measured {
  readonly topicLength: number;
  readonly idLength: number;
  readonly attributes: Uint8Array;
  readonly headLength: number;
}

function measure(head: BlockHead, bodyLength: number): Measured {
  const topicLength = textLength(head.topic);
  const idLength = textLength(head.messageId ?? '');
  const attributes = attributeBytes(head.attributes);
  if (topicLength === 0 || topicLength > TOPIC_BYTES_MAX)
    throw new TachyonError('INVALID_TOPIC', `${topicLength} bytes`);
  if (idLength > MESSAGE_ID_BYTES_MAX) throw new TachyonError('INVALID_ARGUMENT', `message id of ${idLength} bytes`);
  if (attributes.length > ATTRIBUTES_BYTES_MAX)
    throw new TachyonError('FRAME_TOO_LARGE', `attributes of ${attributes.length} bytes`);
  if (bodyLength > BODY_BYTES_MAX)
    throw new TachyonError('PAYLOAD_TOO_LARGE', `${bodyLength} bytes, at most ${BODY_BYTES_MAX}`);
  return {
    topicLength,
    idLength,
    attributes,
    headLength: BLOCK_HEAD_BYTES + topicLength + idLength + attributes.length,
  };
}

function attributeBytes(attributes: Attributes | null | undefined): Uint8Array {
  if (attributes === undefined || attributes === null || Object.keys(attributes).length === 0) return EMPTY;
  return encodeText(JSON.stringify(attributes));
}

function writeHead(head: BlockHead, measured: Measured, bodyLength: number, into: Uint8Array, at: number): void {
  writeU32(into, at, measured.headLength + bodyLength);
  into[at + 4] = BLOCK_VERSION;
  into[at + 5] = head.form ?? FORM_RAW;
  into[at + 6] = head.compression ?? COMPRESSION_NONE;
  into[at + 7] = 0;
  writeU16(into, at + 8, measured.topicLength);
  writeU16(into, at + 10, measured.idLength);
  writeU32(into, at + 12, measured.attributes.length);
  let end = writeText(head.topic, into, at + BLOCK_HEAD_BYTES);
  end = writeText(head.messageId ?? '', into, end);
  into.set(measured.attributes, end);
}

/**
 * Where each of `count` blocks between `start` and `end` begins, or null when their lengths do not lead exactly from
 * one to the other. Looks at lengths only: one bad block must not cost its neighbours, so `checkBlock` judges each.
 */
export function blockOffsets(bytes: Uint8Array, start: number, end: number, count: number): number[] | null {
  if (count > Math.floor((end - start) / BLOCK_HEAD_BYTES)) return null;
  const offsets: number[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + BLOCK_HEAD_BYTES > end) return null;
    const length = readU32(bytes, at);
    if (length < BLOCK_HEAD_BYTES || length > end - at) return null;
    offsets.push(at);
    at += length;
  }
  return at === end ? offsets : null;
}
