// What operators do with dead letters: replay, purge, make one by hand, and jobs of many. A step names at most
// STEP_TARGETS_MAX records; what is no dead letter any more when its turn comes is told, never an error.

import { printTime } from '../../../pkg/protocol/rfc3339.ts';
import type { DeadLetterTarget } from '../dead-letter-order.ts';
import { answerOperator, type Decision, type Draft, draft, type Moment, NOTHING, refuseOperator } from '../decision.ts';
import type { Refusal, StepDone } from '../effect.ts';
import { asSequence, type QueueId, type Sequence } from '../ids.ts';
import { RUNNING_JOBS_MAX } from '../job.ts';
import type {
  AddDeadLetter,
  CancelJob,
  DeadLetterStep,
  EndJob,
  PurgeDeadLetters,
  ReplayDeadLetters,
  StartJob,
} from '../operator-command.ts';
import type { State } from '../state.ts';
import { recorded } from './audit.ts';
import { Binder } from './binding.ts';
import { BindingError } from './binding-error.ts';
import { newLetter } from './new-letter.ts';

export function replayDeadLetters(state: State, command: ReplayDeadLetters, moment: Moment): Decision {
  if (!state.hasControlRoom) return refusedStep(command, NO_ROOM);
  const { operator, into } = command;
  const found = split(state, command.targets);
  if (into !== null) return replayInto(state, command, found, moment);
  const drafts = found.queues.map(([queue, sequences]) =>
    draft({ type: 'redriven', queue, sequences, atMs: moment.nowMs, operator }),
  );
  return step(state, command, found, drafts, 'replay_dead_letter', { status: 'ready' }, moment);
}

/** New messages in another queue, with the whole story; the old ones go. */
function replayInto(state: State, command: ReplayDeadLetters, found: Found, moment: Moment): Decision {
  const { operator, into, targets } = command;
  if (into === null) return NOTHING;
  const bytes = into.blocks.reduce((sum, block) => sum + block.length, 0);
  if (bytes > state.freeBytes) {
    return refusedStep(command, { code: 'STORAGE_FULL', detail: `${bytes} bytes are needed` });
  }
  const queue = state.queueNamed(into.tenant, into.queueName)?.id;
  if (queue === undefined) {
    return refusedStep(command, { code: 'QUEUE_NOT_FOUND', detail: `queue "${into.queueName}"` });
  }
  const moves: Draft[] = [];
  let sequence: number = state.nextSequence;
  targets.forEach((target, index) => {
    const block = into.blocks[index];
    if (block === undefined || !found.moved.includes(target)) return;
    const letter = state.queues.get(target.queue)?.dead.get(target.sequence);
    moves.push(
      ...newLetter(block, moment, {
        queue,
        sequence: asSequence(sequence),
        atMs: moment.nowMs,
        cause: 'manual',
        reason: '',
        history: letter?.history ?? [],
        operator: null,
      }),
    );
    moves.push(draft({ type: 'redriven', queue, sequences: [asSequence(sequence)], atMs: moment.nowMs, operator }));
    sequence += 1;
  });
  const gone = found.queues.map(([from, sequences]) =>
    draft({ type: 'dead-letters-purged', queue: from, sequences, operator }),
  );
  const drafts = [...moves, ...gone];
  return step(state, command, found, drafts, 'replay_dead_letter', { status: 'ready', queue: into.queueName }, moment);
}

export function purgeDeadLetters(state: State, command: PurgeDeadLetters, moment: Moment): Decision {
  if (!state.hasControlRoom) return refusedStep(command, NO_ROOM);
  const { operator } = command;
  const found = split(state, command.targets);
  const drafts = found.queues.map(([queue, sequences]) =>
    draft({ type: 'dead-letters-purged', queue, sequences, operator }),
  );
  return step(state, command, found, drafts, 'purge_dead_letter', { status: 'purged' }, moment);
}

export function addDeadLetter(state: State, command: AddDeadLetter, moment: Moment): Decision {
  const { request, tenant, queueName, block, reason, messageId, result } = command;
  if (state.deadLetters >= state.limits.deadLettersMax) {
    const detail = `${state.deadLetters} dead letters are held, at most ${state.limits.deadLettersMax} may be`;
    return refuseOperator(request, { code: 'BUSY', detail });
  }
  if (block.length > state.freeBytes) {
    return refuseOperator(request, { code: 'STORAGE_FULL', detail: `${block.length} bytes are needed` });
  }
  try {
    const binder = new Binder(state, 'operator', request.operator);
    const queue = binder.queue(tenant, queueName);
    const sequence = state.nextSequence;
    return {
      drafts: [
        ...binder.drafts,
        ...newLetter(block, moment, {
          queue,
          sequence,
          atMs: moment.nowMs,
          cause: 'manual',
          reason,
          history: [],
          operator: request.operator,
        }),
      ],
      effects: [
        answerOperator(request, {
          ...result,
          queue: queueName,
          message_id: messageId,
          sequence,
          enqueue_sequence: sequence,
          dead_lettered_at: printTime(Math.floor(moment.nowMs)),
        }),
      ],
      urgent: true,
      then: () => {
        state.counters.deadLettered += 1;
      },
    };
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    return refuseOperator(request, error.refusal);
  }
}

