// The recurring schedules by number and by name, and which of them are due. The durable half changes by evolve alone; what is due
// is volatile, and follows from it.

import type { Cron } from './cron.ts';
import { asCronId, asQueueId, asSequence, type CronId } from './ids.ts';
import { TimeHeap } from './time-heap.ts';

const keyOf = (tenant: string, name: string): string => `${tenant}\u0000${name}`;

export class CronTable {
  /** The number of the next one. */
  nextId: CronId = asCronId(1);
  /** Of all bodies. */
  bytes = 0;
  readonly #byId = new Map<CronId, Cron>();
  readonly #byName = new Map<string, CronId>();
  /** The number of a schedule stands where those of messages stand elsewhere. Items that a change left behind are stale. */
  readonly #fires = new TimeHeap();
  /** When each is looked at; later than its time only while it waits for room on the disk. */
  readonly #armedMs = new Map<CronId, number>();
  #due: CronId[] = [];

  get all(): ReadonlyMap<CronId, Cron> {
    return this.#byId;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: CronId): Cron | undefined {
    return this.#byId.get(id);
  }

  named(tenant: string, name: string): Cron | undefined {
    const id = this.#byName.get(keyOf(tenant, name));
    return id === undefined ? undefined : this.#byId.get(id);
  }

  /** Declared, or changed by what happened to it. */
  put(cron: Cron): void {
    const { id, tenant, name, body, paused, nextMs } = cron;
    this.bytes += body.length - (this.#byId.get(id)?.body.length ?? 0);
    this.#byId.set(id, cron);
    this.#byName.set(keyOf(tenant, name), id);
    this.nextId = asCronId(Math.max(this.nextId, id + 1));
    this.arm(id, paused ? 0 : nextMs);
  }

  remove(id: CronId): void {
    const cron = this.#byId.get(id);
    if (cron === undefined) return;
    this.bytes -= cron.body.length;
    this.#byId.delete(id);
    this.#byName.delete(keyOf(cron.tenant, cron.name));
    this.arm(id, 0);
  }

  /** It is looked at then; 0: not. Volatile. */
  arm(id: CronId, atMs: number): void {
    if (this.#armedMs.get(id) === atMs) return;
    if (this.#armedMs.has(id)) this.#fires.stale += 1;
    if (atMs === 0) this.#armedMs.delete(id);
    else {
      this.#armedMs.set(id, atMs);
      this.#fires.push({ atMs, queue: asQueueId(0), sequence: asSequence(id) });
    }
    if (this.#fires.wantsCleaning) this.#fires.clean((item) => this.#isArmed(asCronId(item.sequence), item.atMs));
  }

  /** 0 while some are due. */
  get nextMs(): number {
    return this.#due.length > 0 ? 0 : this.#fires.nextMs;
  }

  /** Those whose time has come, for the next tick. */
  noteDue(nowMs: number): void {
    for (let item = this.#fires.takeDue(nowMs); item !== null; item = this.#fires.takeDue(nowMs)) {
      const id = asCronId(item.sequence);
      if (!this.#isArmed(id, item.atMs)) continue;
      this.#armedMs.delete(id);
      this.#due.push(id);
    }
  }

  /** In the order of their times. */
  get due(): readonly CronId[] {
    return this.#due;
  }

  /** The first `count` were looked at. */
  looked(count: number): void {
    this.#due = this.#due.slice(count);
  }

  #isArmed(id: CronId, atMs: number): boolean {
    return this.#armedMs.get(id) === atMs;
  }
}
