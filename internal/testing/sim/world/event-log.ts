// Every event that the broker has ever recorded, with its place, from the first on: nothing is trimmed here. After a
// restart the state that checkpoint, relocation and segments give must be the one that all these events give.

import type { BlockLedger } from '../../../domain/entry-moves.ts';
import type { Event } from '../../../domain/event.ts';
import { type EventPlace, evolve } from '../../../domain/evolve.ts';
import type { Limits } from '../../../domain/limits.ts';
import type { QueuePolicy } from '../../../domain/queue-policy.ts';
import { State } from '../../../domain/state.ts';
import { RadixRouteIndex } from '../../../repository/routes/radix-route-index.ts';
import { fingerprint } from '../../../usecase/fingerprint.ts';
import type { Journal } from '../../../usecase/ports/journal.ts';
import { Violation } from '../audit/violation.ts';

const NO_LEDGER: BlockLedger = { retain: () => undefined, release: () => undefined };

export class EventLog {
  /** What all events up to `#position` give. */
  readonly #state: State;
  #position = 0;
  #later: { readonly event: Event; readonly place: EventPlace }[] = [];

  constructor(limits: Limits, defaultPolicy: QueuePolicy) {
    this.#state = new State(new RadixRouteIndex(), limits, defaultPolicy);
  }

  /** Notes from now on what this journal is given. */
  follow(journal: Journal, told: (event: Event, position: number) => void): void {
    const add = journal.add.bind(journal);
    journal.add = (event, blocks, timeMs) => {
      const place = add(event, blocks, timeMs);
      this.#later.push({ event, place });
      told(event, place.position);
      return place;
    };
  }

  /** The broker has come back with this state, as of `position`: what was behind it is gone for good. */
  compare(recovered: State, position: number): void {
    if (position < this.#position) {
      throw new Violation(
        'lost',
        `the journal ends at position ${position}; ${this.#position} was found durable before`,
      );
    }
    for (const { event, place } of this.#later)
      if (place.position <= position) evolve(this.#state, event, place, NO_LEDGER);
    this.#later = [];
    this.#position = position;
    const expected = fingerprint(this.#state);
    const found = fingerprint(recovered);
    if (expected !== found) {
      const detail = difference(this.#state, recovered);
      throw new Violation(
        'diverged',
        `at position ${position} the events give ${expected}, recovery gives ${found}: ${detail}`,
      );
    }
  }
}

const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);

/** For people: where the two states first differ. */
function difference(expected: State, found: State): string {
  const differ: string[] = [];
  const compare = (what: string, a: unknown, b: unknown): void => {
    if (JSON.stringify(a) !== JSON.stringify(b))
      differ.push(`${what} ${JSON.stringify(a)} became ${JSON.stringify(b)}`);
  };
  const scalars = [
    'epoch',
    'nextSequence',
    'nextQueue',
    'nextRoute',
    'nextProducer',
    'nextSession',
    'reservedThrough',
  ] as const;
  for (const name of scalars) compare(name, expected[name], found[name]);
  compare('queues', [...expected.queues.keys()], [...found.queues.keys()]);
  for (const [id, queue] of expected.queues) {
    const other = found.queues.get(id);
    if (other === undefined) continue;
    compare(`queue ${queue.name} idle`, queue.idleSinceMs, other.idleSinceMs);
    compare(`queue ${queue.name} dead`, [...queue.dead].sort(byText), [...other.dead].sort(byText));
    compare(`queue ${queue.name} histories`, [...queue.histories].sort(byText), [...other.histories].sort(byText));
    const rows = (of: typeof queue): string[] =>
      [...of.entries.places()].map(({ chunk, row }) =>
        [
          chunk.sequenceOf(row),
          chunk.positionOf(row),
          chunk.offset[row],
          chunk.status[row],
          chunk.failedOf(row),
          chunk.returnedOf(row),
        ].join('/'),
      );
    const [a, b] = [rows(queue), rows(other)];
    compare(
      `queue ${queue.name} rows`,
      a.filter((row) => !b.includes(row)),
      b.filter((row) => !a.includes(row)),
    );
  }
  compare('routes', [...expected.routes.keys()].sort(byText), [...found.routes.keys()].sort(byText));
  compare('sessions', [...expected.sessions.keys()].sort(byText), [...found.sessions.keys()].sort(byText));
  compare('producers', [...expected.producers.keys()].sort(byText), [...found.producers.keys()].sort(byText));
  const leases = (of: State): string[] =>
    [...of.leases.all()].map((lease) => `${lease.delivery}/${lease.deadlineMs}`).sort(byText);
  compare('leases', leases(expected), leases(found));
  return differ.join('; ').slice(0, 2_000) || 'only in the parts that are not shown';
}
