// The parts of the core as the small world calls them: real ones here, and a planted fault replaces one of them.

import { decide } from '../../domain/decide.ts';
import { evolve } from '../../domain/evolve.ts';
import type { Position } from '../../domain/ids.ts';
import { DEFAULT_LIMITS, type Limits } from '../../domain/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../../domain/queue-policy.ts';
import { dispatch } from '../../domain/rules/deliver.ts';
import { State } from '../../domain/state.ts';
import { RadixRouteIndex } from '../../repository/routes/radix-route-index.ts';
import type { Placement } from '../../usecase/ports/journal.ts';
import { recover } from '../../usecase/recover.ts';
import type { RecordedEvent } from '../fixtures/hand-journal.ts';
import { STEP_MS } from './scope.ts';

export const NO_LEDGER = { retain: () => undefined, release: () => undefined };

/** Queues and producers are never dropped for being idle: that is another promise than those of a message's life. */
const LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  queueExpireMs: Number.POSITIVE_INFINITY,
  producerExpireMs: Number.POSITIVE_INFINITY,
  sessionGraceMs: 32 * STEP_MS,
};

export const emptyState = (): State => new State(new RadixRouteIndex(), LIMITS, DEFAULT_QUEUE_POLICY);

export interface Core {
  readonly decide: typeof decide;
  readonly evolve: typeof evolve;
  readonly dispatch: typeof dispatch;
  /** Everything that survived, the newest last. */
  readonly recover: (events: readonly RecordedEvent[]) => State;
}

/** By the code that starts the broker. */
export function recovered(events: readonly RecordedEvent[]): State {
  const state = emptyState();
  recover(state, { ...NO_LEDGER, replay: (_from, visit) => groupsOf(events).forEach(visit) }, null);
  return state;
}

interface SmallGroup {
  readonly position: Position;
  readonly timeMs: number;
  readonly events: { readonly event: RecordedEvent['event']; readonly placement: Placement }[];
}

function groupsOf(events: readonly RecordedEvent[]): SmallGroup[] {
  const groups: SmallGroup[] = [];
  for (const { event, placement } of events) {
    const { position, timeMs } = placement;
    if (groups.at(-1)?.position !== position) groups.push({ position, timeMs, events: [] });
    groups.at(-1)?.events.push({ event, placement });
  }
  return groups;
}

export const CORE: Core = { decide, evolve, dispatch, recover: recovered };
