// Operators' requests on dead letters, carried out in steps of at most 256, one after the other; between two steps live
// traffic passes. A small request is answered when its last step is on disk and in the audit log. A large one becomes a
// job: durable, resumed after a restart, which finds what is left by asking again.

import type { Command } from '../../domain/command.ts';
import { type JobOrder, STEP_TARGETS_MAX } from '../../domain/dead-letter-order.ts';
import type { Refusal, StepDone } from '../../domain/effect.ts';
import type { Operator } from '../../domain/event.ts';
import { blockAt } from '../../domain/evolve.ts';
import type { OperatorRequest, Unfit } from '../../domain/operator-command.ts';
import type { State } from '../../domain/state.ts';
import type { Bodies } from '../bodies.ts';
import type { Journal } from '../ports/journal.ts';
import type { Timers } from '../ports/timers.ts';
import { readBlocks } from '../read-blocks.ts';
import { type Judged, judged, type RecordFailure } from './judge.ts';
import type { Selected, Selection } from './selection.ts';

/** Records that one answer waits for. */
const INLINE_MAX = 1_000;
/** Seconds that one answer waits for a rate. */
const INLINE_S_MAX = 5;
/** Failures that one answer lists. */
const FAILURES_SHOWN_MAX = 500;
/** What the blocks of one step into another queue may take together. */
const STEP_BYTES_MAX = 4 * 1024 * 1024;

/** What is answered; of the two counts the one that the request is about. */
export interface WorkResult {
  readonly requested: number;
  readonly replayed?: number;
  readonly purged?: number;
  readonly failed: number;
  readonly failures: readonly RecordFailure[];
  readonly dry_run: boolean;
}

export interface DeadLetterWorkOptions {
  readonly state: State;
  readonly journal: Journal;
  readonly bodies: Bodies;
  readonly selection: Selection;
  readonly timers: Timers;
  readonly nowMs: () => number;
  readonly submit: (commands: readonly Command[]) => void;
}

export class DeadLetterWork {
  readonly #options: DeadLetterWorkOptions;
  readonly #steps = new Map<number, (done: StepDone) => void>();
  readonly #jobs = new Set<number>();
  #nextStep = 1;
  #stopped = false;

  constructor(options: DeadLetterWorkOptions) {
    this.#options = options;
  }

