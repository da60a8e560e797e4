// Bytes in, whole messages out, over chunks cut anywhere.
//
// A frame that lies in one chunk is a view of that chunk: nothing is copied. A frame over several chunks is put together
// once, in a buffer of exactly its size. Invariant: no memory is taken for a frame before its size was held against the
// limits, and of a connection that broke a rule nothing further is decoded.

import { EMPTY } from './bytes.ts';
import { ZmtpError } from './errors.ts';

const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const FLAGS_MAX = 7;
const HEADER_SHORT = 2;
const HEADER_LONG = 9;
const UINT32 = 2 ** 32;
const SMALL_BYTES = 4_096;

export interface FrameLimits {
  readonly messageBytesMax: number;
  readonly framesMax: number;
}

export class FrameDecoder {
  /** Grows from handshake to traffic by what a command may be there. */
  commandBytesMax: number;
  /** Messages before the end of the handshake break its rules. */
  areMessagesAllowed = false;
  readonly #limits: FrameLimits;
  readonly #command: (body: Uint8Array) => void;
  /** Whole messages since the last `take`. */
  #messages: Uint8Array[][] = [];
  /** Frames of the message under way. */
  #frames: Uint8Array[] = [];
  #messageBytes = 0;
  /** A header that was cut, or empty. */
  readonly #header = new Uint8Array(HEADER_LONG);
  #headerLength = 0;
  /** A body that was cut: flags, the buffer of its size, and how much of it is there. */
  #body: Uint8Array | null = null;
  #bodyFlags = 0;
  #bodyLength = 0;

  /** `command` is called at once for each command, between the messages; it may throw to end the decoding. */
  constructor(limits: FrameLimits, commandBytesMax: number, command: (body: Uint8Array) => void) {
    this.#limits = limits;
    this.commandBytesMax = commandBytesMax;
    this.#command = command;
  }

  /**
   * Takes from the beginning of a chunk what completes a body that was cut: the one part that is copied, so that the
   * memory of the chunk stays its owner's. Gives how many bytes that were; the rest is for `push`.
   */
  goOn(chunk: Uint8Array): number {
    return this.#body === null ? 0 : this.#continueBody(chunk, 0);
  }

  /** Decodes a chunk, whose memory belongs to the messages from now on. Throws a `ZmtpError` at the first violation. */
  push(chunk: Uint8Array): void {
    let at = 0;
    if (this.#body !== null) at = this.#continueBody(chunk, at);
    else if (this.#headerLength > 0) at = this.#continueHeader(chunk);
    const end = chunk.length;
    const memory = chunk.buffer;
    const base = chunk.byteOffset;
    while (at < end) {
      const flags = chunk[at]!;
      const isLong = (flags & LONG) !== 0;
      const bodyAt = at + (isLong ? HEADER_LONG : HEADER_SHORT);
      if (bodyAt > end) return this.#keepHeader(chunk, at);
      const size = isLong ? longSize(chunk, at + 1) : chunk[at + 1]!;
      this.#check(flags, size);
      at = bodyAt + size;
      if (at > end) return this.#startBody(flags, size, chunk, bodyAt);
      this.#emit(flags, size === 0 ? EMPTY : new Uint8Array(memory, base + bodyAt, size));
    }
  }

  /** The whole messages decoded so far, those before a violation included. */
  take(): Uint8Array[][] {
    const messages = this.#messages;
    if (messages.length > 0) this.#messages = [];
    return messages;
  }

  /** Flags and size against rules and limits, before anything is done with the frame. */
  #check(flags: number, size: number): void {
    if (flags < COMMAND) {
      if (this.areMessagesAllowed && size <= this.#limits.messageBytesMax - this.#messageBytes) {
        if (this.#frames.length < this.#limits.framesMax) return;
        throw new ZmtpError('TOO_MANY_FRAMES', `more than ${this.#limits.framesMax}`);
      }
      if (!this.areMessagesAllowed) throw new ZmtpError('BAD_HANDSHAKE', 'a message before the end of the handshake');
      throw new ZmtpError('MESSAGE_TOO_LONG', `${this.#messageBytes + size} of ${this.#limits.messageBytesMax} bytes`);
    }
    if (flags > FLAGS_MAX) throw new ZmtpError('BAD_FRAME', 'reserved flags are set');
    if ((flags & MORE) !== 0) throw new ZmtpError('BAD_FRAME', 'a command has one frame');
    if (size > this.commandBytesMax)
      throw new ZmtpError('COMMAND_TOO_LONG', `${size} of ${this.commandBytesMax} bytes`);
  }

  #emit(flags: number, body: Uint8Array): void {
    if (flags >= COMMAND) return this.#command(body);
    if ((flags & MORE) !== 0) {
      this.#frames.push(body);
      this.#messageBytes += body.length;
    } else if (this.#frames.length === 0) {
      this.#messages.push([body]);
    } else {
      this.#frames.push(body);
      this.#messages.push(this.#frames);
      this.#frames = [];
      this.#messageBytes = 0;
    }
  }

  #keepHeader(chunk: Uint8Array, at: number): void {
    // The flags are judged at once; a size of zero is within every limit.
    this.#check(chunk[at]!, 0);
    this.#header.set(chunk.subarray(at), 0);
    this.#headerLength = chunk.length - at;
  }

  /** Completes a cut header from the start of the chunk, and takes what there is of the body. */
  #continueHeader(chunk: Uint8Array): number {
    const header = this.#header;
    const needed = (header[0]! & LONG) !== 0 ? HEADER_LONG : HEADER_SHORT;
    let at = 0;
    while (this.#headerLength < needed) {
      if (at === chunk.length) return at;
      header[this.#headerLength] = chunk[at]!;
      this.#headerLength += 1;
      at += 1;
    }
    this.#headerLength = 0;
    const flags = header[0]!;
    const size = needed === HEADER_LONG ? longSize(header, 1) : header[1]!;
    this.#check(flags, size);
    if (at + size > chunk.length) {
      this.#startBody(flags, size, chunk, at);
      return chunk.length;
    }
    this.#emit(flags, size === 0 ? EMPTY : new Uint8Array(chunk.buffer, chunk.byteOffset + at, size));
    return at + size;
  }

  #startBody(flags: number, size: number, chunk: Uint8Array, at: number): void {
    // Zeroing a few bytes costs less than memory of one's own outside the heap; zeroing megabytes does not.
    const body = size < SMALL_BYTES ? new Uint8Array(size) : new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
    if (at < chunk.length) body.set(chunk.subarray(at), 0);
    this.#body = body;
    this.#bodyFlags = flags;
    this.#bodyLength = chunk.length - at;
  }

  #continueBody(chunk: Uint8Array, at: number): number {
    const body = this.#body!;
    const wanted = body.length - this.#bodyLength;
    if (chunk.length - at < wanted) {
      body.set(chunk, this.#bodyLength);
      this.#bodyLength += chunk.length;
      return chunk.length;
    }
    body.set(chunk.subarray(at, at + wanted), this.#bodyLength);
    this.#body = null;
    this.#emit(this.#bodyFlags, body);
    return at + wanted;
  }
}

/** Sizes beyond 2^53 lose precision here, which no limit notices: they are all far below. */
function longSize(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  const low = ((bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!) >>> 0;
  return high * UINT32 + low;
}
