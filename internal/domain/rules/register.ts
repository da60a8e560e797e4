// Register, deregister, and the consumer that goes. A resumable session waits for its consumer for a grace; any
// other ends at once and its deliveries return.

import { checkName } from '../../../pkg/protocol/topic.ts';
import { attach, detach } from '../attachment.ts';
import type { Deregister, PeerBlocked, PeerGone, Register } from '../command.ts';
import { type Decision, type Draft, draft, type Moment, NOTHING, refuse, refusedOnly } from '../decision.ts';
import type { Effect, Refusal } from '../effect.ts';
import { SUBSCRIPTIONS_MAX } from '../limits.ts';
import type { Queue } from '../queue.ts';
import { Session } from '../session.ts';
import type { State } from '../state.ts';
import { Binder } from './binding.ts';
import { BindingError } from './binding-error.ts';
import { closing, DeadLetterRoom } from './failure.ts';
import { forgetProducerPeer } from './hello.ts';

export function register(state: State, command: Register, moment: Moment): Decision {
  const { peer, tenant, consumer } = command;
  const no = (refusal: Refusal): Decision =>
    refusedOnly(refuse(peer, 'consumer.register', refusal.code, refusal.detail, null, refusal.retryAfterMs));
  if (state.draining) return no({ code: 'DRAINING', detail: 'the broker is shutting down' });
  const fault = checkName(consumer);
  if (fault !== null) return no({ code: fault, detail: 'consumer_id' });
  if (command.subscriptions.length > SUBSCRIPTIONS_MAX) {
    return no({ code: 'TOO_MANY_ITEMS', detail: `at most ${SUBSCRIPTIONS_MAX} subscriptions` });
  }
  if (!(command.windowMessages >= 1) || !(command.windowBytes >= 1)) {
    return no({ code: 'INVALID_ARGUMENT', detail: 'a window holds at least one message and one byte' });
  }
  const here = state.sessionByPeer.get(peer);
  if (here !== undefined && (here.consumer !== consumer || here.tenant !== tenant)) {
    return no({
      code: 'INVALID_ARGUMENT',
      detail: `this connection serves consumer "${here.consumer}": deregister it first`,
    });
  }
  const former = here ?? sessionOf(state, tenant, consumer);
  // Only the token proves that it is the same consumer: one that crashed may come back on the same connection, and
  // what it held must not wait for its deadline.
  const resumed = former !== null && former.tokenHash === command.tokenHash ? former : null;
  if (former !== null && resumed === null && command.tokenHash !== null) {
    return no({ code: 'SESSION_TOKEN_MISMATCH', detail: `consumer "${consumer}"` });
  }
  if (former === null && state.sessions.size >= state.limits.sessionsMax) {
    return no({ code: 'TOO_MANY_SESSIONS', detail: `${state.sessions.size} sessions are open`, retryAfterMs: 5_000 });
  }
  if (!state.hasControlRoom) return no({ code: 'STORAGE_FULL', detail: 'no room for a session', retryAfterMs: 5_000 });
  let served: Served;
  try {
    served = queuesOf(state, command);
  } catch (error) {
    if (error instanceof BindingError) return no(error.refusal);
    throw error;
  }
  return open(state, command, served, former, resumed, moment);
}

interface Served {
  readonly drafts: readonly Draft[];
  readonly queues: readonly { readonly name: string; readonly patterns: readonly string[] }[];
}

/** Which queues the consumer works on, and what must be declared and bound for it. */
function queuesOf(state: State, { tenant, consumer, queue, subscriptions }: Register): Served {
  const binder = new Binder(state, 'registration', null);
  if (queue !== null) {
    binder.queue(tenant, queue);
    for (const pattern of subscriptions) binder.bind(tenant, pattern, queue);
    return { drafts: binder.drafts, queues: [{ name: queue, patterns: subscriptions }] };
  }
  if (state.queueNamed(tenant, consumer) !== undefined)
    return { drafts: [], queues: [{ name: consumer, patterns: [] }] };
  if (subscriptions.length === 0) {
    const detail = `no queue is named, and none is called "${consumer}": name a queue or at least one subscription`;
    throw new BindingError('INVALID_ARGUMENT', detail);
  }
  const patterns = [...new Set(subscriptions)];
  for (const pattern of patterns) binder.bind(tenant, pattern, pattern);
  return { drafts: binder.drafts, queues: patterns.map((pattern) => ({ name: pattern, patterns: [pattern] })) };
}

