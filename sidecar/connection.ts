// One client: its requests are read one after another, carried out, and answered. Those of the extended form run beside
// each other and are answered as they end; one of the earlier form is answered before anything else is read. Invariant:
// no byte of a body is read before room for it and for its reply was granted; meanwhile the socket is not read, and the
// client feels it.

import type { Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { ByteReader } from '../pkg/encoding/fastpath/byte-reader.ts';
import {
  BLOCK_SIZE_BYTES,
  ERROR_TEXT_BYTES_MAX,
  isOperation,
  OPERATIONS,
  type Operation,
  SIDECAR_BODY_BYTES_MAX,
  STATUS_OK,
  STATUSES,
} from '../pkg/encoding/fastpath/operations.ts';
import {
  decodeEarlierRequestHead,
  decodeRequestHead,
  EARLIER_REQUEST_HEAD_BYTES,
  type EarlierRequestHead,
  isExtendedHead,
  REQUEST_HEAD_BYTES,
  type RequestHead,
} from '../pkg/encoding/fastpath/request-head.ts';
import { encodeEarlierResponseHead, encodeResponseHead } from '../pkg/encoding/fastpath/response-head.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { declaredSize, failed, type Job, type Outcome, replyBytesMax } from './operations.ts';

/** What a request costs beside its bytes: so many small ones have a bound too. */
const REQUEST_OVERHEAD_BYTES = 1024;

export interface ConnectionOptions {
  readonly socket: Socket;
  /** Bytes of this connection, and of all of them. */
  readonly own: MemoryBudget;
  readonly total: MemoryBudget;
  readonly carryOut: (job: Job) => Promise<Outcome>;
  /** Time for a request to arrive once there is room for it, and for a reply to be taken. */
  readonly transferMs: number;
}

type Head = EarlierRequestHead | RequestHead;

const extended = (head: Head): RequestHead | null => ('requestId' in head ? head : null);

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #reader: ByteReader;
  /** Requests that are not answered yet. */
  #open = 0;
  #reading = false;
  #draining = false;
  readonly #allAnswered: (() => void)[] = [];

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#reader = new ByteReader(options.socket as AsyncIterable<Uint8Array>);
  }

  /** Resolves when the connection has ended. */
  async serve(): Promise<void> {
    const { socket } = this.#options;
    socket.on('error', () => socket.destroy()); // a client may go at any time
    while (!this.#draining && (await this.#next()));
    await this.#answered();
    if (socket.destroyed) return;
    const inTime = this.#deadline();
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.destroySoon();
    });
    inTime();
  }

  /** What has begun to arrive is still served; nothing more is read. */
  drain(): void {
    this.#draining = true;
    if (!this.#reading) void this.#answered().then(() => this.#options.socket.destroySoon());
  }

  destroy(): void {
    this.#options.socket.destroy();
  }

  /** Reads one request. False: no more can be read. */
  async #next(): Promise<boolean> {
    const first = new Uint8Array(1);
    if (!(await this.#reader.fill(first)) || this.#draining) return false;
    this.#reading = true;
    const goesOn = await (isExtendedHead(first[0] as number) ? this.#extended(first) : this.#earlier(first));
    this.#reading = false;
    return goesOn;
  }

  async #earlier(first: Uint8Array): Promise<boolean> {
    const bytes = await this.#headBytes(first, EARLIER_REQUEST_HEAD_BYTES);
    if (bytes === null) return false;
    const answer = await this.#body(decodeEarlierRequestHead(bytes));
    await answer?.answered;
    return answer !== null;
  }

  async #extended(first: Uint8Array): Promise<boolean> {
    const bytes = await this.#headBytes(first, REQUEST_HEAD_BYTES);
    if (bytes === null) return false;
    const head = decodeRequestHead(bytes);
    if ('type' in head) {
      // Where the next request begins is not known: this is the last word.
      const unknown = {
        operation: 0,
        flags: 0,
        topicLength: 0,
        payloadLength: 0,
        requestId: 0,
        sizeMax: 0,
        bodyCrc: 0,
      };
      this.#open += 1;
      await this.#reply(unknown, failed(head.error, head.detail), 0);
      return false;
    }
    return (await this.#body(head)) !== null;
  }

  async #headBytes(first: Uint8Array, length: number): Promise<Uint8Array | null> {
    const bytes = new Uint8Array(length);
    bytes.set(first);
    return (await this.#reader.fill(bytes, first.length)) ? bytes : null;
  }

  /** Null: the stream ended inside of it. */
  async #body(head: Head): Promise<{ readonly answered: Promise<void> } | null> {
    const { operation, topicLength, payloadLength } = head;
    if (!isOperation(operation))
      return this.#passOver(head, 0, failed('INVALID_ARGUMENT', `there is no operation ${operation}`));
    if (payloadLength > SIDECAR_BODY_BYTES_MAX) {
      const detail = `${payloadLength} bytes, at most ${SIDECAR_BODY_BYTES_MAX}`;
      return this.#passOver(head, 0, failed('PAYLOAD_TOO_LARGE', detail));
    }
    // Of a compressed body the first bytes tell what its plain one needs: before any of it has room.
    const startLength = operation === OPERATIONS.decompress ? Math.min(payloadLength, BLOCK_SIZE_BYTES) : 0;
    const begun = new Uint8Array(topicLength + startLength);
    if (!(await this.#fill(begun, 0))) return null;
    const start = begun.subarray(topicLength);
    const sizeMax = sizeMaxOf(extended(head)?.sizeMax ?? 0);
    const size = operation === OPERATIONS.decompress ? (declaredSize(head.flags, start) ?? 0) : 0;
    if (size > sizeMax) {
      const detail = `lz4: says ${size} bytes, at most ${sizeMax}`;
      return this.#passOver(head, begun.length, failed('PAYLOAD_TOO_LARGE', detail));
    }
    return this.#withRoom(head, operation, begun, sizeMax);
  }

  async #withRoom(
    head: Head,
    operation: Operation,
    begun: Uint8Array,
    sizeMax: number,
  ): Promise<{ readonly answered: Promise<void> } | null> {
    const { own, total } = this.#options;
    const { flags, topicLength, payloadLength } = head;
    const reply = replyBytesMax(operation, flags, topicLength, payloadLength, begun.subarray(topicLength));
    const cost = REQUEST_OVERHEAD_BYTES + topicLength + payloadLength + reply;
    await own.acquire(cost);
    await total.acquire(cost);
    this.#open += 1;
    // Not zeroed: it is filled to its end, or given up.
    const payload: Uint8Array = Buffer.allocUnsafeSlow(payloadLength);
    payload.set(begun.subarray(topicLength));
    if (!(await this.#fill(payload, begun.length - topicLength))) {
      this.#release(cost);
      return null;
    }
    const crc = extended(head)?.bodyCrc ?? null;
    const job: Job = { operation, flags, sizeMax, topic: begun.subarray(0, topicLength), payload, crc };
    return { answered: this.#options.carryOut(job).then((outcome) => this.#reply(head, outcome, cost)) };
  }

  /** The stream stays in step: what is not wanted is read and not kept. */
  async #passOver(head: Head, begun: number, outcome: Outcome): Promise<{ readonly answered: Promise<void> } | null> {
    this.#open += 1;
    const answered = this.#reply(head, outcome, 0);
    const left = head.topicLength + head.payloadLength - begun;
    const passed = await this.#inTime(this.#reader.skip(left));
    return passed ? { answered } : null;
  }

  #fill(target: Uint8Array, from: number): Promise<boolean> {
    return from === target.length ? Promise.resolve(true) : this.#inTime(this.#reader.fill(target, from));
  }

  /** A client that begins a request and does not end it would keep its room for ever. */
  async #inTime(arrival: Promise<boolean>): Promise<boolean> {
    const inTime = this.#deadline();
    const arrived = await arrival;
    inTime();
    return arrived;
  }

  /** Ends the connection, unless the function that it returns is called in time. */
  #deadline(): () => void {
    const timer = setTimeout(() => this.destroy(), this.#options.transferMs);
    return () => clearTimeout(timer);
  }

  /** Resolves when the reply is out of our hands; its room is given back then. */
  async #reply(head: Head, outcome: Outcome, cost: number): Promise<void> {
    const { socket } = this.#options;
    const body = outcome.ok ? outcome.body : errorText(outcome.code, outcome.detail);
    const status = outcome.ok ? STATUS_OK : STATUSES[outcome.code];
    if (!socket.destroyed) {
      const inTime = this.#deadline();
      await new Promise<void>((resolve) => {
        socket.cork();
        socket.write(replyHead(head, status, body, outcome));
        // Called also when the socket is destroyed before.
        socket.write(body, () => resolve());
        socket.uncork();
      });
      inTime();
    }
    this.#release(cost);
  }

  #release(cost: number): void {
    const { own, total } = this.#options;
    if (cost > 0) {
      own.release(cost);
      total.release(cost);
    }
    this.#open -= 1;
    if (this.#open === 0) for (const resolve of this.#allAnswered.splice(0)) resolve();
  }

  #answered(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => this.#allAnswered.push(resolve));
  }
}

const sizeMaxOf = (asked: number): number =>
  asked === 0 || asked > SIDECAR_BODY_BYTES_MAX ? SIDECAR_BODY_BYTES_MAX : asked;

function replyHead(head: Head, status: number, body: Uint8Array, outcome: Outcome): Uint8Array {
  const request = extended(head);
  if (request === null)
    return encodeEarlierResponseHead({ status: outcome.ok ? STATUS_OK : STATUSES.INTERNAL, bodyLength: body.length });
  return encodeResponseHead({
    operation: request.operation,
    status,
    requestId: request.requestId,
    bodyLength: body.length,
    requestCrc: request.bodyCrc,
    bodyCrc: outcome.ok ? outcome.crc : crc32(body),
  });
}

const encoder = new TextEncoder();

const errorText = (code: string, detail: string): Uint8Array =>
  encoder.encode(`${code}: ${detail}`).subarray(0, ERROR_TEXT_BYTES_MAX);
