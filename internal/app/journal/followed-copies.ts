// What happens to followed messages in their queues: a copy goes on, ends, or is told to have been there, and each is a step of
// its message's life.

import type { QueueId } from '../../domain/ids.ts';
import type { CopyState, Step, StepName } from './biography.ts';
import { addStep, type Followed, FollowedMessages, newCopy, type TrackedCopy } from './followed-messages.ts';
import { HeldLeases } from './held-leases.ts';
import type { Names } from './names.ts';
import { isGone, NOT_TOLD } from './stand.ts';

/** Where in the journal something happened, and when. */
export interface Moment {
  readonly at: string;
  readonly position: number;
}

interface CopiesOptions {
  readonly id: string;
  readonly names: Names;
  /** Which queues are asked for. */
  readonly wants: (queue: QueueId) => boolean;
}

export class FollowedCopies {
  readonly messages: FollowedMessages;
  readonly leases: HeldLeases;
  readonly #names: Names;
  readonly #wants: CopiesOptions['wants'];

  constructor({ id, names, wants }: CopiesOptions) {
    this.messages = new FollowedMessages(id);
    this.leases = new HeldLeases(names);
    this.#names = names;
    this.#wants = wants;
  }

  /** The copy in this queue; `unknown`: why nothing is known of it, where it is met for the first time. */
  of(followed: Followed, queue: QueueId, unknown: string | null): TrackedCopy {
    const known = followed.copies.get(queue);
    if (known !== undefined) return known;
    const copy = newCopy(queue, this.nameOf(queue), this.#names.queue(queue)?.tenant ?? '', unknown);
    followed.copies.set(queue, copy);
    return copy;
  }

  nameOf(queue: QueueId): string {
    return this.#names.queue(queue)?.name ?? `#${queue}`;
  }

  /** Of those that are followed. One whose accept is gone is known to be in a queue by what happens to it there. */
  moved(queue: QueueId, sequences: readonly number[], move: (followed: Followed, copy: TrackedCopy) => void): boolean {
    let moved = false;
    for (const sequence of sequences) {
      const followed = this.messages.get(sequence);
      if (followed === undefined || !this.#wants(queue)) continue;
      move(followed, this.of(followed, queue, NOT_TOLD));
      moved = true;
    }
    return moved;
  }

  gone(
    queue: QueueId,
    sequences: readonly number[],
    end: Extract<CopyState, StepName>,
    facts: object,
    moment: Moment,
  ): boolean {
    return this.moved(queue, sequences, (followed, copy) => {
      if (!isGone(copy.state)) this.end(followed, copy, end, end, moment, facts);
    });
  }

  /** Its lease, if it has one, is over. */
  end(
    followed: Followed,
    copy: TrackedCopy,
    state: CopyState,
    event: StepName,
    moment: Moment,
    facts: object = {},
  ): Step {
    const { lease } = copy;
    this.leases.free(copy);
    copy.state = state;
    const holder = lease === null ? {} : { consumer_id: lease.consumer_id, delivery_id: lease.delivery_id };
    return this.step(followed, copy, event, moment, { ...holder, ...facts });
  }

  step(followed: Followed, copy: TrackedCopy | null, event: StepName, moment: Moment, facts: object): Step {
    const step: Step = { ...moment, event, queue: copy?.queue ?? null, tenant_id: copy?.tenant_id ?? null, ...facts };
    addStep(followed, step);
    return step;
  }
}
