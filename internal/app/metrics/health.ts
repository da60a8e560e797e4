// Whether traffic should come here, and if not, why. Live is the process that answers at all: that needs no rule.

import type { State } from '../../domain/state.ts';
import type { Journal } from '../../usecase/ports/journal.ts';

export interface UnreadyReason {
  readonly reason: 'journal_failed' | 'journal_blocked' | 'draining' | 'admin_only';
  readonly detail: string;
}

export interface HealthSource {
  readonly state: State;
  readonly journal: Journal;
  readonly failure: Error | null;
  readonly adminOnly: boolean;
}

/** Empty: ready. */
export function unreadyReasons({ state, journal, failure, adminOnly }: HealthSource): readonly UnreadyReason[] {
  const reasons: UnreadyReason[] = [];
  const { blocked } = journal.room();
  if (failure !== null) reasons.push({ reason: 'journal_failed', detail: failure.message });
  if (blocked !== null) reasons.push({ reason: 'journal_blocked', detail: blocked });
  if (state.draining) reasons.push({ reason: 'draining', detail: 'the broker is shutting down' });
  if (adminOnly) reasons.push({ reason: 'admin_only', detail: 'the endpoints for clients are closed' });
  return reasons;
}
