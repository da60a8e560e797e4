// What operators do about one partition key of a queue: stop it, let it go on, try its first message again, or go on without it.

import { laneNumber } from '../../../pkg/protocol/partition-key.ts';
import { answerOperator, type Decision, type Draft, draft, type Moment, refuseOperator } from '../decision.ts';
import { failedAt, type Place, READY, sequenceAt, statusAt, WAITING } from '../entry-table.ts';
import type { SteerKey } from '../operator-command.ts';
import type { Queue } from '../queue.ts';
import type { State } from '../state.ts';
import { bounded } from './failure.ts';

/** Of one queue: each is kept whether it has messages or not. */
const PAUSED_KEYS_MAX = 1_024;

export function steerKey(state: State, command: SteerKey, moment: Moment): Decision {
  const { request, tenant, name, word } = command;
  const queue = state.queueNamed(tenant, name);
  if (queue === undefined) return refuseOperator(request, { code: 'QUEUE_NOT_FOUND', detail: `queue "${name}"` });
  if (word === 'pause' || word === 'resume') return pause(queue, command);
  const head = headOf(queue, command.key);
  if (head === null) {
    return refuseOperator(request, {
      code: 'KEY_NOT_FOUND',
      detail: `no message of key "${command.key}" stands in line`,
    });
  }
  return word === 'release' ? release(queue, command, head, moment) : skip(state, queue, command, head, moment);
}

function headOf(queue: Queue, key: string): Place | null {
  const lane = queue.order?.lanes.get(laneNumber(key));
  return lane === undefined ? null : (queue.order?.headOf(lane) ?? null);
}

function pause(queue: Queue, { request, name, key, word }: SteerKey): Decision {
  const lane = laneNumber(key);
  const paused = word === 'pause';
  const drafts: Draft[] = [];
  if (queue.pausedKeys.has(lane) !== paused) {
    if (paused && queue.pausedKeys.size >= PAUSED_KEYS_MAX) {
      return refuseOperator(request, { code: 'TOO_MANY_KEYS', detail: `${PAUSED_KEYS_MAX} are paused` });
    }
    drafts.push(draft({ type: 'key-paused', queue: queue.id, lane, key, paused, operator: request.operator }));
  }
  const depth = queue.order?.lanes.get(lane)?.count ?? 0;
  return { drafts, effects: [answerOperator(request, { queue: name, key, paused, depth })], urgent: true };
}

function release(queue: Queue, { request, name, key }: SteerKey, head: Place, { nowMs }: Moment): Decision {
  if (statusAt(head) !== WAITING || failedAt(head) === 0) return notParked(request, head);
  const sequence = sequenceAt(head);
  const { operator } = request;
  return {
    drafts: [draft({ type: 'key-released', queue: queue.id, sequence, atMs: nowMs, operator })],
    effects: [answerOperator(request, { queue: name, key, sequence, failed_deliveries: failedAt(head) })],
    urgent: true,
  };
}

function skip(state: State, queue: Queue, { request, name, key }: SteerKey, head: Place, { nowMs }: Moment): Decision {
  if (statusAt(head) !== WAITING && statusAt(head) !== READY) return notParked(request, head);
  if (state.deadLetters >= state.limits.deadLettersMax) {
    const detail = `${state.deadLetters} dead letters are held, at most ${state.limits.deadLettersMax} may be`;
    return refuseOperator(request, { code: 'BUSY', detail });
  }
  const sequence = sequenceAt(head);
  const letter = draft({
    type: 'dead-lettered',
    queue: queue.id,
    sequence,
    atMs: nowMs,
    cause: 'manual',
    reason: request.operator.reason,
    history: bounded(queue.histories.get(sequence) ?? []),
    operator: request.operator,
  });
  return {
    drafts: [letter],
    effects: [answerOperator(request, { queue: name, key, sequence, dead_lettered: true })],
    urgent: true,
    then: () => {
      state.counters.deadLettered += 1;
    },
  };
}

const notParked = (request: SteerKey['request'], head: Place): Decision =>
  refuseOperator(request, {
    code: 'KEY_NOT_PARKED',
    detail: statusAt(head) === READY ? 'its first message is ready' : 'its first message is with a consumer',
  });
