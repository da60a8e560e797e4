// The NATS client protocol: lines ended by CR LF, and payloads of a said length behind some of them.
//
//   server   INFO {...}    MSG <subject> <sid> [reply-to] <bytes>\r\n<payload>\r\n    PING   PONG   +OK   -ERR '...'
//   client   CONNECT {...}   PUB <subject> [reply-to] <bytes>\r\n<payload>\r\n   SUB <subject> [queue] <sid>   PING   PONG

export interface NatsHandlers {
  /** The reply-to is empty (start = end) when there is none. Offsets hold during the call. */
  message(bytes: Buffer, sid: number, replyStart: number, replyEnd: number, start: number, end: number): void;
  /** Any other line, without its end. */
  line(text: string): void;
}

const CR = 13;
const LF = 10;
const SPACE = 32;
const ZERO = 48;
const NINE = 57;
const LINE_END_BYTES = 2;
/** A server's INFO is the longest line there is. */
const LINE_BYTES_MAX = 64 * 1024;
const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024;

export class NatsParser {
  readonly #handlers: NatsHandlers;
  #rest: Buffer = Buffer.alloc(0);

  constructor(handlers: NatsHandlers) {
    this.#handlers = handlers;
  }

  /** Throws when the bytes are no NATS. */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const next = this.#one(bytes, at);
      if (next === at) break;
      at = next;
    }
    this.#rest = bytes.subarray(at);
  }

  /** The offset behind the message or line at `at`, or `at` when it is not whole. */
  #one(bytes: Buffer, at: number): number {
    const isMessage = bytes[at] === 77 && bytes[at + 1] === 83 && bytes[at + 2] === 71 && bytes[at + 3] === SPACE;
    return isMessage ? this.#message(bytes, at) : this.#line(bytes, at);
  }

  #line(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LF, at);
    if (end < 0) {
      if (bytes.length - at > LINE_BYTES_MAX) throw new Error('nats: a line without an end');
      return at;
    }
    if (bytes[end - 1] !== CR) throw new Error('nats: a line that does not end in CR LF');
    this.#handlers.line(bytes.toString('latin1', at, end - 1));
    return end + 1;
  }

  /** `MSG subject sid [reply] bytes`: three words or four, cut by single spaces. */
  #message(bytes: Buffer, at: number): number {
    const limit = bytes.length;
    let i = at + 4;
    while (i < limit && bytes[i] !== SPACE) i += 1;
    i += 1;
    let sid = 0;
    for (; i < limit && bytes[i] !== SPACE; i += 1) sid = sid * 10 + digit(bytes[i]!);
    i += 1;
    let replyStart = i;
    let replyEnd = i;
    let word = i;
    for (; i < limit && bytes[i] !== CR; i += 1) {
      if (bytes[i] !== SPACE) continue;
      replyStart = word;
      replyEnd = i;
      word = i + 1;
    }
    if (i >= limit) return at;
    let size = 0;
    for (let j = word; j < i; j += 1) size = size * 10 + digit(bytes[j]!);
    if (size > PAYLOAD_BYTES_MAX) throw new Error(`nats: a payload of ${size} bytes`);
    const start = i + LINE_END_BYTES;
    const end = start + size;
    if (end + LINE_END_BYTES > limit) return at;
    if (bytes[end] !== CR || bytes[end + 1] !== LF) throw new Error('nats: a payload of another length than was said');
    this.#handlers.message(bytes, sid, replyStart, replyEnd, start, end);
    return end + LINE_END_BYTES;
  }
}

function digit(byte: number): number {
  if (byte < ZERO || byte > NINE) throw new Error('nats: no digit where a number must be');
  return byte - ZERO;
}

export const encodeConnect = (options: Readonly<Record<string, unknown>>): Buffer =>
  Buffer.from(`CONNECT ${JSON.stringify(options)}\r\n`);

export const encodeSub = (subject: string, sid: number): Buffer => Buffer.from(`SUB ${subject} ${sid}\r\n`);

/** What stands before a payload, and what behind. */
export const pubHead = (subject: string, reply: string, bytes: number): Buffer =>
  Buffer.from(`PUB ${subject}${reply === '' ? '' : ` ${reply}`} ${bytes}\r\n`);
export const PUB_TAIL: Buffer = Buffer.from('\r\n');

export const encodePub = (subject: string, reply: string, payload: string): Buffer =>
  Buffer.concat([pubHead(subject, reply, Buffer.byteLength(payload)), Buffer.from(payload), PUB_TAIL]);

export const PING: Buffer = Buffer.from('PING\r\n');
export const PONG: Buffer = Buffer.from('PONG\r\n');
