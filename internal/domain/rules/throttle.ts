// Throttles: how fast messages may come, by topic, tenant and producer, and how fast they go to a consumer. A decision promises, and
// takes what it has promised when its events have been applied.

import type { Publish } from '../command.ts';
import type { Refusal } from '../effect.ts';
import { NO_PRODUCER } from '../ids.ts';
import type { Session } from '../session.ts';
import type { State } from '../state.ts';
import { type Bucket, bucketKey, EVERYBODY, isFor, type ThrottleRule, throttlesPublishes } from '../throttles.ts';

interface Promised {
  readonly rule: ThrottleRule;
  messages: number;
  bytes: number;
}

/** Publishes of one command. */
export class PublishThrottle {
  readonly #state: State;
  readonly #tenant: string;
  readonly #nowMs: number;
  /** All of it goes or nothing: it counts as one, and what is larger than a burst goes when the bucket is full. */
  readonly #isWhole: boolean;
  readonly #promised = new Map<Bucket, Promised>();
  /** Those of the whole command, and those of the topic that was looked at last. */
  readonly #always: readonly Bucket[];
  #ofTopic: readonly Bucket[] = [];
  /** Of this topic: what may be taken without a look at each bucket, and what was, and is not promised yet. */
  #freeMessages = 0;
  #freeBytes = 0;
  #runMessages = 0;
  #runBytes = 0;
  #topic: string | null = null;

  private constructor(state: State, { tenant, producer, peer, atomic = false }: Publish, nowMs: number) {
    this.#state = state;
    this.#tenant = tenant;
    this.#nowMs = nowMs;
    this.#isWhole = atomic;
    const name = producer === NO_PRODUCER ? `connection ${peer}` : `${producer}`;
    this.#always = [...this.#ofTenant(), ...this.#buckets('tenant', tenant), ...this.#buckets('producer', name)];
  }

  /** Null where nothing is throttled. */
  static of(state: State, command: Publish, nowMs: number): PublishThrottle | null {
    return throttlesPublishes(state.limits.quotas.throttles) ? new PublishThrottle(state, command, nowMs) : null;
  }

