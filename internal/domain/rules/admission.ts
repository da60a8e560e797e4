// Admission: whether there is room for a message that is otherwise fine, in all of its queues or in none.

import type { Refusal } from '../effect.ts';
import type { RouteMatch } from '../route-index.ts';
import type { State } from '../state.ts';

/** What an accepted message costs in the journal beside its block. */
const ROW_BYTES = 16;
/** Of a group, beside its blocks. */
const OWN_MARGIN_BYTES = 8 * 1024;
const STORAGE_RETRY_MS = 1_000;
/** An operator works in seconds. */
const DRAINING_RETRY_MS = 5_000;

/** For one command: what it was given counts against what is left. */
export class Admission {
  readonly #state: State;
  #free: number;

  constructor(state: State) {
    this.#state = state;
    this.#free = state.freeBytes;
  }

  /** `bytes`: of its block and of its traits in the journal. Null: it is admitted. */
  take(match: RouteMatch, bytes: number): Refusal | null {
    return this.#draining(match) ?? this.#storage(bytes);
  }

  /** What the broker adds of its own never comes out of what is kept back for settlements. */
  isShort(bytes: number): boolean {
    return this.#free < bytes + ROW_BYTES + OWN_MARGIN_BYTES;
  }

  /** A message that one of its queues would lack is not taken. */
  #draining({ queues }: RouteMatch): Refusal | null {
    const { drainingQueues } = this.#state;
    if (drainingQueues.size === 0) return null;
    const id = queues.find((queue) => drainingQueues.has(queue));
    if (id === undefined) return null;
    const detail = `queue "${this.#state.queues.get(id)?.name}" takes nothing new: an operator drains it`;
    return { code: 'QUEUE_DRAINING', detail, retryAfterMs: DRAINING_RETRY_MS };
  }

  #storage(bytes: number): Refusal | null {
    const needed = bytes + ROW_BYTES;
    // Short room alone means that a segment is being prepared: the reserve bridges that.
    if (this.#state.storageBlocked && this.#free < needed) {
      const detail = 'no room is left on the disk beyond the reserve for settlements';
      return { code: 'STORAGE_FULL', detail, retryAfterMs: STORAGE_RETRY_MS };
    }
    this.#free -= needed;
    return null;
  }
}
