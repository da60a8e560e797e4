// RESP 2, the protocol of Redis, as a stream of tokens: nothing is built for a reply but what the reader wants of it.
//
//   +text   -error   :integer   $length, bytes   *count, values        each line ended by CR LF; length or count -1: nil

export interface RespHandlers {
  array(count: number): void;
  /** `start` is -1 for nil. Offsets hold during the call. */
  bulk(bytes: Buffer, start: number, end: number): void;
  integer(value: number): void;
  simple(text: string): void;
  error(text: string): void;
}

const CR = 13;
const LF = 10;
const PLUS = 43;
const MINUS = 45;
const COLON = 58;
const DOLLAR = 36;
const STAR = 42;
const ZERO = 48;
const NINE = 57;
const LINE_END_BYTES = 2;
const LINE_BYTES_MAX = 64 * 1024;

export class RespParser {
  readonly #handlers: RespHandlers;
  #rest: Buffer = Buffer.alloc(0);

  constructor(handlers: RespHandlers) {
    this.#handlers = handlers;
  }

  /** Throws when the bytes are no RESP. */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const next = this.#token(bytes, at);
      if (next === at) break;
      at = next;
    }
    this.#rest = bytes.subarray(at);
  }

  /** The offset behind the token at `at`, or `at` when it is not whole. */
  #token(bytes: Buffer, at: number): number {
    const type = bytes[at]!;
    let end = at + 1;
    while (end < bytes.length && bytes[end] !== CR) end += 1;
    if (end - at > LINE_BYTES_MAX) throw new Error('redis: a line without an end');
    if (end + 1 >= bytes.length) return at;
    if (bytes[end + 1] !== LF) throw new Error('redis: a line that does not end in CR LF');
    const behind = end + LINE_END_BYTES;
    if (type === DOLLAR) return this.#bulk(bytes, at, whole(bytes, at + 1, end), behind);
    if (type === STAR) this.#handlers.array(whole(bytes, at + 1, end));
    else if (type === COLON) this.#handlers.integer(whole(bytes, at + 1, end));
    else if (type === PLUS) this.#handlers.simple(bytes.toString('latin1', at + 1, end));
    else if (type === MINUS) this.#handlers.error(bytes.toString('latin1', at + 1, end));
    else throw new Error(`redis: no reply begins with ${type}`);
    return behind;
  }

  #bulk(bytes: Buffer, at: number, length: number, start: number): number {
    if (length < 0) {
      this.#handlers.bulk(bytes, -1, -1);
      return start;
    }
    const end = start + length;
    if (end + LINE_END_BYTES > bytes.length) return at;
    if (bytes[end] !== CR || bytes[end + 1] !== LF) throw new Error('redis: a value of another length than was said');
    this.#handlers.bulk(bytes, start, end);
    return end + LINE_END_BYTES;
  }
}

function whole(bytes: Buffer, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS;
  let value = 0;
  for (let at = isNegative ? start + 1 : start; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) throw new Error('redis: no digit where a number must be');
    value = value * 10 + byte - ZERO;
  }
  return isNegative ? -value : value;
}

/** A command: an array of bulk strings. */
export const encodeCommand = (...words: readonly string[]): Buffer =>
  Buffer.from(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);

/** What stands before the last word of a command, which has so many bytes; CR LF follows it. */
export const commandHead = (words: readonly string[], lastBytes: number): Buffer => {
  const front = encodeCommand(...words).subarray(`*${words.length}\r\n`.length);
  return Buffer.concat([Buffer.from(`*${words.length + 1}\r\n`), front, Buffer.from(`$${lastBytes}\r\n`)]);
};
export const COMMAND_TAIL: Buffer = Buffer.from('\r\n');