/** What is left of a full disk belongs to the settlements that were booked. */
const NO_ROOM: Refusal = { code: 'STORAGE_FULL', detail: 'what is left is kept for settlements' };

const refusedStep = ({ step: number }: DeadLetterStep, refusal: Refusal): Decision => ({
  ...NOTHING,
  effects: [{ type: 'step-done', gated: true, peer: null, step: number, moved: 0, missing: [], refusal }],
});

interface Found {
  readonly queues: readonly (readonly [QueueId, readonly Sequence[]])[];
  readonly moved: readonly DeadLetterTarget[];
  readonly missing: readonly DeadLetterTarget[];
}

/** What is a dead letter now, by queue and in the order of the numbers. */
function split(state: State, targets: readonly DeadLetterTarget[]): Found {
  const queues = new Map<QueueId, Set<Sequence>>();
  const moved: DeadLetterTarget[] = [];
  const missing: DeadLetterTarget[] = [];
  for (const target of targets) {
    const sequences = queues.get(target.queue) ?? new Set();
    if (sequences.has(target.sequence)) continue;
    if (state.queues.get(target.queue)?.dead.has(target.sequence) !== true) {
      missing.push(target);
      continue;
    }
    queues.set(target.queue, sequences.add(target.sequence));
    moved.push(target);
  }
  return {
    queues: [...queues].map(([queue, sequences]) => [queue, [...sequences].sort((a, b) => a - b)]),
    moved,
    missing,
  };
}

/** The moves of a step, what the log tells of them, and the job's progress. */
function step(
  state: State,
  command: DeadLetterStep,
  { queues, moved, missing }: Found,
  moves: readonly Draft[],
  operation: string,
  outcome: Readonly<Record<string, unknown>>,
  moment: Moment,
): Decision {
  const { operator, job } = command;
  const running = job !== null && state.jobs.get(job)?.state === 'running';
  const done: StepDone = {
    type: 'step-done',
    gated: true,
    peer: null,
    step: command.step,
    moved: moved.length,
    missing,
    refusal: null,
  };
  const prior = queues.map(([queue, sequences]) => ({
    queue: state.queues.get(queue)?.name ?? '',
    status: 'dead_lettered',
    sequences,
  }));
  const resulting = queues.map(([queue, sequences]) => ({
    queue: state.queues.get(queue)?.name ?? '',
    count: sequences.length,
    ...outcome,
    ...(job === null ? {} : { job }),
  }));
  const drafts =
    moved.length === 0
      ? []
      : [
          ...moves,
          recorded(
            moment,
            operator,
            operation,
            'done',
            moved.map(({ messageId }) => messageId),
            prior,
            resulting,
          ),
        ];
  const { unfit } = command;
  if (unfit !== null) {
    const left = [{ count: unfit.count, status: 'dead_lettered' }];
    drafts.push(recorded(moment, operator, operation, unfit.code, unfit.ids, left, left));
  }
  const failed = missing.length + (unfit?.count ?? 0);
  if (running) drafts.push(draft({ type: 'job-moved', job, done: moved.length, failed }));
  return {
    drafts,
    effects: [done],
    urgent: true,
    then: () => {
      if (operation === 'replay_dead_letter') state.counters.redriven += moved.length;
      else state.counters.purged += moved.length;
    },
  };
}

export function startJob(state: State, command: StartJob, moment: Moment): Decision {
  const { request, order, total, result } = command;
  const running = [...state.jobs.values()].filter((job) => job.state === 'running').length;
  if (running >= RUNNING_JOBS_MAX) {
    return refuseOperator(request, { code: 'BUSY', detail: `${running} jobs run, at most ${RUNNING_JOBS_MAX} may` });
  }
  const job = state.nextJob;
  return {
    drafts: [draft({ type: 'job-started', job, order, total, atMs: moment.nowMs, operator: request.operator })],
    effects: [answerOperator(request, { ...result, job, total })],
    urgent: true,
  };
}

export function endJob(state: State, { job: id, outcome }: EndJob, moment: Moment): Decision {
  const job = state.jobs.get(id);
  if (job === undefined || job.state !== 'running') return NOTHING;
  const facts = { job: id, done: job.done, failed: job.failed };
  return {
    drafts: [
      draft({ type: 'job-ended', job: id, outcome, atMs: moment.nowMs }),
      recorded(moment, job.operator, `${job.order.kind}_job`, outcome, [], [{ job: id, total: job.total }], [facts]),
    ],
    effects: [],
    urgent: false,
  };
}

export function cancelJob(state: State, { request, job: id }: CancelJob, moment: Moment): Decision {
  const job = state.jobs.get(id);
  if (job === undefined) return refuseOperator(request, { code: 'JOB_NOT_FOUND', detail: `job ${id}` });
  if (job.state !== 'running') {
    return refuseOperator(request, { code: 'INVALID_ARGUMENT', detail: `job ${id} has ended: ${job.state}` });
  }
  return {
    drafts: [draft({ type: 'job-ended', job: id, outcome: 'cancelled', atMs: moment.nowMs })],
    effects: [answerOperator(request, { job: id, state: 'cancelled', done: job.done, failed: job.failed })],
    urgent: true,
  };
}
