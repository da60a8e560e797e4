// Does what the answers name, one after the other, until a message of the queue has moved. An answer that is none, or that is
// the same again after what it names was done and moved nothing, is a lie.

import { DEAD, sequenceAt, statusAt } from '../../domain/entry-table.ts';
import type { Event } from '../../domain/event.ts';
import type { Sequence } from '../../domain/ids.ts';
import { why } from '../../usecase/explain.ts';
import { whyMessage } from '../../usecase/explain-message.ts';
import type { BrokerFixture } from '../fixtures/a-broker.ts';
import { Violation } from '../sim/audit/violation.ts';
import { Random } from '../sim/random.ts';
import { type Answer, intervene, mayFollow } from './interventions.ts';
import { aWorld, QUEUE } from './stuck-worlds.ts';

export type Explain = (broker: BrokerFixture) => Answer;

export const explained: Explain = (fixture) => {
  const { state, journal, broker, nowMs } = fixture;
  return why(state, fixture.queue(QUEUE), journal, broker.bodies, nowMs);
};

/** As many different things may be in a queue's way at a time, and before one message of it. */
const STEPS_MAX = 100;

const MOVES: ReadonlySet<string> = new Set(['leased', 'settled', 'expired', 'dead-lettered', 'queue-purged']);

/** How often a message of the queue, or this one, was given, taken out or ended. */
function moves(broker: BrokerFixture, sequence: Sequence | null): number {
  const { id } = broker.queue(QUEUE);
  const isOfIt = (event: Event): boolean => {
    if (!MOVES.has(event.type) || !('queue' in event) || event.queue !== id) return false;
    if (sequence === null || event.type === 'queue-purged') return true;
    if ('sequences' in event) return event.sequences.includes(sequence);
    return 'sequence' in event && event.sequence === sequence;
  };
  return broker.journal.events.filter(({ event }) => isOfIt(event)).length;
}

const movesOfAll = (broker: BrokerFixture): number =>
  broker.journal.events.filter(({ event }) => MOVES.has(event.type)).length;

/** The reasons that were told on the way, the first first; null for a world in which there was nothing to explain. */
export function actOnReasons(seed: number, explain: Explain = explained): string[] | null {
  const broker = aWorld(seed);
  return broker.queue(QUEUE).depth === 0 ? null : untilMoved(seed, broker, explain, null);
}

export const explainedMessage =
  (sequence: Sequence): Explain =>
  (fixture) => {
    const { state, journal, broker, nowMs } = fixture;
    const queue = fixture.queue(QUEUE);
    const told = whyMessage(state, queue, sequence, journal, broker.bodies, nowMs);
    if (told === null) throw new Violation('stalled', `message ${sequence} is there, and nothing is known of it`);
    return { ...told, queue: queue.name, tenant_id: queue.tenant };
  };

/** As `actOnReasons`, for one message of the queue, until that one moves. */
export function actOnMessage(
  seed: number,
  explain: (sequence: Sequence) => Explain = explainedMessage,
): string[] | null {
  const broker = aWorld(seed);
  const here = [...broker.queue(QUEUE).entries.places()].filter((place) => statusAt(place) !== DEAD).map(sequenceAt);
  if (here.length === 0) return null;
  const sequence = new Random(seed).pick(here);
  return untilMoved(seed, broker, explain(sequence), sequence);
}

function untilMoved(seed: number, begun: BrokerFixture, explain: Explain, sequence: Sequence | null): string[] {
  let broker = begun;
  const told: Answer[] = [];
  const before = moves(broker, sequence);
  let ofOthers = movesOfAll(broker);
  while (moves(broker, sequence) === before) {
    const answer = explain(broker);
    const last = told.at(-1);
    told.push(answer);
    const line = told.map(({ reason, detail }) => `${reason} (${detail})`).join(', then ');
    // Another message of the queue may have had to go first, or of another queue with the same consumers or bounds.
    const othersMoved = movesOfAll(broker) - ofOthers;
    ofOthers += othersMoved;
    if (last?.reason === answer.reason && othersMoved === 0 && !mayFollow(last, answer))
      throw new Violation('stalled', `seed ${seed}: acted on in vain: ${line}`);
    if (told.length > STEPS_MAX) throw new Violation('stalled', `seed ${seed}: one reason after the other: ${line}`);
    // What is before a message is the queue's to say.
    broker = intervene(broker, answer.reason === 'behind' ? explained(broker) : answer, seed);
  }
  return told.map(({ reason }) => reason);
}

export interface Acted {
  /** Worlds in which a message was stuck. */
  stuck: number;
  /** Of the first answers. */
  readonly reasons: Map<string, number>;
  /** Answers until something moved, at most. */
  longest: number;
}

/** Until so many stuck states have been seen. */
export function actOnMany(stuck: number, firstSeed: number, act: (seed: number) => string[] | null): Acted {
  const acted: Acted = { stuck: 0, reasons: new Map(), longest: 0 };
  for (let seed = firstSeed; acted.stuck < stuck; seed += 1) {
    const [first, ...then] = act(seed) ?? [];
    if (first === undefined || first === 'dispatching') continue;
    acted.stuck += 1;
    acted.longest = Math.max(acted.longest, 1 + then.length);
    acted.reasons.set(first, (acted.reasons.get(first) ?? 0) + 1);
  }
  return acted;
}
