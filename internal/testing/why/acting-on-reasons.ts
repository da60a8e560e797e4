// Does what the answers name, one after the other, until a message of the queue has moved. An answer that is none, or that is
// the same again after what it names was done and moved nothing, is a lie.

import { type Why, why } from '../../usecase/explain.ts';
import type { BrokerFixture } from '../fixtures/a-broker.ts';
import { Violation } from '../sim/audit/violation.ts';
import { intervene, mayRepeat } from './interventions.ts';
import { aWorld, QUEUE } from './stuck-worlds.ts';

export type Explain = (broker: BrokerFixture) => Why;

export const explained: Explain = (fixture) => {
  const { state, journal, broker, nowMs } = fixture;
  return why(state, fixture.queue(QUEUE), journal, broker.bodies, nowMs);
};

/** As many different things may be in a message's way at a time. */
const STEPS_MAX = 40;

const MOVES: ReadonlySet<string> = new Set(['leased', 'settled', 'expired', 'dead-lettered', 'queue-purged']);

/** How often a message of the queue was given, taken out or ended. */
function moves(broker: BrokerFixture): number {
  const { id } = broker.queue(QUEUE);
  return broker.journal.events.filter(({ event }) => MOVES.has(event.type) && 'queue' in event && event.queue === id)
    .length;
}

/** The reasons that were told on the way, the first first; null for a world in which there was nothing to explain. */
export function actOnReasons(seed: number, explain: Explain = explained): string[] | null {
  let broker = aWorld(seed);
  if (broker.queue(QUEUE).depth === 0) return null;
  const told: Why[] = [];
  const before = moves(broker);
  while (moves(broker) === before) {
    const answer = explain(broker);
    const last = told.at(-1);
    told.push(answer);
    const line = told.map(({ reason, detail }) => `${reason} (${detail})`).join(', then ');
    if (last?.reason === answer.reason && (!mayRepeat(answer) || last.detail === answer.detail))
      throw new Violation('stalled', `seed ${seed}: acted on in vain: ${line}`);
    if (told.length > STEPS_MAX) throw new Violation('stalled', `seed ${seed}: one reason after the other: ${line}`);
    broker = intervene(broker, answer, seed);
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
export function actOnMany(stuck: number, firstSeed: number): Acted {
  const acted: Acted = { stuck: 0, reasons: new Map(), longest: 0 };
  for (let seed = firstSeed; acted.stuck < stuck; seed += 1) {
    const [first, ...then] = actOnReasons(seed) ?? [];
    if (first === undefined || first === 'dispatching') continue;
    acted.stuck += 1;
    acted.longest = Math.max(acted.longest, 1 + then.length);
    acted.reasons.set(first, (acted.reasons.get(first) ?? 0) + 1);
  }
  return acted;
}
