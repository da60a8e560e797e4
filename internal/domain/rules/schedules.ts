// Operators cancel and move messages that wait for their first time. What waits for another attempt has been with a consumer,
// and is none of them; nor is what is over and only waits for room to become a dead letter.

import { printTime } from '../../../pkg/protocol/rfc3339.ts';
import { answerOperator, type Decision, draft, type Moment, refuseOperator } from '../decision.ts';
import type { Refusal } from '../effect.ts';
import { dueAt, expiresAt, failedAt, type Place, statusAt, WAITING } from '../entry-table.ts';
import type { ActionFacts } from '../event.ts';
import { hasExpired } from '../evolve-times.ts';
import type { Queue } from '../queue.ts';
import type { CancelScheduled, MoveScheduled, ScheduleCommand, ScheduledTarget } from '../schedule-command.ts';
import type { State } from '../state.ts';
import { settleTimes } from './publish-times.ts';

export const isScheduled = (place: Place, nowMs: number): boolean =>
  statusAt(place) === WAITING && failedAt(place) === 0 && !hasExpired(place, nowMs);

/** Those that are scheduled go; of the others it is said why not. Nothing goes if none is. */
export function cancelScheduled(state: State, command: CancelScheduled, { nowMs }: Moment): Decision {
  const { request, targets, dryRun } = command;
  const queue = state.queueNamed(command.tenant, command.queueName);
  if (queue === undefined) return refuseOperator(request, noQueue(command));
  const going: ScheduledTarget[] = [];
  const failures: object[] = [];
  const seen = new Set<number>();
  for (const target of targets) {
    const { sequence, messageId } = target;
    if (seen.has(sequence)) continue;
    seen.add(sequence);
    if (scheduledIn(queue, target, nowMs) !== null) going.push(target);
    else failures.push({ sequence, message_id: messageId, ...failureOf(queue, target) });
  }
  const [first] = targets;
  if (going.length === 0 && first !== undefined) return refuseOperator(request, notScheduled(queue, first));
  const sequences = going.map(({ sequence }) => sequence).sort((a, b) => a - b);
  const result = {
    queue: queue.name,
    requested: seen.size,
    cancelled: sequences.length,
    failed: failures.length,
    failures,
    dry_run: dryRun,
  };
  return {
    drafts: dryRun ? [] : [draft({ type: 'cancelled', queue: queue.id, sequences, operator: request.operator })],
    effects: [answerOperator(request, result)],
    urgent: true,
    then: () => {
      if (!dryRun) state.counters.cancelled += sequences.length;
    },
  };
}

export function moveScheduled(state: State, command: MoveScheduled, { nowMs }: Moment): Decision {
  const { request, target, due, dryRun } = command;
  const queue = state.queueNamed(command.tenant, command.queueName);
  if (queue === undefined) return refuseOperator(request, noQueue(command));
  const place = scheduledIn(queue, target, nowMs);
  if (place === null) return refuseOperator(request, notScheduled(queue, target));
  const overMs = expiresAt(place);
  const times = settleTimes({ due, expiry: overMs === 0 ? null : { atMs: overMs } }, nowMs);
  if ('code' in times) return refuseOperator(request, times);
  const { sequence, messageId } = target;
  // A time that is reached makes it ready in this turn, by the one way in which messages become ready.
  const dueMs = times.dueMs === 0 ? nowMs : times.dueMs;
  const result = {
    queue: queue.name,
    sequence,
    message_id: messageId,
    due_at: printTime(dueMs),
    due_before: printTime(dueAt(place)),
    dry_run: dryRun,
  };
  return {
    drafts: dryRun
      ? []
      : [draft({ type: 'rescheduled', queue: queue.id, sequence, dueMs, operator: request.operator })],
    effects: [answerOperator(request, result)],
    urgent: true,
    then: () => {
      if (!dryRun) state.counters.rescheduled += 1;
    },
  };
}

/** What the audit log says of the messages before. */
export function scheduledFacts(state: State, command: ScheduleCommand): readonly ActionFacts[] {
  const { tenant, queueName } = command;
  const queue = state.queueNamed(tenant, queueName);
  if (queue === undefined) return [{ queue: queueName, tenant_id: tenant, exists: false }];
  const targets = command.type === 'cancel-scheduled' ? command.targets : [command.target];
  return targets.map(({ sequence, messageId }) => {
    const place = queue.entries.find(sequence);
    const waits = place !== null && statusAt(place) === WAITING;
    return {
      queue: queueName,
      tenant_id: tenant,
      sequence,
      message_id: messageId,
      due_at: waits ? printTime(dueAt(place)) : null,
    };
  });
}

function scheduledIn(queue: Queue, { sequence }: ScheduledTarget, nowMs: number): Place | null {
  const place = queue.entries.find(sequence);
  return place !== null && isScheduled(place, nowMs) ? place : null;
}

const noQueue = ({ queueName }: ScheduleCommand): Refusal => ({
  code: 'QUEUE_NOT_FOUND',
  detail: `queue "${queueName}"`,
});

const notScheduled = (queue: Queue, target: ScheduledTarget): Refusal => {
  const { code, error } = failureOf(queue, target);
  return { code, detail: `message ${target.sequence} of queue "${queue.name}" ${error}` };
};

function failureOf(
  queue: Queue,
  { sequence }: ScheduledTarget,
): { readonly code: 'NOT_SCHEDULED'; readonly error: string } {
  const place = queue.entries.find(sequence);
  if (place === null) return { code: 'NOT_SCHEDULED', error: 'is not there' };
  if (statusAt(place) !== WAITING) return { code: 'NOT_SCHEDULED', error: 'does not wait for a time' };
  const why = failedAt(place) > 0 ? 'waits for another attempt' : 'is worth nothing any more';
  return { code: 'NOT_SCHEDULED', error: why };
}
