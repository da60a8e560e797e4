// One connection to the sidecar: requests go out as they come, answers come back in any order and are matched by id.
// Invariants: every request ends, with the bytes that were asked for or with the reason why not; an answer is believed
// only when its checksums fit and it names the checksum of the request; nothing is allocated for a length that the
// request cannot have as its answer. One answer that is wrong or late ends the connection, because whatever follows it
// cannot be trusted to be in step.

import { connect, type Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';
import { codeOfStatus, ERROR_TEXT_BYTES_MAX, type Operation, type SidecarCode, STATUS_OK } from './operations.ts';
import { encodeRequestHead } from './request-head.ts';
import { decodeResponseHead, RESPONSE_HEAD_BYTES, type ResponseHead } from './response-head.ts';

export interface SidecarRequest {
  readonly operation: Operation;
  readonly flags: number;
  /** Not to be changed until the request has ended. */
  readonly payload: Uint8Array;
  /** Decompress: most bytes that may come of it. */
  readonly sizeMax: number;
  /** Most bytes that the answer can have. */
  readonly replyBytesMax: number;
  readonly timeoutMs: number;
}

export type SidecarReply =
  | { readonly type: 'done'; readonly body: Uint8Array }
  /** The sidecar did look at it, and says no. */
  | { readonly type: 'refused'; readonly code: SidecarCode; readonly detail: string }
  /** Nothing is known of it: cut off, late, or an answer that cannot be believed. `asked` is false where nobody was there. */
  | { readonly type: 'lost'; readonly asked: boolean; readonly reason: string };

interface Pending {
  readonly request: SidecarRequest;
  readonly crc: number;
  readonly deadline: NodeJS.Timeout;
  readonly end: (reply: SidecarReply) => void;
}

export class SidecarLink {
  readonly #socket: Socket;
  readonly #reader: ByteReader;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #connected = false;
  #down: string | null = null;

  constructor(socketPath: string) {
    this.#socket = connect(socketPath);
    this.#socket.on('error', (error: NodeJS.ErrnoException) =>
      this.end(`the connection failed: ${error.code ?? error.message}`),
    );
    this.#socket.on('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('close', () => this.end('the sidecar closed the connection'));
    this.#reader = new ByteReader(this.#socket as AsyncIterable<Uint8Array>);
    void this.#listen();
  }

  get isDown(): boolean {
    return this.#down !== null;
  }

  /** Requests that wait for their answer. */
  get pending(): number {
    return this.#pending.size;
  }

  request(request: SidecarRequest): Promise<SidecarReply> {
    if (this.#down !== null) return Promise.resolve({ type: 'lost', asked: false, reason: this.#down });
    const id = this.#freshId();
    const crc = crc32(request.payload);
    const head = encodeRequestHead({
      operation: request.operation,
      flags: request.flags,
      topicLength: 0,
      payloadLength: request.payload.length,
      requestId: id,
      sizeMax: request.sizeMax,
      bodyCrc: crc,
    });
    return new Promise((end) => {
      const deadline = setTimeout(() => this.end(`no answer within ${request.timeoutMs} ms`), request.timeoutMs);
      this.#pending.set(id, { request, crc, deadline, end });
      this.#socket.cork();
      this.#socket.write(head);
      this.#socket.write(request.payload);
      this.#socket.uncork();
    });
  }

  /** Ends the connection, and all that waits on it as lost. */
  end(reason: string): void {
    if (this.#down !== null) return;
    this.#down = reason;
    this.#socket.destroy();
    for (const [id] of this.#pending) this.#settle(id, { type: 'lost', asked: this.#connected, reason });
  }

  /** An idle connection keeps no process alive that has nothing else to do. */
  unref(): void {
    this.#socket.unref();
  }

  #freshId(): number {
    while (this.#pending.has(this.#nextId)) this.#nextId = (this.#nextId + 1) >>> 0;
    const id = this.#nextId;
    this.#nextId = (id + 1) >>> 0;
    return id;
  }

  async #listen(): Promise<void> {
    while (this.#down === null) {
      const fault = await this.#takeReply();
      if (fault !== null) this.end(fault);
    }
  }

  /** Null, or why nothing that follows can be believed. */
  async #takeReply(): Promise<string | null> {
    const bytes = new Uint8Array(RESPONSE_HEAD_BYTES);
    if (!(await this.#reader.fill(bytes))) return 'the sidecar closed the connection';
    const head = decodeResponseHead(bytes);
    if ('type' in head) return `a damaged answer: ${head.detail}`;
    const pending = this.#pending.get(head.requestId);
    const fault =
      pending === undefined ? `an answer to request ${head.requestId}, which was not made` : misfit(head, pending);
    if (fault !== null) return fault;
    // Not zeroed: it is filled to its end, or given up.
    const body: Uint8Array = Buffer.allocUnsafeSlow(head.bodyLength);
    if (!(await this.#reader.fill(body))) return 'the sidecar closed the connection inside of an answer';
    if (crc32(body) !== head.bodyCrc) return 'a damaged answer: its body does not fit its checksum';
    this.#settle(head.requestId, replyOf(head, body));
    return null;
  }

  #settle(id: number, reply: SidecarReply): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.deadline);
    pending.end(reply);
  }
}

function misfit(head: ResponseHead, { request, crc }: Pending): string | null {
  const { requestId } = head;
  const isError = head.status !== STATUS_OK;
  // What reached the sidecar is not what was sent: it says so with the checksum that it was told.
  if (head.requestCrc !== crc) return `answer ${requestId} is to other bytes`;
  if (head.operation !== request.operation) return `answer ${requestId} is to another operation`;
  const most = isError ? ERROR_TEXT_BYTES_MAX : request.replyBytesMax;
  return head.bodyLength > most ? `answer ${requestId} says ${head.bodyLength} bytes, at most ${most}` : null;
}

const decoder = new TextDecoder();

function replyOf({ status }: ResponseHead, body: Uint8Array): SidecarReply {
  if (status === STATUS_OK) return { type: 'done', body };
  const code = codeOfStatus(status);
  const text = decoder.decode(body);
  return { type: 'refused', code, detail: text.startsWith(`${code}: `) ? text.slice(code.length + 2) : text };
}
