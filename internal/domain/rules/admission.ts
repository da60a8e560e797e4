// Admission: whether there is room for a message that is otherwise fine, in all of its queues or in none.

import type { Publish, PublishMessage } from '../command.ts';
import type { Refusal } from '../effect.ts';
import type { RouteMatch } from '../route-index.ts';
import type { State } from '../state.ts';
import { QuotaRoom } from './quotas.ts';
import { shed } from './shedding.ts';
import { PublishThrottle } from './throttle.ts';

/** What an accepted message costs in the journal beside its block. */
const ROW_BYTES = 16;
/** Of a group beside its blocks, as for publishes that wait for room: more than that and small segments never have it. */
const OWN_MARGIN_BYTES = 4 * 1024;
const STORAGE_RETRY_MS = 1_000;
/** An operator works in seconds. */
const DRAINING_RETRY_MS = 5_000;

/** For one command: what it was given counts against what is left. */
export class Admission {
  readonly #state: State;
  readonly #quotas: QuotaRoom | null;
  readonly #throttle: PublishThrottle | null;
  #free: number;

  /** `command`: null for messages of the broker's own, which an operator has asked for and no quota bounds. */
  constructor(state: State, command: Publish | null = null, nowMs = 0) {
    this.#state = state;
    this.#free = state.freeBytes;
    this.#quotas = command === null ? null : QuotaRoom.of(state, command.tenant, command.atomic === true);
    this.#throttle = command === null ? null : PublishThrottle.of(state, command, nowMs);
  }

  /** `length`: of its block; `traitBytes`: of what the journal writes of its traits. Null: it is admitted. */
  take(match: RouteMatch, message: PublishMessage, length: number, traitBytes: number): Refusal | null {
    const places = match.queues.length;
    const refusal =
      this.#draining(match) ??
      this.#pressed(message, length) ??
      this.#quotas?.look(places, length * places) ??
      this.#storage(length + traitBytes);
    if (refusal !== null) return refusal;
    this.#quotas?.take(places, length * places);
    this.#throttle?.take(length);
    return null;
  }

  /** The same for a message of the broker's own. */
  takeOwn(match: RouteMatch, length: number): Refusal | null {
    return this.#draining(match) ?? this.#storage(length);
  }

  /** What is given to subscribers alone, or to whoever waits for a reply, lies nowhere. */
  takeFanout(message: PublishMessage, length: number): Refusal | null {
    const refusal = this.#pressed(message, length);
    if (refusal === null) this.#throttle?.take(length);
    return refusal;
  }

  /** When the events have been applied. */
  settle(): void {
    this.#throttle?.settle();
  }

  #pressed({ topic, traits }: PublishMessage, length: number): Refusal | null {
    return shed(this.#state, traits?.priority ?? '') ?? this.#throttle?.look(topic, length) ?? null;
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
