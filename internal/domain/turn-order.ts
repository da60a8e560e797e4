// Queues that may have something to hand over, in the order in which they are asked: tenants take turns, and so do the queues of
// each. With one tenant it is a line.

import type { Queue } from './queue.ts';

export class TurnOrder implements Iterable<Queue> {
  readonly #tenants = new Map<string, Set<Queue>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(queue: Queue): boolean {
    return this.#tenants.get(queue.tenant)?.has(queue) === true;
  }

  /** At the end of its tenant's line, unless it stands in it. */
  add(queue: Queue): void {
    const line = this.#tenants.get(queue.tenant);
    if (line === undefined) this.#tenants.set(queue.tenant, new Set([queue]));
    else if (line.has(queue)) return;
    else line.add(queue);
    this.#size += 1;
  }

  delete(queue: Queue): void {
    const line = this.#tenants.get(queue.tenant);
    if (line?.delete(queue) !== true) return;
    this.#size -= 1;
    if (line.size === 0) this.#tenants.delete(queue.tenant);
  }

  clear(): void {
    this.#tenants.clear();
    this.#size = 0;
  }

  /** The first queue of the tenant whose turn it is, which goes to the end of the tenants; undefined where there is none. */
  take(): Queue | undefined {
    for (const [tenant, line] of this.#tenants) {
      for (const queue of line) {
        line.delete(queue);
        this.#size -= 1;
        if (line.size === 0 || this.#tenants.size > 1) this.#tenants.delete(tenant);
        if (line.size > 0) this.#tenants.set(tenant, line);
        return queue;
      }
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<Queue> {
    for (const line of this.#tenants.values()) yield* line;
  }
}
