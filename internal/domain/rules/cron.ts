// Operators declare, change, pause, resume, run and remove recurring schedules.

import { textLength } from '../../../pkg/protocol/bytes.ts';
import { printTime } from '../../../pkg/protocol/rfc3339.ts';
import { checkName, checkTopic } from '../../../pkg/protocol/topic.ts';
import {
  CATCH_UP_MAX,
  CRON_BODY_BYTES_MAX,
  CRON_EXPRESSION_CHARACTERS_MAX,
  CRON_NAME_BYTES_MAX,
  CRONS_BYTES_MAX,
  type Cron,
  type CronPlan,
} from '../cron.ts';
import { answerOperator, type Decision, draft, type Moment, refuseOperator } from '../decision.ts';
import type { Refusal } from '../effect.ts';
import type { ActionFacts } from '../event.ts';
import type { CronCommand, DeclareCron, RemoveCron, RunCron, SteerCron } from '../schedule-command.ts';
import type { State } from '../state.ts';
import { Admission } from './admission.ts';
import { messagesOf } from './cron-fires.ts';

export function declareCron(state: State, command: DeclareCron, { nowMs }: Moment): Decision {
  const { request, tenant, name, plan, body, update } = command;
  const known = state.crons.named(tenant, name);
  const isSame = known !== undefined && samePlan(known, command);
  const refusal = faultOf(command) ?? (isSame ? null : noRoomFor(state, known, body));
  if (refusal !== null) return refuseOperator(request, refusal);
  if (known !== undefined && !isSame && !update) {
    return refuseOperator(request, {
      code: 'SCHEDULE_EXISTS',
      detail: `"${name}" has another plan; update it, or remove it`,
    });
  }
  const fault = state.calendar.fault(plan);
  if (fault !== null) return refuseOperator(request, { code: 'INVALID_SCHEDULE', detail: fault });
  const nextMs = isSame ? known.nextMs : state.calendar.nextFire(plan, nowMs);
  if (nextMs === null) {
    return refuseOperator(request, { code: 'INVALID_SCHEDULE', detail: `"${plan.expression}" never fires` });
  }
  const routable = (state.routeIndex.match(tenant, plan.topic)?.queues.length ?? 0) > 0;
  const result = {
    name,
    created: known === undefined,
    updated: known !== undefined && !isSame,
    next_fire_at: timeOrNull(nextMs),
    // Declared all the same: the queue may come later. Until then its fires are refused, and counted as that.
    routable,
  };
  const cron = known?.id ?? state.crons.nextId;
  const { operator } = request;
  return {
    drafts: isSame
      ? []
      : [draft({ type: 'cron-declared', cron, tenant, name, plan, body, atMs: nowMs, nextMs, operator })],
    effects: [answerOperator(request, result)],
    urgent: true,
  };
}

export function removeCron(state: State, command: RemoveCron): Decision {
  const { request, name } = command;
  const cron = state.crons.named(command.tenant, name);
  if (cron === undefined) return refuseOperator(request, unknown(name));
  return {
    drafts: [draft({ type: 'cron-removed', cron: cron.id, operator: request.operator })],
    effects: [answerOperator(request, { name, removed: true })],
    urgent: true,
  };
}

/** Resumed, it fires next at its next time: what would have been meanwhile is not missed. */
export function steerCron(state: State, command: SteerCron, { nowMs }: Moment): Decision {
  const { request, name, word } = command;
  const cron = state.crons.named(command.tenant, name);
  if (cron === undefined) return refuseOperator(request, unknown(name));
  const paused = word === 'pause';
  const isChange = cron.paused !== paused;
  const nextMs = isChange && !paused ? (state.calendar.nextFire(cron.plan, nowMs) ?? 0) : cron.nextMs;
  const { operator } = request;
  return {
    drafts: isChange ? [draft({ type: 'cron-steered', cron: cron.id, paused, nextMs, operator })] : [],
    effects: [answerOperator(request, { name, paused, next_fire_at: paused ? null : timeOrNull(nextMs) })],
    urgent: true,
  };
}

