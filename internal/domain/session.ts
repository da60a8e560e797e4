// A consumer's session. What must survive a restart is who it is; the connection, its window and what it was heard
// to say last are volatile.

import type { Steering } from './consumer-event.ts';
import type { PeerId, SessionId } from './ids.ts';
import type { Lease, LeaseRun } from './lease-run.ts';
import type { Queue } from './queue.ts';
import type { Rate } from './throttles.ts';

/** A fetch under way: what it asked for, and the number by which its consumer knows it. */
export interface Fetching {
  readonly count: number;
  readonly request: number | null;
}

export class Session {
  readonly id: SessionId;
  readonly tenant: string;
  readonly consumer: string;
  readonly tokenHash: string;
  readonly resumable: boolean;

  /** By an operator: unless it runs, it is given nothing. A copy of what stands under its id. */
  steering: Steering = 'running';

  // The volatile half.
  /** null while the consumer is away. */
  peer: PeerId | null = null;
  /** False: at most once, settled before it is handed over. */
  acks = true;
  /** It is given plain bodies, whatever they were packed in. */
  plain = false;
  queues: Queue[] = [];
  windowMessages = 0;
  windowBytes = 0;
  inflight = 0;
  inflightBytes = 0;
  /** Of these, what is on its way without a lease: settled, and not handed over yet. */
  handingOver = 0;
  handingOverBytes = 0;
  /** What a pulling consumer still asks for; Infinity for one that is pushed to. */
  credit = Number.POSITIVE_INFINITY;
  /** The fetch that waits for messages; null without one. */
  fetch: Fetching | null = null;
  /** Until when its credit holds, this millisecond included; Infinity without a fetch. */
  creditUntilMs = Number.POSITIVE_INFINITY;
  /** The transport takes nothing for this peer at the moment. */
  blocked = false;
  /** It has had what its throttle lets pass, until then; 0 while it has not. */
  throttledUntilMs = 0;
  /** The rate at which it is given messages; null: none, undefined: not looked up yet. */
  throttle: { readonly key: string; readonly rate: Rate } | null | undefined = undefined;
  /** When an absent consumer's leases return; Infinity while it is here. */
  graceUntilMs = Number.POSITIVE_INFINITY;
  #runs: LeaseRun | null = null;

  constructor(id: SessionId, tenant: string, consumer: string, tokenHash: string, resumable: boolean) {
    this.id = id;
    this.tenant = tenant;
    this.consumer = consumer;
    this.tokenHash = tokenHash;
    this.resumable = resumable;
  }

  /** How many messages may be handed over now, by count alone. */
  get room(): number {
    if (this.peer === null || this.blocked || this.steering !== 'running' || this.throttledUntilMs > 0) return 0;
    if (this.inflightBytes >= this.windowBytes) return 0;
    return Math.max(0, Math.min(this.windowMessages - this.inflight, this.credit));
  }

  /** Whatever was fetched for has come, or waits no longer. What is left of the credit is the caller's to clear. */
  endFetch(): void {
    this.fetch = null;
    this.creditUntilMs = Number.POSITIVE_INFINITY;
  }

  addRun(run: LeaseRun): void {
    this.linkRun(run);
    this.inflight += run.open;
    for (const bytes of run.bytes) this.inflightBytes += bytes;
  }

  /** Leases that are counted already. */
  linkRun(run: LeaseRun): void {
    run.nextOfSession = this.#runs;
    if (this.#runs !== null) this.#runs.previousOfSession = run;
    this.#runs = run;
  }

  /** One of its leases has ended. */
  gaveBack(bytes: number): void {
    this.inflight -= 1;
    this.inflightBytes -= bytes;
  }

  /** The last of this run has ended. */
  removeRun(run: LeaseRun): void {
    const { previousOfSession, nextOfSession } = run;
    if (previousOfSession !== null) previousOfSession.nextOfSession = nextOfSession;
    else this.#runs = nextOfSession;
    if (nextOfSession !== null) nextOfSession.previousOfSession = previousOfSession;
    run.previousOfSession = null;
    run.nextOfSession = null;
  }

  /** The leases it holds, youngest first. */
  leases(): Lease[] {
    const held: Lease[] = [];
    for (let run = this.#runs; run !== null; run = run.nextOfSession) held.push(...run.leases());
    return held.sort((a, b) => b.delivery - a.delivery);
  }
}
