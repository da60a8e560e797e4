// What lies in queues, counted as it comes and goes: for each tenant that has queues, and for all together. A message counts once
// in each of its queues, from its accept until it is settled, purged, expired or a dead letter; dead letters have bounds of their
// own. Invariant: each count is the sum over the rows (`checkUsage`).

import type { Queue } from './queue.ts';

export class Usage {
  /** In queues: ready, waiting or leased … */
  messages = 0;
  /** … and the bytes of their blocks. */
  bytes = 0;
  /** Of these, with consumers. */
  leased = 0;
  leasedBytes = 0;

  /** With no consumer. */
  get queued(): number {
    return this.messages - this.leased;
  }

  get queuedBytes(): number {
    return this.bytes - this.leasedBytes;
  }
}

export class TenantUsage extends Usage {
  readonly tenant: string;
  readonly #all: Usage;
  queues = 0;
  /** Volatile: queues that gave nothing because its consumers hold as much as they may together. */
  readonly held = new Set<Queue>();

  constructor(tenant: string, all: Usage) {
    super();
    this.tenant = tenant;
    this.#all = all;
  }

  /** They lie in a queue from now on; negative: no more. */
  add(messages: number, bytes: number): void {
    this.messages += messages;
    this.bytes += bytes;
    this.#all.messages += messages;
    this.#all.bytes += bytes;
  }

  /** They are with a consumer from now on; negative: no more. */
  lease(messages: number, bytes: number): void {
    this.leased += messages;
    this.leasedBytes += bytes;
    this.#all.leased += messages;
    this.#all.leasedBytes += bytes;
  }
}

export class Usages {
  readonly all = new Usage();
  readonly #tenants = new Map<string, TenantUsage>();

  get tenants(): ReadonlyMap<string, TenantUsage> {
    return this.#tenants;
  }

  of(tenant: string): TenantUsage | undefined {
    return this.#tenants.get(tenant);
  }

  /** A queue is there, with nothing in it. */
  join(queue: Queue): void {
    let usage = this.#tenants.get(queue.tenant);
    if (usage === undefined) {
      usage = new TenantUsage(queue.tenant, this.all);
      this.#tenants.set(queue.tenant, usage);
    }
    usage.queues += 1;
    queue.usage = usage;
  }

  /** A queue is gone, and what was in it was taken out of the counts. */
  leave(queue: Queue): void {
    const { usage } = queue;
    usage.queues -= 1;
    usage.held.delete(queue);
    if (usage.queues === 0) this.#tenants.delete(usage.tenant);
  }
}