export function runCron(state: State, command: RunCron, { nowMs }: Moment): Decision {
  const { request, name } = command;
  const cron = state.crons.named(command.tenant, name);
  if (cron === undefined) return refuseOperator(request, unknown(name));
  const id = `${name}@${printTime(nowMs)}+run`;
  const next = { nextMs: cron.nextMs, skipped: 0, missed: 0 };
  const { nextSequence } = state;
  const made = messagesOf(state, cron, [{ id, atMs: nowMs }], nowMs, nextSequence, new Admission(state), next);
  if ('code' in made) return refuseOperator(request, made);
  return {
    drafts: [made],
    effects: [answerOperator(request, { name, message_id: id, sequence: nextSequence })],
    urgent: true,
    then: () => {
      state.counters.published += 1;
      state.counters.cronFired += 1;
    },
  };
}

/** What the audit log says of the schedule before. */
export function cronFacts(state: State, { tenant, name }: CronCommand): ActionFacts {
  const cron = state.crons.named(tenant, name);
  if (cron === undefined) return { name, tenant_id: tenant, exists: false };
  const { plan, paused, nextMs } = cron;
  const { expression, timezone, topic, overlap, catchUp } = plan;
  return {
    name,
    tenant_id: tenant,
    cron: expression,
    timezone,
    topic,
    overlap,
    catch_up: catchUp,
    paused,
    next_fire_at: timeOrNull(nextMs),
  };
}

const timeOrNull = (ms: number): string | null => (ms === 0 ? null : printTime(ms));

const unknown = (name: string): Refusal => ({ code: 'UNKNOWN_SCHEDULE', detail: `schedule "${name.slice(0, 80)}"` });

function faultOf({ name, plan, body }: DeclareCron): Refusal | null {
  const { topic, expression, catchUpMax } = plan;
  const nameFault = textLength(name) > CRON_NAME_BYTES_MAX ? 'INVALID_NAME' : checkName(name);
  if (nameFault !== null) return { code: nameFault, detail: `schedule name "${name.slice(0, 80)}"` };
  const topicFault = checkTopic(topic);
  if (topicFault !== null) return { code: topicFault, detail: `topic "${topic.slice(0, 80)}"` };
  if (body.length > CRON_BODY_BYTES_MAX) {
    return { code: 'PAYLOAD_TOO_LARGE', detail: `${body.length} bytes, at most ${CRON_BODY_BYTES_MAX} of a schedule` };
  }
  if (expression.length > CRON_EXPRESSION_CHARACTERS_MAX) {
    return {
      code: 'INVALID_SCHEDULE',
      detail: `an expression has at most ${CRON_EXPRESSION_CHARACTERS_MAX} characters`,
    };
  }
  if (catchUpMax < 1 || catchUpMax > CATCH_UP_MAX) {
    return { code: 'INVALID_SCHEDULE', detail: `1 to ${CATCH_UP_MAX} missed fires may be made up for` };
  }
  return null;
}

function noRoomFor(state: State, known: Cron | undefined, body: Uint8Array): Refusal | null {
  const { crons, limits } = state;
  if (known === undefined && crons.size >= limits.schedulesMax) {
    return { code: 'TOO_MANY_SCHEDULES', detail: `${limits.schedulesMax} schedules exist` };
  }
  const bytes = crons.bytes - (known?.body.length ?? 0) + body.length;
  if (bytes > CRONS_BYTES_MAX) {
    return { code: 'TOO_MANY_SCHEDULES', detail: `their bodies would have ${bytes} bytes, at most ${CRONS_BYTES_MAX}` };
  }
  if (!state.hasControlRoom || (state.storageBlocked && state.freeBytes < body.length)) {
    return { code: 'STORAGE_FULL', detail: 'no room for a declaration' };
  }
  return null;
}

const samePlan = (cron: Cron, { plan, body }: { readonly plan: CronPlan; readonly body: Uint8Array }): boolean =>
  cron.body.length === body.length &&
  cron.body.every((byte, at) => byte === body[at]) &&
  (Object.keys(plan) as (keyof CronPlan)[]).every(
    (key) => JSON.stringify(cron.plan[key]) === JSON.stringify(plan[key]),
  );
