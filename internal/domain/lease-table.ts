// The deliveries that are out: who holds which message until when. A lease is in three orders at once: by delivery
// id (acks), in its session's list (a consumer that goes), and in the bucket of its deadline (expiry); all O(1).

import { invariant } from './assert.ts';
import type { DeliveryId, Sequence } from './ids.ts';
import type { Queue } from './queue.ts';
import type { Session } from './session.ts';

/** Deadlines are looked at in steps of this size; a lease never ends early, and at most one step late. */
const BUCKET_MS = 64;

export class Lease {
  readonly delivery: DeliveryId;
  readonly queue: Queue;
  readonly sequence: Sequence;
  readonly session: Session;
  /** Of its consumer's window. */
  bytes: number;
  deadlineMs: number;
  /** Before any extension: tells when the message was handed over. */
  readonly firstDeadlineMs: number;
  previousOfSession: Lease | null = null;
  nextOfSession: Lease | null = null;
  previousInBucket: Lease | null = null;
  nextInBucket: Lease | null = null;

  constructor(
    delivery: DeliveryId,
    queue: Queue,
    sequence: Sequence,
    session: Session,
    bytes: number,
    deadlineMs: number,
  ) {
    this.delivery = delivery;
    this.queue = queue;
    this.sequence = sequence;
    this.session = session;
    this.bytes = bytes;
    this.deadlineMs = deadlineMs;
    this.firstDeadlineMs = deadlineMs;
  }
}

export class LeaseTable {
  readonly #byDelivery = new Map<DeliveryId, Lease>();
  readonly #buckets = new Map<number, Lease>();
  /** No bucket below this one is filled. */
  #lowest = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#byDelivery.size;
  }

  get(delivery: DeliveryId): Lease | undefined {
    return this.#byDelivery.get(delivery);
  }

  all(): IterableIterator<Lease> {
    return this.#byDelivery.values();
  }

  add(lease: Lease): void {
    this.#byDelivery.set(lease.delivery, lease);
    lease.session.addLease(lease);
    this.#enter(lease);
  }

  remove(lease: Lease): void {
    const known = this.#byDelivery.delete(lease.delivery);
    invariant(known, `delivery ${lease.delivery} is out`);
    lease.session.removeLease(lease);
    this.#leave(lease);
  }

  extend(lease: Lease, deadlineMs: number): void {
    this.#leave(lease);
    lease.deadlineMs = deadlineMs;
    this.#enter(lease);
  }

  /** Moves all deadlines: the broker itself was away, or the wall clock stepped forward. */
  shift(byMs: number): void {
    const leases = [...this.#byDelivery.values()];
    this.#buckets.clear();
    this.#lowest = Number.POSITIVE_INFINITY;
    for (const lease of leases) {
      lease.previousInBucket = null;
      lease.nextInBucket = null;
      lease.deadlineMs += byMs;
      this.#enter(lease);
    }
  }

  /** When there may be something to expire; Infinity without a lease. */
  get nextMs(): number {
    return this.#byDelivery.size === 0 ? Number.POSITIVE_INFINITY : (this.#lowest + 1) * BUCKET_MS;
  }

  /** Leases whose bucket has ended by `nowMs`, at most `most`, in the order of their buckets. */
  expired(nowMs: number, most: number): Lease[] {
    const due: Lease[] = [];
    const end = Math.floor(nowMs / BUCKET_MS);
    if (this.#buckets.size === 0) this.#lowest = Number.POSITIVE_INFINITY;
    if (this.#lowest >= end) return due;
    const keys = end - this.#lowest > this.#buckets.size ? [...this.#buckets.keys()].sort((a, b) => a - b) : null;
    const visit = (bucket: number): void => {
      for (
        let lease = this.#buckets.get(bucket) ?? null;
        lease !== null && due.length < most;
        lease = lease.nextInBucket
      ) {
        due.push(lease);
      }
    };
    if (keys !== null) {
      for (const bucket of keys) if (bucket < end && due.length < most) visit(bucket);
      this.#lowest = keys[0] ?? Number.POSITIVE_INFINITY;
    } else {
      while (this.#lowest < end && !this.#buckets.has(this.#lowest)) this.#lowest += 1;
      for (let bucket = this.#lowest; bucket < end && due.length < most; bucket += 1) visit(bucket);
    }
    return due;
  }

  checkInvariants(): void {
    let seen = 0;
    for (const [bucket, first] of this.#buckets) {
      invariant(bucket >= this.#lowest, `no bucket is below the lowest: ${bucket}, lowest ${this.#lowest}`);
      for (let lease: Lease | null = first; lease !== null; lease = lease.nextInBucket) {
        seen += 1;
        const own = Math.floor(lease.deadlineMs / BUCKET_MS);
        invariant(own === bucket, `a lease is in the bucket of its deadline: ${own}, found in ${bucket}`);
        const next: Lease | null = lease.nextInBucket;
        invariant(next === null || next.previousInBucket === lease, 'a bucket is linked both ways');
      }
    }
    invariant(seen === this.size, `each lease is in a bucket: ${seen} of ${this.size}`);
  }

  #enter(lease: Lease): void {
    const bucket = Math.floor(lease.deadlineMs / BUCKET_MS);
    const first = this.#buckets.get(bucket) ?? null;
    lease.nextInBucket = first;
    lease.previousInBucket = null;
    if (first !== null) first.previousInBucket = lease;
    this.#buckets.set(bucket, lease);
    if (bucket < this.#lowest) this.#lowest = bucket;
  }

  #leave(lease: Lease): void {
    const { previousInBucket, nextInBucket } = lease;
    if (nextInBucket !== null) nextInBucket.previousInBucket = previousInBucket;
    if (previousInBucket !== null) previousInBucket.nextInBucket = nextInBucket;
    else {
      const bucket = Math.floor(lease.deadlineMs / BUCKET_MS);
      if (nextInBucket === null) this.#buckets.delete(bucket);
      else this.#buckets.set(bucket, nextInBucket);
    }
    lease.previousInBucket = null;
    lease.nextInBucket = null;
  }
}