function open(
  state: State,
  command: Register,
  served: Served,
  former: Session | null,
  resumed: Session | null,
  moment: Moment,
): Decision {
  const { peer, tenant, consumer, resumable, fresh } = command;
  const drafts: Draft[] = [...served.drafts];
  const effects: Effect[] = [];
  const names = new Set(served.queues.map(({ name }) => name));
  if (former !== null) drafts.push(...idled(former, moment, names));
  const closed = former !== null && resumed === null ? closing(state, former, moment, new DeadLetterRoom(state)) : null;
  if (former !== null && closed !== null) {
    drafts.push(...closed.drafts);
    // On its own connection the answer says it: the session is not resumed.
    if (former.peer !== null && former.peer !== peer)
      effects.push(ended(former.peer, 'SESSION_REPLACED', 'another connection registered the consumer id'));
  }
  if (resumed !== null && resumed.peer !== null && resumed.peer !== peer) {
    effects.push(ended(resumed.peer, 'SESSION_REPLACED', 'another connection resumed the session'));
  }
  const id = resumed?.id ?? state.nextSession;
  if (resumed === null) {
    drafts.push(draft({ type: 'session-opened', session: id, tenant, consumer, tokenHash: fresh.hash, resumable }));
  }
  for (const { name } of served.queues) {
    const queue = state.queueNamed(tenant, name);
    if (queue !== undefined && queue.idleSinceMs !== 0)
      drafts.push(draft({ type: 'queue-idle', queue: queue.id, atMs: 0 }));
  }
  // The reply names objects that the events above make: it is completed once they are applied.
  const queues: { queue: Queue; patterns: readonly string[] }[] = [];
  const reply = {
    type: 'registered' as const,
    gated: true,
    peer,
    session: resumed ?? new Session(id, tenant, consumer, fresh.hash, resumable),
    token: resumed === null ? fresh.token : null,
    resumed: resumed !== null,
    queues,
  };
  effects.push(reply);
  return {
    drafts,
    effects,
    urgent: true,
    then: () => {
      closed?.count();
      const session = state.sessions.get(id);
      if (session === undefined) return;
      reply.session = session;
      for (const { name, patterns } of served.queues) {
        const queue = state.queueNamed(tenant, name);
        if (queue !== undefined) queues.push({ queue, patterns });
      }
      session.acks = command.acks;
      session.plain = command.plain;
      session.windowMessages = Math.min(command.windowMessages, state.limits.windowMessagesMax);
      session.windowBytes = Math.min(command.windowBytes, state.limits.windowBytesMax);
      session.credit = command.pull ? 0 : Number.POSITIVE_INFINITY;
      session.endFetch();
      attach(
        state,
        session,
        peer,
        queues.map(({ queue }) => queue),
      );
    },
  };
}

const ended = (
  peer: Session['peer'] & number,
  code: 'SESSION_EXPIRED' | 'SESSION_REPLACED',
  detail: string,
): Effect => ({
  type: 'session-ended',
  gated: false,
  peer,
  refusal: { code, detail },
});

function sessionOf(state: State, tenant: string, consumer: string): Session | null {
  for (const session of state.sessions.values()) {
    if (session.consumer === consumer && session.tenant === tenant) return session;
  }
  return null;
}

export function deregister(state: State, command: Deregister, moment: Moment): Decision {
  const session = state.sessionByPeer.get(command.peer);
  if (session === undefined) {
    return refusedOnly(refuse(command.peer, 'consumer.deregister', 'NOT_REGISTERED', 'no consumer session'));
  }
  const decision = leaving(state, session, moment);
  return { ...decision, effects: [{ type: 'deregistered', gated: true, peer: command.peer, session }], urgent: true };
}

export function peerGone(state: State, command: PeerGone, moment: Moment): Decision {
  const session = state.sessionByPeer.get(command.peer);
  if (session === undefined) {
    return { ...NOTHING, then: () => forgetProducerPeer(state, command.peer) };
  }
  const ending: Effect[] =
    command.cause === 'gone'
      ? []
      : [
          ended(
            command.peer,
            'SESSION_EXPIRED',
            command.cause === 'silent' ? 'no heartbeat' : 'the peer does not read',
          ),
        ];
  if (!session.resumable || command.cause === 'slow') {
    const decision = leaving(state, session, moment);
    return {
      ...decision,
      effects: [...ending, ...decision.effects],
      then: () => {
        decision.then?.();
        forgetProducerPeer(state, command.peer);
      },
    };
  }
  return {
    drafts: idled(session, moment),
    effects: ending,
    urgent: false,
    then: () => {
      forgetProducerPeer(state, command.peer);
      detach(state, session);
      session.graceUntilMs = moment.nowMs + state.limits.sessionGraceMs;
      state.waitingSessions.add(session);
    },
  };
}

function leaving(state: State, session: Session, moment: Moment): Decision {
  const closed = closing(state, session, moment, new DeadLetterRoom(state));
  return {
    drafts: [...idled(session, moment), ...closed.drafts],
    effects: [],
    urgent: false,
    then: closed.count,
  };
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Queues that a registration declared and that lose their last consumer with it: their clock starts. */
function idled(session: Session, moment: Moment, kept: ReadonlySet<string> = NO_NAMES): Draft[] {
  const drafts: Draft[] = [];
  for (const queue of session.queues) {
    if (queue.origin !== 'registration' || queue.consumers.length > 1 || kept.has(queue.name)) continue;
    drafts.push(draft({ type: 'queue-idle', queue: queue.id, atMs: moment.nowMs }));
  }
  return drafts;
}

/** The transport's word on whether a peer takes messages: nothing is decided, dispatch looks again. */
export function peerBlocked(state: State, command: PeerBlocked): Decision {
  const session = state.sessionByPeer.get(command.peer);
  return {
    ...NOTHING,
    then: () => {
      state.inboxes.block(command.peer, command.blocked);
      if (session === undefined) return;
      session.blocked = command.blocked;
      if (!command.blocked) state.wake(session.queues);
    },
  };
}
