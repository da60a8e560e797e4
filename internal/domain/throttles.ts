// Rates that may not be passed: token buckets for topics, tenants, producers and consumers. The rules are settings; how full a bucket
// is, is volatile: after a restart each is full.

import { matches } from '../../pkg/protocol/topic.ts';

export interface Rate {
  /** Per second; Infinity: no bound. */
  readonly messages: number;
  readonly bytes: number;
  /** What may come at once, as time at the full rate. */
  readonly burstMs: number;
}

/** Whom a rate is for: `match` is a pattern of topics, or a name; `*` is everybody, each with a bucket of its own. */
export interface ThrottleRule {
  readonly scope: 'topic' | 'tenant' | 'producer' | 'consumer';
  readonly match: string;
  /** Null: in every tenant, in each apart. */
  readonly tenant: string | null;
  readonly rate: Rate;
}

export interface Throttles {
  /** On what is published. */
  readonly publish: readonly ThrottleRule[];
  /** On what a tenant publishes, beside those; `*` is every tenant that is not named. */
  readonly tenants: ReadonlyMap<string, Rate>;
  /** On what is handed over. */
  readonly deliver: readonly ThrottleRule[];
}

export const DEFAULT_THROTTLES: Throttles = { publish: [], tenants: new Map(), deliver: [] };

export const EVERYBODY = '*';

const SECOND_MS = 1_000;

/**
 * Fills with time. What is taken may be more than it holds where it is full, so that a message larger than the burst, or
 * a batch that may not be cut, goes some time; the debt is paid before the next.
 */
export class Bucket {
  readonly rate: Rate;
  #messages: number;
  #bytes: number;
  #atMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.rate = rate;
    this.#messages = most(rate.messages, rate.burstMs);
    this.#bytes = most(rate.bytes, rate.burstMs);
    this.#atMs = nowMs;
  }

  /** Messages that may go now; bytes only say whether any may. */
  room(nowMs: number): number {
    this.#fill(nowMs);
    return this.#bytes < 1 ? 0 : Math.floor(this.#messages);
  }

  messagesRoom(nowMs: number): number {
    this.#fill(nowMs);
    return this.#messages;
  }

  bytesRoom(nowMs: number): number {
    this.#fill(nowMs);
    return this.#bytes;
  }

  /** How long until so many messages, of so many bytes, may go behind what is promised already: 0 is now. */
  waitMs(nowMs: number, messages: number, bytes: number, promised: number, promisedBytes: number): number {
    this.#fill(nowMs);
    const { rate } = this;
    // Whoever asks for more than the bucket ever holds waits until it is full.
    const least = Math.min(messages, most(rate.messages, rate.burstMs));
    const leastBytes = Math.min(bytes, most(rate.bytes, rate.burstMs));
    return Math.max(
      until(this.#messages - promised, least, rate.messages),
      until(this.#bytes - promisedBytes, leastBytes, rate.bytes),
    );
  }

  take(nowMs: number, messages: number, bytes: number): void {
    this.#fill(nowMs);
    this.#messages -= messages;
    this.#bytes -= bytes;
  }

  /** Nothing is owed: one that is made anew would be the same. */
  isFull(nowMs: number): boolean {
    this.#fill(nowMs);
    const { messages, bytes, burstMs } = this.rate;
    return this.#messages >= most(messages, burstMs) && this.#bytes >= most(bytes, burstMs);
  }

  #fill(nowMs: number): void {
    const passedMs = nowMs - this.#atMs;
    if (passedMs <= 0) return;
    const { messages, bytes, burstMs } = this.rate;
    this.#atMs = nowMs;
    this.#messages = Math.min(most(messages, burstMs), this.#messages + (messages * passedMs) / SECOND_MS);
    this.#bytes = Math.min(most(bytes, burstMs), this.#bytes + (bytes * passedMs) / SECOND_MS);
  }
}

/** At least one message, whatever the burst. */
const most = (perSecond: number, burstMs: number): number => Math.max(1, (perSecond * burstMs) / SECOND_MS);

function until(has: number, needs: number, perSecond: number): number {
  return has >= needs ? 0 : Math.max(1, Math.ceil(((needs - has) * SECOND_MS) / perSecond));
}

/** Buckets that somebody draws on. Those that are full again are forgotten: how many there are is bounded by the traffic. */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>();
  #cleanAt = CLEAN_FROM;

  get size(): number {
    return this.#buckets.size;
  }

  of(key: string, rate: Rate, nowMs: number): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= this.#cleanAt) this.#clean(nowMs);
    const bucket = new Bucket(rate, nowMs);
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #clean(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key);
    this.#cleanAt = Math.max(CLEAN_FROM, this.#buckets.size * 2);
  }
}

const CLEAN_FROM = 1_024;

/** Whether what is published meets any. */
export const throttlesPublishes = ({ publish, tenants }: Throttles): boolean => publish.length > 0 || tenants.size > 0;

export function isFor(rule: ThrottleRule, scope: ThrottleRule['scope'], name: string, tenant: string): boolean {
  if (rule.scope !== scope || (rule.tenant !== null && rule.tenant !== tenant)) return false;
  return scope === 'topic' ? matches(rule.match, name) : rule.match === EVERYBODY || rule.match === name;
}

/** A pattern is one bucket for all of its topics. */
export const bucketKey = (at: number, rule: ThrottleRule, name: string, tenant: string): string =>
  `${at}\u0000${tenant}\u0000${rule.scope === 'topic' ? '' : name}`;
