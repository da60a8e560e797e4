// Pause, drain and resume of one consumer: what it may be given from now on, over reconnects and restarts.

import { checkName } from '../../../pkg/protocol/topic.ts';
import type { Steering } from '../consumer-event.ts';
import { answerOperator, type Decision, draft, refuseOperator } from '../decision.ts';
import { STEERED_CONSUMERS_MAX } from '../limits.ts';
import type { SteerConsumer } from '../operator-command.ts';
import type { Session } from '../session.ts';
import type { State } from '../state.ts';

const STEERING: Readonly<Record<SteerConsumer['word'], Steering>> = {
  pause: 'paused',
  drain: 'draining',
  resume: 'running',
};

export function steerConsumer(state: State, command: SteerConsumer): Decision {
  const { request, tenant, consumer, word } = command;
  const fault = checkName(consumer);
  if (fault !== null) return refuseOperator(request, { code: fault, detail: 'consumer_id' });
  const before = state.steered.of(tenant, consumer);
  const steering = STEERING[word];
  if (before === 'running' && steering !== 'running' && state.steered.size >= STEERED_CONSUMERS_MAX) {
    const detail = `${STEERED_CONSUMERS_MAX} consumers are paused or draining: resume one first`;
    return refuseOperator(request, { code: 'TOO_MANY_STEERED', detail });
  }
  const { operator } = request;
  return {
    drafts: before === steering ? [] : [draft({ type: 'consumer-steered', tenant, consumer, steering, operator })],
    effects: [answerOperator(request, { ...steeredFacts(state, tenant, consumer), steering })],
    urgent: true,
  };
}

/** How a consumer stands, whether it is there or not. */
export function steeredFacts(
  state: State,
  tenant: string,
  consumer: string,
  session: Session | null = sessionOf(state, tenant, consumer),
) {
  return {
    consumer_id: consumer,
    tenant_id: tenant,
    steering: state.steered.of(tenant, consumer),
    connected: session !== null && session.peer !== null,
    inflight: session?.inflight ?? 0,
  };
}

function sessionOf(state: State, tenant: string, consumer: string): Session | null {
  for (const session of state.sessions.values())
    if (session.consumer === consumer && session.tenant === tenant) return session;
  return null;
}
