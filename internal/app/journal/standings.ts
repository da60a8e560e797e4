// How messages stood in their queues when a checkpoint was taken: who died, who waits for another attempt, who is held by
// whom, and what they were counted with. By the checkpoint alone, as a start of the broker reads it.

import type { AttemptRecord } from '../../domain/event.ts';
import { asQueueId, asSessionId, type QueueId, type SessionId } from '../../domain/ids.ts';
import type { DeadLetter } from '../../domain/queue.ts';
import { type CapturedQueue, LEASE_NUMBERS, RETRY_NUMBERS } from '../../usecase/checkpoint/capture.ts';
import type { DecodedCapture } from '../../usecase/checkpoint/codec.ts';

export interface StoodLease {
  readonly delivery: number;
  readonly session: SessionId;
  readonly deadlineMs: number;
}

export interface Standing {
  readonly attempts: number;
  readonly returned: number;
  readonly lease: StoodLease | null;
  /** Null for one that does not wait for it. */
  readonly retryAtMs: number | null;
  readonly letter: DeadLetter | null;
  readonly history: readonly AttemptRecord[];
}

/** A message in a queue. */
export interface Place {
  readonly queue: QueueId;
  readonly sequence: number;
}

type Learned = Partial<Standing>;

/** In the order of the places; null for one that was not in its queue any more. Each place must once have been true. */
export function standingsOf(capture: DecodedCapture, places: readonly Place[]): readonly (Standing | null)[] {
  const wanted = new Map<number, Map<number, Learned>>();
  for (const { queue, sequence } of places) {
    wanted.set(queue, (wanted.get(queue) ?? new Map<number, Learned>()).set(sequence, {}));
  }
  const learn = (queue: number, sequence: number, what: Learned): void => {
    const known = wanted.get(queue)?.get(sequence);
    if (known !== undefined) wanted.get(queue)?.set(sequence, { ...known, ...what });
  };
  const queues = new Map<number, CapturedQueue>(capture.queues.map((queue) => [queue.id, queue]));
  for (const id of wanted.keys()) {
    const { counts = [], dead = [], histories = [] } = queues.get(id) ?? {};
    for (let at = 0; at < counts.length; at += 3) {
      learn(id, counts[at] as number, { attempts: counts[at + 1] as number, returned: counts[at + 2] as number });
    }
    for (const [sequence, letter] of dead) learn(id, sequence, { letter, history: letter.history });
    for (const [sequence, history] of histories) learn(id, sequence, { history });
  }
  const { leases, retries } = capture;
  for (let at = 0; at < leases.length; at += LEASE_NUMBERS) {
    const [delivery, queue, sequence, session, deadlineMs] = leases.subarray(at, at + LEASE_NUMBERS);
    const lease = {
      delivery: delivery as number,
      session: asSessionId(session as number),
      deadlineMs: deadlineMs as number,
    };
    learn(queue as number, sequence as number, { lease });
  }
  // Of a message that went on since, the heap may still hold what it waited for before.
  for (let at = 0; at < retries.length; at += RETRY_NUMBERS) {
    const [atMs = 0, queue = 0, sequence = 0, failed = 0] = retries.subarray(at, at + RETRY_NUMBERS);
    const known = wanted.get(asQueueId(queue))?.get(sequence);
    if (known !== undefined && (known.attempts ?? 0) === failed) learn(queue, sequence, { retryAtMs: atMs });
  }
  return places.map(({ queue, sequence }) => {
    if (!isIn(queues.get(queue)?.runs ?? [], sequence)) return null;
    const { attempts, returned, lease, retryAtMs, letter, history } = wanted.get(queue)?.get(sequence) ?? {};
    return {
      attempts: attempts ?? 0,
      returned: returned ?? 0,
      lease: lease ?? null,
      retryAtMs: lease === undefined && letter === undefined ? (retryAtMs ?? null) : null,
      letter: letter ?? null,
      history: history ?? [],
    };
  });
}

/** `runs`: first and last of each, in turn, ascending. */
function isIn(runs: readonly number[], sequence: number): boolean {
  let low = 0;
  let high = runs.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (sequence < (runs[middle * 2] as number)) high = middle - 1;
    else if (sequence > (runs[middle * 2 + 1] as number)) low = middle + 1;
    else return true;
  }
  return false;
}
