// The consumers that an operator paused or drains: by id, so that a reconnect or a restart changes nothing. Few, and bounded.

import type { Steering } from './consumer-event.ts';
import { queueKey } from './queue.ts';

export interface SteeredConsumer {
  /** Grows with each one that is added: pages go by it. */
  readonly id: number;
  readonly tenant: string;
  readonly consumer: string;
  readonly steering: Exclude<Steering, 'running'>;
}

export class SteeredConsumers {
  readonly #byId = new Map<number, SteeredConsumer>();
  readonly #ids = new Map<string, number>();
  #nextId = 1;

  get size(): number {
    return this.#byId.size;
  }

  /** In the order in which they were first steered. */
  get all(): ReadonlyMap<number, SteeredConsumer> {
    return this.#byId;
  }

  of(tenant: string, consumer: string): Steering {
    if (this.#byId.size === 0) return 'running';
    const id = this.#ids.get(queueKey(tenant, consumer));
    return id === undefined ? 'running' : (this.#byId.get(id)?.steering ?? 'running');
  }

  set(tenant: string, consumer: string, steering: Steering): void {
    const key = queueKey(tenant, consumer);
    const known = this.#ids.get(key);
    if (steering === 'running') {
      if (known === undefined) return;
      this.#ids.delete(key);
      this.#byId.delete(known);
      return;
    }
    const id = known ?? this.#nextId;
    if (known === undefined) this.#nextId += 1;
    this.#ids.set(key, id);
    this.#byId.set(id, { id, tenant, consumer, steering });
  }
}
