// The deliveries that are out: who holds which message until when. Kept in runs, as they were given out, and found in
// three ways: by delivery number (acks), by session (a consumer that goes), and by deadline (expiry). A message costs a
// place in two arrays; what it takes to find, link and expire is paid once for its run.

import { invariant } from './assert.ts';
import type { DeliveryId } from './ids.ts';
import { Lease, LeaseRun, type LeasesGiven } from './lease-run.ts';

export { Lease, type LeasesGiven } from './lease-run.ts';

/** Deadlines are looked at in steps of this size; a lease never ends early, and at most one step late. */
const BUCKET_MS = 64;
/** Runs that are over stay in the list until so many more of them have gathered than there are others. */
const OVER_KEPT = 64;

const bucketOf = (deadlineMs: number): number => Math.floor(deadlineMs / BUCKET_MS);

export class LeaseTable {
  /** In the order of their numbers. */
  #runs: LeaseRun[] = [];
  #over = 0;
  /** Runs that were mostly holes when somebody looked. Most of them are over soon: they wait until others are opened. */
  #thin: LeaseRun[] = [];
  /** Acks come in runs. */
  #recent: LeaseRun | null = null;
  #size = 0;
  /** Runs with a lease that ends in this bucket; also runs that had one, until somebody looks. */
  readonly #buckets = new Map<number, Set<LeaseRun>>();
  /** No bucket below this one is filled. */
  #lowest = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#size;
  }

  /** Takes messages that are handed over; their numbers were never given before. */
  open(given: LeasesGiven): void {
    for (const thin of this.#thin.splice(0)) if (thin.open > 0) this.#split(thin);
    const run = new LeaseRun(given);
    const last = this.#runs.at(-1);
    if (last === undefined || last.first < run.first) this.#runs.push(run);
    else this.#runs.splice(this.#indexOf(run.first) + 1, 0, run);
    this.#size += run.open;
    run.session.addRun(run);
    this.#enter(run, run.deadlineMs);
  }

  has(delivery: DeliveryId): boolean {
    return this.runOf(delivery) !== null;
  }

  get(delivery: DeliveryId): Lease | undefined {
    const run = this.runOf(delivery);
    return run === null ? undefined : new Lease(run, delivery - run.first);
  }

  /** The run in which this delivery is out, or null: for whoever looks at many in a row. */
  runOf(delivery: number): LeaseRun | null {
    const recent = this.#recent;
    if (recent?.has(delivery) === true) return recent;
    const run = this.#runs[this.#indexOf(delivery)];
    if (run === undefined || !run.has(delivery)) return null;
    this.#recent = run;
    return run;
  }

  *all(): Generator<Lease> {
    for (const run of this.#runs) yield* run.leases();
  }

  /** It is out no more. */
  end(delivery: DeliveryId): void {
    const run = this.runOf(delivery);
    invariant(run !== null, `delivery ${delivery} is out`);
    const at = delivery - run.first;
    run.sequences[at] = 0;
    run.open -= 1;
    this.#size -= 1;
    run.session.gaveBack(run.bytes[at] as number);
    if (run.open === 0) this.#drop(run);
    else if (run.becomesThin) this.#thin.push(run);
  }

  extend(delivery: DeliveryId, deadlineMs: number): void {
    const run = this.runOf(delivery);
    invariant(run !== null, `delivery ${delivery} is out`);
    run.extended ??= new Map();
    run.extended.set(delivery - run.first, deadlineMs);
    this.#enterAlso(run, deadlineMs);
  }

  /** What it takes of its consumer's window is another amount than was thought. */
  weigh(delivery: DeliveryId, bytes: number): void {
    const run = this.runOf(delivery);
    if (run === null) return;
    const at = delivery - run.first;
    run.session.inflightBytes += bytes - (run.bytes[at] as number);
    run.bytes[at] = bytes;
  }

  /** Moves all deadlines: the broker itself was away, or the wall clock stepped forward. */
  shift(byMs: number): void {
    this.#buckets.clear();
    this.#lowest = Number.POSITIVE_INFINITY;
    for (const run of this.#runs) {
      if (run.open === 0) continue;
      run.deadlineMs += byMs;
      this.#enter(run, run.deadlineMs);
      run.furtherBuckets = null;
      for (const [at, deadlineMs] of run.extended ?? []) {
        run.extended?.set(at, deadlineMs + byMs);
        this.#enterAlso(run, deadlineMs + byMs);
      }
    }
  }

  /** When there may be something to expire; Infinity without a lease. */
  get nextMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#lowest + 1) * BUCKET_MS;
  }

  /** Leases whose bucket has ended by `nowMs`, at most `most`, in the order of their buckets. */
  expired(nowMs: number, most: number): Lease[] {
    const due: Lease[] = [];
    const end = bucketOf(nowMs);
    if (this.#buckets.size === 0) this.#lowest = Number.POSITIVE_INFINITY;
    if (this.#lowest >= end) return due;
    let filled = end;
    for (const bucket of this.#bucketsBelow(end)) {
      if (due.length < most) this.#visit(bucket, due, most);
      if (filled === end && this.#buckets.has(bucket)) filled = bucket;
    }
    this.#lowest = filled;
    return due;
  }

  /** Those that are filled, in order. A long way is not walked step by step. */
  #bucketsBelow(end: number): number[] {
    const found: number[] = [];
    if (end - this.#lowest > this.#buckets.size) {
      for (const bucket of this.#buckets.keys()) if (bucket < end) found.push(bucket);
      return found.sort((a, b) => a - b);
    }
    for (let bucket = this.#lowest; bucket < end; bucket += 1) if (this.#buckets.has(bucket)) found.push(bucket);
    return found;
  }

  #visit(bucket: number, due: Lease[], most: number): void {
    const runs = this.#buckets.get(bucket);
    if (runs === undefined) return;
    for (const run of runs) {
      let found = false;
      for (const lease of run.leases()) {
        if (bucketOf(lease.deadlineMs) !== bucket) continue;
        found = true;
        if (due.length >= most) return;
        due.push(lease);
      }
      // All that ended here was settled or extended.
      if (found) continue;
      runs.delete(run);
      run.furtherBuckets?.delete(bucket);
    }
    if (runs.size === 0) this.#buckets.delete(bucket);
  }

  checkInvariants(): void {
    let seen = 0;
    let before = 0;
    for (const run of this.#runs) {
      invariant(run.first >= before, `runs are in the order of their numbers: ${run.first} after ${before}`);
      before = run.end;
      let open = 0;
      for (let at = 0; at < run.sequences.length; at += 1) {
        if (run.sequences[at] === 0) continue;
        open += 1;
        const bucket = bucketOf(run.deadlineOf(at));
        const isFound = bucket >= this.#lowest && this.#buckets.get(bucket)?.has(run) === true;
        if (isFound && this.runOf(run.first + at) === run) continue;
        invariant(false, `delivery ${run.first + at} is found by its number and its deadline, in bucket ${bucket}`);
      }
      invariant(open === run.open, `a run counts what is out: ${run.open}, seen ${open}`);
      seen += open;
    }
    invariant(seen === this.#size, `the table counts what is out: ${this.#size}, seen ${seen}`);
    for (const runs of this.#buckets.values())
      for (const run of runs) invariant(run.open > 0, `a run that is over has no deadline: from ${run.first}`);
  }

  /** Of the last run that begins at or before this number; -1 without one. */
  #indexOf(delivery: number): number {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if ((this.#runs[middle] as LeaseRun).first <= delivery) low = middle + 1;
      else high = middle - 1;
    }
    return high;
  }

  #enter(run: LeaseRun, deadlineMs: number): void {
    const bucket = bucketOf(deadlineMs);
    const runs = this.#buckets.get(bucket);
    if (runs === undefined) this.#buckets.set(bucket, new Set([run]));
    else runs.add(run);
    if (bucket < this.#lowest) this.#lowest = bucket;
  }

  /** Some of its leases have a deadline of their own. */
  #enterAlso(run: LeaseRun, deadlineMs: number): void {
    run.furtherBuckets ??= new Set();
    run.furtherBuckets.add(bucketOf(deadlineMs));
    this.#enter(run, deadlineMs);
  }

  #leave(run: LeaseRun, bucket: number): void {
    const runs = this.#buckets.get(bucket);
    if (runs?.delete(run) === true && runs.size === 0) this.#buckets.delete(bucket);
  }

  /** Puts what is left of a run in its place; nothing else changes. */
  #split(run: LeaseRun): void {
    const stretches = [...run.stretches()];
    this.#unlink(run);
    this.#runs.splice(this.#indexOf(run.first), 1, ...stretches);
    for (const stretch of stretches) {
      stretch.session.linkRun(stretch);
      this.#enter(stretch, stretch.deadlineMs);
      for (const deadlineMs of stretch.extended?.values() ?? []) this.#enterAlso(stretch, deadlineMs);
    }
  }

  #unlink(run: LeaseRun): void {
    run.session.removeRun(run);
    this.#leave(run, bucketOf(run.deadlineMs));
    for (const bucket of run.furtherBuckets ?? []) this.#leave(run, bucket);
    if (this.#recent === run) this.#recent = null;
  }

  #drop(run: LeaseRun): void {
    this.#unlink(run);
    this.#over += 1;
    if (this.#over > OVER_KEPT + this.#runs.length / 2) {
      this.#runs = this.#runs.filter(({ open }) => open > 0);
      this.#over = 0;
    }
  }
}
