// The messages that are followed, and what was learned of them. Bounded: so many messages, and so many steps of each;
// what is beyond is counted, each message once.

import { handOvers } from '../../domain/hand-overs.ts';
import type { QueueId } from '../../domain/ids.ts';
import type { DeadLetter } from '../../domain/queue.ts';
import type { Biography, Copy, CopyState, Step } from './biography.ts';
import { type EarlierCopy, shownLetter } from './earlier-steps.ts';

const MESSAGES_MAX = 1_000;
const STEPS_MAX = 1_000;
/** Of those that are left out: beyond that their number is not told any more. */
const LEFT_OUT_MAX = 1_000_000;

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** A message in one of its queues. */
export interface TrackedCopy {
  readonly id: QueueId;
  readonly queue: string;
  readonly tenant_id: string;
  state: CopyState;
  unknown: string | null;
  attempts: number;
  returned: number;
  /** False: it was counted before anything was known of it. */
  isCounted: boolean;
  lease: Copy['lease'];
  retry_at: string | null;
  due_at: string | null;
  /** Also once the dead letter is purged or moved. */
  letter: DeadLetter | null;
}

export interface Followed {
  readonly told: Mutable<Omit<Biography, 'queues' | 'steps' | 'earlier'>>;
  readonly steps: Step[];
  readonly copies: Map<QueueId, TrackedCopy>;
  earlier: readonly EarlierCopy[];
}

export class FollowedMessages {
  readonly #id: string;
  readonly #bySequence = new Map<number, Followed>();
  /** Messages of the id that are not followed, as there are too many. */
  readonly leftOut = new Set<number>();

  constructor(id: string) {
    this.#id = id;
  }

  get(sequence: number): Followed | undefined {
    return this.#bySequence.get(sequence);
  }

  [Symbol.iterator](): Iterator<Followed> {
    return this.#bySequence.values();
  }

  get sequences(): readonly number[] {
    return [...this.#bySequence.keys()];
  }

  /** Null where there are too many. */
  follow(sequence: number): Followed | null {
    const known = this.#bySequence.get(sequence);
    if (known !== undefined) return known;
    if (this.#bySequence.size >= MESSAGES_MAX) {
      if (this.leftOut.size < LEFT_OUT_MAX) this.leftOut.add(sequence);
      return null;
    }
    const followed: Followed = {
      told: {
        message_id: this.#id,
        sequence,
        topic: null,
        bytes: null,
        trace_context: null,
        accepted_at: null,
        position: null,
        steps_left_out: 0,
      },
      steps: [],
      copies: new Map(),
      earlier: [],
    };
    this.#bySequence.set(sequence, followed);
    return followed;
  }

  get biographies(): readonly Biography[] {
    return [...this.#bySequence.values()]
      .filter(({ copies }) => copies.size > 0)
      .map(({ told, steps, copies, earlier }) => ({
        ...told,
        queues: [...copies.values()].map(shownCopy),
        steps: [...steps],
        earlier,
      }))
      .sort((a, b) => a.sequence - b.sequence);
  }
}

export function addStep({ told, steps }: Followed, step: Step): void {
  steps.push(step);
  if (steps.length <= STEPS_MAX) return;
  steps.shift();
  told.steps_left_out += 1;
}

/** What was not told of it is unknown. */
export const newCopy = (id: QueueId, queue: string, tenant_id: string, unknown: string | null): TrackedCopy => ({
  id,
  queue,
  tenant_id,
  state: unknown === null ? 'ready' : 'unknown',
  unknown,
  attempts: 0,
  returned: 0,
  isCounted: unknown === null,
  lease: null,
  retry_at: null,
  due_at: null,
  letter: null,
});

function shownCopy({
  queue,
  tenant_id,
  state,
  unknown,
  isCounted,
  lease,
  retry_at,
  due_at,
  ...counted
}: TrackedCopy): Copy {
  const { returned, letter } = counted;
  const { deliveries, failed } = handOvers({ ...counted, isOut: state === 'leased' || state === 'settled' });
  return {
    queue,
    tenant_id,
    state,
    unknown: state === 'unknown' ? unknown : null,
    attempts: isCounted ? failed : null,
    returned: isCounted ? returned : null,
    deliveries: isCounted ? deliveries : null,
    lease,
    retry_at,
    due_at,
    dead_letter: state === 'dead_letter' && letter !== null ? shownLetter(letter) : null,
  };
}
