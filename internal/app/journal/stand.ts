// Followed messages as a checkpoint says that they stood, and as they stand where nothing says it.

import type { DecodedCapture } from '../../usecase/checkpoint/codec.ts';
import type { CopyState } from './biography.ts';
import { shownAttempt, shownLetter, timeOf } from './earlier-steps.ts';
import type { Followed, FollowedMessages, TrackedCopy } from './followed-messages.ts';
import type { HeldLeases } from './held-leases.ts';
import { type Standing, standingsOf } from './standings.ts';

export const NOT_TOLD = 'the journal does not reach back to its acceptance, and no checkpoint could be read';
const LOST = 'parts of the journal went while it was read: ask again';
const GONE_UNSEEN = 'it left the queue, and the journal does not tell how';

const GONE: ReadonlySet<CopyState> = new Set(['settled', 'expired', 'cancelled', 'purged', 'moved', 'queue_deleted']);

export const isGone = (state: CopyState): boolean => GONE.has(state);

/** Everything up to the checkpoint was told, and nothing behind it. */
export function stand(messages: FollowedMessages, leases: HeldLeases, checkpoint: DecodedCapture): void {
  const live = [...livesOf(messages)];
  const places = live.map(({ followed, copy }) => ({ queue: copy.id, sequence: followed.told.sequence }));
  const standings = standingsOf(checkpoint, places);
  live.forEach(({ followed, copy }, index) => {
    const standing = standings[index] ?? null;
    leases.free(copy);
    if (standing === null) Object.assign(copy, { state: 'unknown', unknown: GONE_UNSEEN });
    else place(followed, copy, leases, standing);
  });
}

function place(followed: Followed, copy: TrackedCopy, leases: HeldLeases, standing: Standing): void {
  const { attempts, returned, lease, retryAtMs, letter, history } = standing;
  const waits = retryAtMs === null ? 'ready' : attempts === 0 ? 'scheduled' : 'waiting_retry';
  copy.state = letter !== null ? 'dead_letter' : lease !== null ? 'leased' : waits;
  const until = retryAtMs === null ? null : timeOf(retryAtMs);
  copy.retry_at = attempts === 0 ? null : until;
  copy.due_at = attempts === 0 ? until : null;
  Object.assign(copy, { attempts, returned, isCounted: true, letter });
  if (lease !== null) leases.hold(lease.delivery, { followed, copy, ...lease });
  if (followed.told.position !== null) return;
  const { queue, tenant_id } = copy;
  const dead_letter = letter === null ? null : shownLetter(letter);
  followed.earlier = [...followed.earlier, { queue, tenant_id, history: history.map(shownAttempt), dead_letter }];
}

/** Some of what happened is not told. */
export function lose(messages: FollowedMessages, leases: HeldLeases): void {
  for (const { copy } of livesOf(messages)) {
    leases.free(copy);
    Object.assign(copy, { state: 'unknown', unknown: LOST, isCounted: false });
  }
}

function* livesOf(messages: FollowedMessages): Generator<{ followed: Followed; copy: TrackedCopy }> {
  for (const followed of messages) {
    for (const copy of followed.copies.values()) if (!isGone(copy.state)) yield { followed, copy };
  }
}
