// The deliveries of followed messages that are out.

import type { SessionId } from '../../domain/ids.ts';
import { timeOf } from './earlier-steps.ts';
import type { Followed, TrackedCopy } from './followed-messages.ts';
import type { Names } from './names.ts';

export interface HeldLease {
  readonly copy: TrackedCopy;
  readonly followed: Followed;
  readonly session: SessionId;
  readonly deadlineMs: number;
}

export class HeldLeases {
  readonly #names: Names;
  readonly #out = new Map<number, HeldLease>();

  constructor(names: Names) {
    this.#names = names;
  }

  get(delivery: number): HeldLease | undefined {
    return this.#out.get(delivery);
  }

  [Symbol.iterator](): Iterator<[number, HeldLease]> {
    return this.#out.entries();
  }

  /** Gives what is told of the lease. Also for one that is out already, with another deadline. */
  hold(delivery: number, held: HeldLease): object {
    const { copy, session, deadlineMs } = held;
    const consumer_id = copy.lease?.consumer_id ?? this.#names.consumer(session);
    copy.lease = { consumer_id, delivery_id: `${delivery}`, until: timeOf(deadlineMs) };
    this.#out.set(delivery, held);
    return copy.lease;
  }

  /** The lease, if one is out, is over. */
  free(copy: TrackedCopy): void {
    if (copy.lease !== null) this.#out.delete(Number(copy.lease.delivery_id));
    copy.lease = null;
    copy.retry_at = null;
    copy.due_at = null;
  }
}
