// The broker's side of the sidecar: one connection, opened when it is needed, behind a circuit breaker. Invariants: a
// call ends within its timeout; what calls hold together is bounded; a sidecar that is dead, stopped or out of its mind
// costs a few calls their time and then none, until a probe finds it well.

import { OPERATIONS, SIDECAR_BODY_BYTES_MAX } from '../../pkg/encoding/fastpath/operations.ts';
import { SidecarLink, type SidecarReply, type SidecarRequest } from '../../pkg/encoding/fastpath/sidecar-link.ts';
import { type BreakerState, CircuitBreaker } from './circuit-breaker.ts';

export interface SidecarClientOptions {
  readonly socketPath: string;
  /** Time for one call, and for each further MiB of it. */
  readonly timeoutMs?: number;
  readonly timeoutMsPerMib?: number;
  /** Bytes of bodies and their answers that may be under way. */
  readonly pendingBytesMax?: number;
  readonly failuresMax?: number;
  readonly delayFirstMs?: number;
  readonly delayLongestMs?: number;
  readonly nowMs?: () => number;
}

export interface SidecarClientStatus {
  readonly breaker: BreakerState;
  readonly pending: number;
  readonly pendingBytes: number;
  readonly done: number;
  readonly refused: number;
  readonly lost: number;
  /** Not even asked: the breaker was open, or too much was under way. */
  readonly turnedAway: number;
  /** Why the last one was lost. */
  readonly lastFault: string;
}

export type SidecarCall = Omit<SidecarRequest, 'timeoutMs'>;

const MIB = 1024 * 1024;
const PROBE_BYTES = new TextEncoder().encode('probe');
const CRC_BYTES = 4;

const DEFAULTS = {
  timeoutMs: 1_000,
  timeoutMsPerMib: 100,
  pendingBytesMax: 2 * SIDECAR_BODY_BYTES_MAX,
  failuresMax: 3,
  delayFirstMs: 250,
  delayLongestMs: 30_000,
  nowMs: () => performance.now(),
} as const;

export class SidecarClient {
  readonly #options: Required<SidecarClientOptions>;
  readonly #breaker: CircuitBreaker;
  #link: SidecarLink | null = null;
  #pending = 0;
  #pendingBytes = 0;
  #done = 0;
  #refused = 0;
  #lost = 0;
  #turnedAway = 0;
  #lastFault = '';
  #closed = false;

  constructor(options: SidecarClientOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#breaker = new CircuitBreaker(this.#options);
  }

  get status(): SidecarClientStatus {
    return {
      breaker: this.#breaker.state,
      pending: this.#pending,
      pendingBytes: this.#pendingBytes,
      done: this.#done,
      refused: this.#refused,
      lost: this.#lost,
      turnedAway: this.#turnedAway,
      lastFault: this.#lastFault,
    };
  }

  /** How long a call that was turned away had better wait. */
  get retryAfterMs(): number {
    return this.#breaker.retryAfterMs;
  }

  /** Asks for a checksum that is known. Said at the start, and by the breaker: no message pays for it. */
  async probe(): Promise<boolean> {
    const reply = await this.#send({
      operation: OPERATIONS.checksum,
      flags: 0,
      payload: PROBE_BYTES,
      sizeMax: 0,
      replyBytesMax: CRC_BYTES,
    });
    if (reply.type === 'done') return true;
    this.#lastFault = reply.type === 'lost' ? reply.reason : reply.detail;
    return false;
  }

  async call(call: SidecarCall): Promise<SidecarReply> {
    const asked = this.#closed ? 'refuse' : this.#breaker.ask();
    if (asked === 'probe') void this.probe();
    if (asked !== 'use') return this.#turnAway(`not asked, as it failed before: ${this.#lastFault}`);
    const bytes = call.payload.length + call.replyBytesMax;
    if (this.#pending > 0 && this.#pendingBytes + bytes > this.#options.pendingBytesMax)
      return this.#turnAway(`not asked, as ${this.#pendingBytes} bytes are under way`);
    this.#pendingBytes += bytes;
    const reply = await this.#send(call);
    this.#pendingBytes -= bytes;
    if (reply.type === 'done') this.#done += 1;
    else if (reply.type === 'refused') this.#refused += 1;
    else {
      this.#lost += 1;
      this.#lastFault = reply.reason;
    }
    return reply;
  }

  #turnAway(reason: string): SidecarReply {
    this.#turnedAway += 1;
    return { type: 'lost', asked: false, reason };
  }

  async #send(call: SidecarCall): Promise<SidecarReply> {
    if (this.#closed) return { type: 'lost', asked: false, reason: 'the client is closed' };
    const { timeoutMs, timeoutMsPerMib } = this.#options;
    const size = call.payload.length + call.replyBytesMax;
    if (this.#link === null || this.#link.isDown) {
      this.#link = new SidecarLink(this.#options.socketPath);
      this.#link.unref();
    }
    this.#pending += 1;
    const reply = await this.#link.request({ ...call, timeoutMs: timeoutMs + timeoutMsPerMib * (size / MIB) });
    this.#pending -= 1;
    // A refusal is an answer: whoever gives one is well. Damage on the way to it is not.
    const isWell = reply.type === 'done' || (reply.type === 'refused' && !FAULTS.has(reply.code));
    if (isWell) this.#breaker.succeeded();
    else this.#breaker.failed();
    return reply;
  }

  close(): void {
    this.#closed = true;
    this.#link?.end('the client is closed');
  }
}

/** Refusals that say something of the sidecar and nothing of the body. */
const FAULTS: ReadonlySet<string> = new Set(['INTERNAL', 'CHECKSUM_MISMATCH', 'SIDECAR_WORKER_LOST', 'TIMEOUT']);
