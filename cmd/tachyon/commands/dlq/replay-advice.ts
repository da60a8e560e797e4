// What a replay lacks, said so that it can be typed: the target where none was restated; and which of its two meanings
// `--reason` has where it could have either.

import { TachyonError } from '../../../../pkg/protocol/errors.ts';
import { isObject, type JsonObject } from '../../../../pkg/protocol/json.ts';
import { shellWord } from '../../../../pkg/protocol/shell-word.ts';
import { ask, PATIENCE_MS } from '../../admin.ts';
import { safe } from '../../output/cell.ts';
import { FailureWithNextStep } from '../../output/failure.ts';
import { ownCommand } from '../../output/own-command.ts';
import type { BrokerOptions } from '../options.ts';
import type { LetterFilter } from './filter.ts';

/**
 * `--reason` is a filter in the words beside this one. Where it says exactly what some of the records died of, nothing is
 * done until it is said which is meant: else all that the rest of the filter chooses would be replayed.
 */
export async function refuseAmbiguousReason(
  filter: LetterFilter,
  reason: string,
  options: BrokerOptions,
): Promise<void> {
  if (reason === '' || filter.record_reason !== undefined || Object.keys(filter).length === 0) return;
  const found = await groupsOf({ ...filter, record_reason: reason }, options);
  const count = found.reduce((sum, group) => sum + Number(group['count']), 0);
  if (count === 0) return;
  const which = count === 1 ? '1 of the selected died' : `${count} of the selected died`;
  throw new FailureWithNextStep(
    new TachyonError('AMBIGUOUS_REASON', `${which} of ${JSON.stringify(reason)}; nothing was done.`),
    `for these alone say --record-reason ${shellWord(reason)}, and with --reason why you do it; ` +
      'for all that the other options select, say in other words with --reason why you do it',
  );
}

/** With the words themselves where all that is selected goes to one place. */
export async function targetAdvice(filter: LetterFilter, options: BrokerOptions): Promise<string> {
  const general =
    'say where they go again: --target-consumer <their consumer or queue> --target-topic <their topic>, one topic a command; or --to-queue <another queue>';
  const groups = Object.keys(filter).length === 0 ? [] : await groupsOf(filter, options);
  const [group] = groups;
  if (group === undefined) return general;
  const target = ({ queue, topic }: JsonObject): string => JSON.stringify([queue, topic]);
  if (groups.some((other) => target(other) !== target(group))) {
    return `${general}; ${ownCommand(['dlq', 'groups'], options)} shows them`;
  }
  const words = ['--target-consumer', String(group['queue']), '--target-topic', String(group['topic'])];
  return `restate where they go: ${safe(words.map(shellWord).join(' '))}; or name another queue with --to-queue`;
}

async function groupsOf(filter: LetterFilter, options: BrokerOptions): Promise<readonly JsonObject[]> {
  const result = await ask(options, 'dlq.groups', filter, { timeoutMs: PATIENCE_MS });
  const { items } = isObject(result) ? result : {};
  return Array.isArray(items) ? items.filter(isObject) : [];
}