  /** Null: it may come now. */
  look(topic: string, bytes: number): Refusal | null {
    if (topic !== this.#topic) this.#turnTo(topic);
    if (this.#runMessages + 1 <= this.#freeMessages && this.#runBytes + bytes <= this.#freeBytes) return null;
    this.#promise();
    for (const buckets of [this.#always, this.#ofTopic]) {
      for (const bucket of buckets) {
        const { rule, messages, bytes: promisedBytes } = this.#promised.get(bucket) as Promised;
        const waitMs = this.#isWhole
          ? bucket.waitMs(this.#nowMs, messages + 1, promisedBytes + bytes, 0, 0)
          : bucket.waitMs(this.#nowMs, 1, bytes, messages, promisedBytes);
        if (waitMs > 0) return { code: 'THROTTLED', detail: rateText(rule), retryAfterMs: waitMs };
      }
    }
    return null;
  }

  /** What `look` has let pass comes. */
  take(bytes: number): void {
    this.#runMessages += 1;
    this.#runBytes += bytes;
  }

  #turnTo(topic: string): void {
    this.#promise();
    this.#topic = topic;
    this.#ofTopic = this.#buckets('topic', topic);
    this.#freeMessages = Number.POSITIVE_INFINITY;
    this.#freeBytes = Number.POSITIVE_INFINITY;
    for (const buckets of [this.#always, this.#ofTopic]) {
      for (const bucket of buckets) {
        const { messages, bytes } = this.#promised.get(bucket) as Promised;
        this.#freeMessages = Math.min(this.#freeMessages, bucket.messagesRoom(this.#nowMs) - messages);
        this.#freeBytes = Math.min(this.#freeBytes, bucket.bytesRoom(this.#nowMs) - bytes);
      }
    }
  }

  /** The buckets hear of the messages of a run together. */
  #promise(): void {
    if (this.#runMessages === 0) return;
    for (const buckets of [this.#always, this.#ofTopic]) {
      for (const bucket of buckets) {
        const promised = this.#promised.get(bucket) as Promised;
        promised.messages += this.#runMessages;
        promised.bytes += this.#runBytes;
      }
    }
    this.#freeMessages -= this.#runMessages;
    this.#freeBytes -= this.#runBytes;
    this.#runMessages = 0;
    this.#runBytes = 0;
  }

  /** When the events have been applied. */
  settle(): void {
    this.#promise();
    for (const [bucket, { messages, bytes }] of this.#promised)
      if (messages > 0) bucket.take(this.#nowMs, messages, bytes);
  }

  #buckets(scope: ThrottleRule['scope'], name: string): readonly Bucket[] {
    const found: Bucket[] = [];
    for (const [at, rule] of this.#state.limits.quotas.throttles.publish.entries()) {
      if (!isFor(rule, scope, name, this.#tenant)) continue;
      found.push(this.#bucket(bucketKey(at, rule, name, this.#tenant), rule));
    }
    return found;
  }

  #bucket(key: string, rule: ThrottleRule): Bucket {
    const bucket = this.#state.buckets.of(key, rule.rate, this.#nowMs);
    if (!this.#promised.has(bucket)) this.#promised.set(bucket, { rule, messages: 0, bytes: 0 });
    return bucket;
  }

  /** Of its quota. */
  #ofTenant(): readonly Bucket[] {
    const { tenants } = this.#state.limits.quotas.throttles;
    const tenant = this.#tenant;
    const rate = tenants.get(tenant) ?? tenants.get(EVERYBODY);
    if (rate === undefined) return [];
    return [this.#bucket(`of ${tenant}`, { scope: 'tenant', match: tenant, tenant, rate })];
  }
}

function rateText({ scope, match, rate }: ThrottleRule): string {
  const { messages, bytes } = rate;
  const parts = [
    ...(Number.isFinite(messages) ? [`${messages} messages`] : []),
    ...(Number.isFinite(bytes) ? [`${bytes} bytes`] : []),
  ];
  return `the throttle of ${scope} "${match}" lets ${parts.join(' and ')} pass in a second`;
}

/** The bucket of a consumer: the first rule that is for it counts. Null without one. */
export function consumerBucket(state: State, session: Session, nowMs: number): Bucket | null {
  const throttle = session.throttle === undefined ? throttleOf(state, session) : session.throttle;
  session.throttle = throttle;
  return throttle === null ? null : state.buckets.of(throttle.key, throttle.rate, nowMs);
}

function throttleOf(state: State, { tenant, consumer }: Session): NonNullable<Session['throttle']> | null {
  const rules = state.limits.quotas.throttles.deliver;
  const at = rules.findIndex((rule) => isFor(rule, 'consumer', consumer, tenant));
  const rule = rules[at];
  return rule === undefined ? null : { key: `to ${bucketKey(at, rule, consumer, tenant)}`, rate: rule.rate };
}

/** Volatile: a consumer that has had what it may have has no room until its bucket fills again. */
export function holdThrottled(state: State, session: Session, nowMs: number): void {
  const bucket = consumerBucket(state, session, nowMs);
  if (bucket === null || bucket.room(nowMs) >= 1) return;
  session.throttledUntilMs = nowMs + Math.max(1, bucket.waitMs(nowMs, 1, 1, 0, 0));
  state.throttled.add(session);
}

/** Their time has come. */
export function releaseThrottled(state: State, nowMs: number): void {
  for (const session of state.throttled) {
    if (session.throttledUntilMs > nowMs) continue;
    session.throttledUntilMs = 0;
    state.throttled.delete(session);
    state.wake(session.queues);
  }
}

/** When the first of them comes. */
export function nextThrottledMs(state: State): number {
  let next = Number.POSITIVE_INFINITY;
  for (const session of state.throttled) next = Math.min(next, session.throttledUntilMs);
  return next;
}