  /** Answers by `done`, with those that fit, or `refuse`; a large request is answered by the command that makes it a job. */
  request(
    request: OperatorRequest,
    order: JobOrder,
    dryRun: boolean,
    done: (result: WorkResult, fit: readonly Selected[]) => void,
    refuse: (refusal: Refusal) => void,
  ): void {
    this.#options.selection.all(order.filter, this.#options.nowMs(), (selected) => {
      const { fit, failures } = judged(order, selected);
      const result = (moved: number, more: readonly RecordFailure[] = []): WorkResult => ({
        requested: fit.length + failures.length,
        ...(order.kind === 'replay' ? { replayed: moved } : { purged: moved }),
        failed: failures.length + more.length,
        failures: [...failures, ...more].slice(0, FAILURES_SHOWN_MAX),
        dry_run: dryRun,
      });
      if (dryRun) return done(result(fit.length), fit);
      if (fit.length > INLINE_MAX || (order.ratePerSecond > 0 && fit.length > order.ratePerSecond * INLINE_S_MAX)) {
        return this.#options.submit([{ type: 'start-job', request, order, total: fit.length, result: result(0) }]);
      }
      this.#move(order, fit, request.operator, null, unfitOf(failures), (moved, missing, refusal) => {
        if (refusal !== null && moved === 0) return refuse(refusal);
        done(result(moved, [...missing, ...(refusal === null ? [] : [stopped(refusal)])]), fit);
      });
    });
  }

  /** After a start, and after each turn in which a job may have begun. */
  look(): void {
    for (const { id, state } of this.#options.state.jobs.values()) {
      if (state === 'running' && !this.#jobs.has(id)) this.#run(id);
    }
  }

  stepDone(done: StepDone): void {
    const waiting = this.#steps.get(done.step);
    this.#steps.delete(done.step);
    waiting?.(done);
  }

  stop(): void {
    this.#stopped = true;
  }

  #run(id: number): void {
    const job = this.#options.state.jobs.get(id);
    if (job === undefined) return;
    this.#jobs.add(id);
    const { order, operator, startedMs } = job;
    this.#options.selection.all(order.filter, startedMs, (selected) => {
      const { fit, failures }: Judged = judged(order, selected);
      // A restart judges again: what did not fit was counted before.
      const unfit = job.failed === 0 ? unfitOf(failures) : null;
      this.#move(order, fit, operator, id, unfit, (_moved, _missing, refusal) => {
        this.#jobs.delete(id);
        if (this.#stopped || this.#options.state.jobs.get(id)?.state !== 'running') return;
        this.#options.submit([{ type: 'end-job', job: id, outcome: refusal === null ? 'done' : 'failed' }]);
      });
    });
  }

  /** Step after step, at the order's rate; ends early when its job was cancelled or a step was refused. */
  #move(
    order: JobOrder,
    fit: readonly Selected[],
    operator: Operator,
    job: number | null,
    unfit: Unfit | null,
    done: (moved: number, missing: readonly RecordFailure[], refusal: Refusal | null) => void,
  ): void {
    const missing: RecordFailure[] = [];
    let moved = 0;
    let at = 0;
    let told = false;
    const next = (): void => {
      const isCancelled = job !== null && this.#options.state.jobs.get(job)?.state !== 'running';
      // What does not fit is on record too, also where nothing else is to be done.
      const isFirst = at === 0 && !told;
      const isDone = at >= fit.length && !(isFirst && unfit !== null);
      if (isDone || isCancelled || this.#stopped) return done(moved, missing, null);
      told = true;
      const targets = this.#stepFrom(order, fit, at);
      at += targets.length;
      this.#step(order, targets, operator, job, isFirst ? unfit : null, (answer) => {
        if (answer.refusal !== null) return done(moved, missing, answer.refusal);
        moved += answer.moved;
        for (const { messageId, sequence } of answer.missing) {
          missing.push({
            message_id: messageId,
            queue: '',
            sequence,
            code: 'DEAD_LETTER_NOT_FOUND',
            error: 'it was moved or removed meanwhile, or cannot be read',
          });
        }
        const pauseMs = order.ratePerSecond > 0 ? (targets.length * 1_000) / order.ratePerSecond : 0;
        this.#options.timers.after(pauseMs, next);
      });
    };
    next();
  }

  #stepFrom({ toQueue, ratePerSecond }: JobOrder, fit: readonly Selected[], at: number): readonly Selected[] {
    const most =
      ratePerSecond > 0 ? Math.min(STEP_TARGETS_MAX, Math.max(1, Math.ceil(ratePerSecond / 4))) : STEP_TARGETS_MAX;
    const some = fit.slice(at, at + most);
    if (toQueue === null) return some;
    let bytes = 0;
    const heavy = some.findIndex(({ queue, sequence }, index) => {
      const place = queue.entries.find(sequence);
      bytes += place === null ? 0 : blockAt(place).length;
      // A queue of the other name is one of the same tenant: a step is of one.
      return index > 0 && (bytes > STEP_BYTES_MAX || queue.tenant !== some[0]?.queue.tenant);
    });
    return heavy < 0 ? some : some.slice(0, heavy);
  }

  #step(
    order: JobOrder,
    selected: readonly Selected[],
    operator: Operator,
    job: number | null,
    unfit: Unfit | null,
    done: (answer: StepDone) => void,
  ): void {
    const step = this.#nextStep;
    this.#nextStep += 1;
    this.#steps.set(step, done);
    const common = (of: readonly Selected[]) => ({
      step,
      operator,
      job,
      unfit,
      targets: of.map(({ queue, sequence, card }) => ({ queue: queue.id, sequence, messageId: card.messageId })),
    });
    const { submit, journal, bodies } = this.#options;
    if (order.kind === 'purge') return submit([{ type: 'purge-dead-letters', ...common(selected) }]);
    const { toQueue } = order;
    if (toQueue === null) return submit([{ type: 'replay-dead-letters', ...common(selected), into: null }]);
    const present = selected.flatMap((one) => {
      const place = one.queue.entries.find(one.sequence);
      return place === null ? [] : [{ one, block: blockAt(place) }];
    });
    readBlocks(
      journal,
      bodies,
      present.map(({ block }) => block),
      (blocks) => {
        const readable = present.flatMap(({ one }, index) => {
          const block = blocks[index] ?? null;
          return block === null ? [] : [{ one, block }];
        });
        const taken = new Set(readable.map(({ one }) => one));
        const { targets: left } = common(selected.filter((one) => !taken.has(one)));
        this.#steps.set(step, (answer) => done({ ...answer, missing: [...answer.missing, ...left] }));
        const tenant = selected[0]?.queue.tenant ?? '';
        const into = { tenant, queueName: toQueue, blocks: readable.map(({ block }) => block) };
        submit([{ type: 'replay-dead-letters', ...common([...taken]), into }]);
      },
    );
  }
}

function unfitOf(failures: readonly RecordFailure[]): Unfit | null {
  const [first] = failures;
  if (first === undefined) return null;
  const ids = failures.slice(0, STEP_TARGETS_MAX).map(({ message_id: id }) => id);
  return { count: failures.length, ids, code: first.code };
}

const stopped = ({ code, detail }: Refusal): RecordFailure => ({
  message_id: '',
  queue: '',
  sequence: 0,
  code,
  error: `the rest was not tried: ${detail}`,
});
