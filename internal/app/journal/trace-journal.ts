// The life of a message as the journal of a data folder tells it, with a broker at work on the folder or without. Reads
// the files from their beginning, once; a second time where a message was met late.

import { TachyonError } from '../../../pkg/protocol/errors.ts';
import type { OperatorAction } from '../../domain/event.ts';
import type { QueueId } from '../../domain/ids.ts';
import { walkJournal } from '../../repository/journal/reading/walk-journal.ts';
import type { Disk } from '../../usecase/ports/disk.ts';
import type { Biography } from './biography.ts';
import { timeOf } from './earlier-steps.ts';
import { Follower } from './follower.ts';
import { Names } from './names.ts';
import { openFolder } from './open-folder.ts';

export interface TraceQuestion {
  readonly id: string;
  /** Null: any. */
  readonly tenant: string | null;
  readonly queue: string | null;
  /** Sequences of messages that are known to have the id. */
  readonly known: readonly number[];
}

export interface JournalTrace {
  readonly messages: readonly Biography[];
  /** Of very many messages with the id, the numbers of those that are not told. */
  readonly leftOut: ReadonlySet<number>;
  /** What operators did that names the id. */
  readonly actions: readonly object[];
  /** Null for both where the journal holds nothing. */
  readonly from: { readonly position: number; readonly at: string } | null;
  readonly through: { readonly position: number; readonly at: string } | null;
  /** All at or below was known to be on disk. */
  readonly durable: number;
  /** Groups whose messages cannot be read. */
  readonly damaged_groups: number;
  /** Where the journal is damaged: what is behind is not told. */
  readonly fault: TachyonError | null;
}

const ACTIONS_MAX = 1_000;

/** Throws DATA_DIR_UNUSABLE where there is no such folder. */
export function traceJournal(folder: string, question: TraceQuestion): JournalTrace {
  const disk = openFolder(folder);
  const first = traced(disk, folder, question);
  if (!first.metLate) return first.trace;
  const known = [...new Set([...first.sequences, ...question.known])];
  return traced(disk, folder, { ...question, known }).trace;
}

function traced(
  disk: Disk,
  folder: string,
  { id, tenant, queue, known }: TraceQuestion,
): { trace: JournalTrace; metLate: boolean; sequences: readonly number[] } {
  const names = new Names(disk);
  const wants = (number: QueueId): boolean => {
    const name = names.queue(number);
    return (queue === null || name?.name === queue) && (tenant === null || name?.tenant === tenant);
  };
  const follower = new Follower({ id, names, wants, known });
  const actions: object[] = [];
  let from: JournalTrace['from'] = null;
  let through: JournalTrace['through'] = null;
  let durable = 0;
  let damaged = 0;
  let fault: TachyonError | null = null;
  try {
    for (const group of walkJournal({ disk, folder, wantsBlocks: () => true })) {
      through = { position: group.position, at: timeOf(group.timeMs) };
      from ??= through;
      durable = Math.max(durable, group.durableMark);
      if (group.damaged) damaged += 1;
      follower.begin(group);
      for (const { event, placement } of group.events) {
        names.learn(event);
        follower.take(group, event, placement.offset);
        names.forget(event);
        if (event.type === 'operator-action' && event.targets.includes(id) && actions.length < ACTIONS_MAX) {
          actions.push(actionView(event));
        }
      }
    }
  } catch (error) {
    if (!(error instanceof TachyonError)) throw error;
    fault = error;
  }
  follower.end();
  return {
    trace: {
      messages: follower.biographies,
      leftOut: follower.leftOut,
      actions,
      from,
      through,
      durable,
      damaged_groups: damaged,
      fault,
    },
    metLate: follower.metLate,
    sequences: follower.sequences,
  };
}

/** With the audit log's own names; its number and hashes stand in the log alone. */
const actionView = ({ atMs, operator, operation, outcome, targets, prior, resulting }: OperatorAction): object => ({
  actor: operator.actor,
  timestamp: timeOf(atMs),
  operation,
  outcome,
  target_message_ids: targets,
  requested_reason: operator.reason,
  prior_state: prior,
  resulting_state: resulting,
});
