// Which connection speaks for a session, and which queues it serves. All of it is volatile.

import type { PeerId } from './ids.ts';
import type { Queue } from './queue.ts';
import type { Session } from './session.ts';
import type { State } from './state.ts';

export function attach(state: State, session: Session, peer: PeerId, queues: readonly Queue[]): void {
  detach(state, session);
  session.peer = peer;
  session.graceUntilMs = Number.POSITIVE_INFINITY;
  session.blocked = false;
  session.queues = [...queues];
  state.sessionByPeer.set(peer, session);
  for (const queue of queues) queue.consumers.push(session);
  state.wake(queues);
}

export function detach(state: State, session: Session): void {
  if (session.peer !== null && state.sessionByPeer.get(session.peer) === session)
    state.sessionByPeer.delete(session.peer);
  session.peer = null;
  for (const queue of session.queues) {
    const at = queue.consumers.indexOf(session);
    if (at < 0) continue;
    queue.consumers.splice(at, 1);
    if (queue.turn > at) queue.turn -= 1;
  }
  session.queues = [];
  session.endFetch();
  state.waitingSessions.delete(session);
  state.throttled.delete(session);
  session.throttledUntilMs = 0;
}
