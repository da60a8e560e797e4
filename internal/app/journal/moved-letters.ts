// Recognises a replay of dead letters into another queue. The journal tells it as what it consists of, back to back in one
// decision: for each message a new one that is accepted, dead-lettered with the old history and redriven; then the old
// ones purged, queue by queue. Both in the order of the request, so that the first that goes is the first that came.

import type { Event } from '../../domain/event.ts';
import { NO_PRODUCER, type QueueId } from '../../domain/ids.ts';

interface Arrived {
  readonly queue: QueueId;
  readonly sequence: number;
}

export type Move =
  /** This message came from a dead letter that will be named. */
  | { readonly type: 'arrived' }
  /** What became of dead letters that went, by their numbers. */
  | { readonly type: 'left'; readonly to: ReadonlyMap<number, Arrived> };

type Stage = Arrived & { readonly is: 'accepted' | 'dead' };

export class MovedLetters {
  #stage: Stage | null = null;
  #arrived: Arrived[] = [];

  /** Each event once, in order; null for one that is no such move. */
  see(event: Event): Move | null {
    const stage = this.#stage;
    this.#stage = null;
    switch (event.type) {
      case 'accepted': {
        if (stage !== null) this.#arrived = [];
        this.#stage = acceptedAlone(event);
        break;
      }
      case 'dead-lettered': {
        const isNext = stage?.is === 'accepted' && isOf(stage, event.queue, event.sequence);
        // By hand, and yet by nobody: so it was made only to be replayed.
        if (isNext && event.cause === 'manual' && event.operator === null) this.#stage = { ...stage, is: 'dead' };
        break;
      }
      case 'redriven': {
        const [sequence = 0, ...others] = event.sequences;
        if (stage?.is !== 'dead' || others.length > 0 || !isOf(stage, event.queue, sequence)) break;
        this.#arrived.push({ queue: stage.queue, sequence: stage.sequence });
        return { type: 'arrived' };
      }
      case 'dead-letters-purged': {
        if (stage !== null || this.#arrived.length === 0) break;
        const to = this.#arrived.splice(0, event.sequences.length);
        return { type: 'left', to: new Map(to.map((one, index) => [event.sequences[index] as number, one])) };
      }
      default:
    }
    if (this.#stage === null) this.#arrived = [];
    return null;
  }
}

/** A message of nobody, into one queue. */
function acceptedAlone(event: Extract<Event, { readonly type: 'accepted' }>): Stage | null {
  const [queue, ...others] = event.sets[0] ?? [];
  if (event.producer !== NO_PRODUCER || event.lengths.length !== 1 || queue === undefined || others.length > 0) {
    return null;
  }
  return { is: 'accepted', queue, sequence: event.firstSequence };
}

const isOf = (stage: Stage, queue: QueueId, sequence: number): boolean =>
  stage.queue === queue && stage.sequence === sequence;
