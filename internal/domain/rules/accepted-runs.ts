// The accepted messages of one publish as runs: consecutive in their producer's numbering and in ours, of bounded bytes, so that
// a group stays near its bound and a small group can follow.

import type { Publish, PublishMessage } from '../command.ts';
import { type Draft, draft } from '../decision.ts';
import { asSequence, NO_PRODUCER, type QueueId } from '../ids.ts';
import type { AcceptedLetter } from '../letter-copy.ts';
import { RUN_QUEUE_IDS_MAX } from '../limits.ts';
import type { AcceptedTimes } from '../message-times.ts';
import type { AcceptedTraits, Traits } from '../message-traits.ts';
import type { SettledTimes } from './publish-times.ts';

const RUN_BYTES_MAX = 256 * 1024;
const RUN_MESSAGES_MAX = 4_096;
/** Each has its reason: an event must fit a group. */
const RUN_LETTERS_MAX = 1_024;
/** Sets of a run among which an equal one is looked for. */
const SETS_COMPARED_MAX = 8;

const NO_LETTERS: readonly AcceptedLetter[] = [];

interface Run {
  readonly firstIndex: number;
  count: number;
  bytes: number;
  /** In all sets. */
  queueIds: number;
  readonly lengths: number[];
  readonly setOf: number[];
  readonly sets: (readonly QueueId[])[];
  readonly setIndex: Map<readonly QueueId[], number>;
  readonly pieces: Uint8Array[];
  readonly times: AcceptedTimes[];
  readonly letters: AcceptedLetter[];
  readonly traits: AcceptedTraits[];
  /** Where the last piece ends in the source, so that a neighbour extends it instead of being copied apart. */
  pieceStart: number;
  pieceEnd: number;
}

export class AcceptedRuns {
  readonly #command: Publish;
  readonly #nowMs: number;
  readonly #drafts: Draft[] = [];
  #run: Run | null = null;
  #nextSequence: number;

  constructor(command: Publish, nowMs: number, nextSequence: number) {
    this.#command = command;
    this.#nowMs = nowMs;
    this.#nextSequence = nextSequence;
  }

  /** In the order of the command. */
  add(
    index: number,
    message: PublishMessage,
    queues: readonly QueueId[],
    times: SettledTimes | null,
    traits: Traits | null,
    letters: readonly Omit<AcceptedLetter, 'index'>[] = NO_LETTERS,
  ): void {
    const length = lengthOf(message);
    let run = this.#run;
    if (
      run !== null &&
      (run.firstIndex + run.count !== index ||
        (this.#command.atomic !== true && (run.bytes + length > RUN_BYTES_MAX || run.count === RUN_MESSAGES_MAX)) ||
        run.letters.length + letters.length > RUN_LETTERS_MAX ||
        run.queueIds + queues.length > RUN_QUEUE_IDS_MAX)
    ) {
      this.#endRun();
      run = null;
    }
    run ??= this.#run = newRun(index);
    for (const letter of letters) run.letters.push({ index: run.count, ...letter });
    if (times !== null) run.times.push({ index: run.count, ...times });
    if (traits !== null) run.traits.push({ index: run.count, class: traits.class, lane: traits.lane });
    run.setOf.push(setOf(run, queues));
    run.lengths.push(length);
    run.count += 1;
    run.bytes += length;
    if (run.pieceEnd !== message.start) {
      this.#endPiece(run);
      run.pieceStart = message.start;
    }
    run.pieceEnd = message.end;
    if (message.tail !== null) {
      this.#endPiece(run);
      run.pieces.push(message.tail);
    }
  }

  end(): readonly Draft[] {
    this.#endRun();
    return this.#drafts;
  }

  #endPiece(run: Run): void {
    if (run.pieceStart >= 0 && run.pieceEnd > run.pieceStart) {
      run.pieces.push(this.#command.source.subarray(run.pieceStart, run.pieceEnd));
    }
    run.pieceStart = -1;
    run.pieceEnd = -1;
  }

  #endRun(): void {
    const run = this.#run;
    if (run === null) return;
    this.#endPiece(run);
    const { producer, firstSequence } = this.#command;
    this.#drafts.push(
      draft(
        {
          type: 'accepted',
          producer,
          firstProducerSequence: producer === NO_PRODUCER ? 0 : firstSequence + run.firstIndex,
          firstSequence: asSequence(this.#nextSequence),
          atMs: this.#nowMs,
          sets: run.sets,
          setOf: run.setOf,
          lengths: run.lengths,
          ...(run.times.length === 0 ? {} : { times: run.times }),
          ...(run.letters.length === 0 ? {} : { notes: { letters: run.letters } }),
          ...(run.traits.length === 0 ? {} : { traits: run.traits }),
        },
        run.pieces,
      ),
    );
    this.#nextSequence += run.count;
    this.#run = null;
  }
}

/** Of its block. */
export const lengthOf = ({ start, end, tail }: PublishMessage): number => end - start + (tail?.length ?? 0);

const newRun = (firstIndex: number): Run => ({
  firstIndex,
  count: 0,
  bytes: 0,
  queueIds: 0,
  lengths: [],
  setOf: [],
  sets: [],
  setIndex: new Map(),
  pieces: [],
  times: [],
  letters: [],
  traits: [],
  pieceStart: -1,
  pieceEnd: -1,
});

/** The number of this set of queues in the run. Topics have answers of their own, and mostly lead to the same queues. */
function setOf(run: Run, queues: readonly QueueId[]): number {
  const known = run.setIndex.get(queues);
  if (known !== undefined) return known;
  let set = run.sets.findIndex((other, index) => index < SETS_COMPARED_MAX && areEqual(other, queues));
  if (set < 0) {
    set = run.sets.push(queues) - 1;
    run.queueIds += queues.length;
  }
  run.setIndex.set(queues, set);
  return set;
}

function areEqual(some: readonly QueueId[], others: readonly QueueId[]): boolean {
  return some.length === others.length && some.every((queue, index) => queue === others[index]);
}
