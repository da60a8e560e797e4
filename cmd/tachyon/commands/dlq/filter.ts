// Which dead letters a command means: options that match whole values, and the flat filter that the broker takes.

import type { Command } from 'commander';
import { UsageError } from '../../output/failure.ts';
import { repeated, whole } from '../options.ts';

export interface FilterOptions {
  readonly ids?: string;
  readonly id?: readonly string[];
  readonly queue?: string;
  readonly tenant?: string;
  readonly consumer?: string;
  readonly topic?: string;
  readonly recordReason?: string;
  readonly fingerprint?: string;
  readonly sequence?: number;
}

/** Of the words whose `--reason` chooses records, as the earlier command had it. */
export interface EarlierReasonOptions {
  readonly reason?: string;
}

/** As the broker takes it; what was not said is not in it. */
export interface LetterFilter {
  readonly ids?: readonly string[];
  readonly queue?: string;
  readonly tenant_id?: string;
  readonly consumer?: string;
  readonly topic?: string;
  readonly record_reason?: string;
  readonly fingerprint?: string;
  readonly sequence?: number;
}

/** Several by their ids. */
export const addIdOptions = (command: Command): Command =>
  command
    .option('--ids <ids>', 'Message ids, with commas between them.')
    .option('--id <id>', 'One message id, taken whole; may be given again.', repeated, []);

export const addFilterOptions = (command: Command): Command =>
  command
    .option('--queue <queue>', 'Only those of this queue.')
    .option('--consumer <id>', 'Only those that this consumer failed last.')
    .option('--topic <topic>', 'Only those of this topic.')
    .option('--record-reason <text>', 'Only those that died of this reason.')
    .option('--fingerprint <hex>', 'Only those of this group (tachyon dlq groups).')
    .option('--sequence <number>', 'Only the one with this number in its queue.', whole)
    .option('--tenant <name>', 'Only those of this tenant.');

/** Not for a replay, whose `--reason` is why it is asked for. */
export const addEarlierReasonOption = (command: Command): Command =>
  command.option('--reason <text>', 'The earlier name of --record-reason: a filter.');

/** `reason`: what the earlier option says, where it is a filter. */
export function filterArgs(options: FilterOptions, reason?: string): LetterFilter {
  const { queue, tenant, consumer, topic, recordReason, fingerprint, sequence } = options;
  if (recordReason !== undefined && reason !== undefined && recordReason !== reason) {
    throw new UsageError('--reason is the earlier name of --record-reason here: say one of them');
  }
  const ids = idsOf(options);
  const died = recordReason ?? reason;
  return {
    ...(ids === undefined ? {} : { ids }),
    ...(queue === undefined ? {} : { queue }),
    ...(tenant === undefined ? {} : { tenant_id: tenant }),
    ...(consumer === undefined ? {} : { consumer }),
    ...(topic === undefined ? {} : { topic }),
    ...(died === undefined ? {} : { record_reason: died }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(sequence === undefined ? {} : { sequence }),
  };
}

/** An empty list of ids is a slip, such as a variable that was not set: it must not mean "all". */
function idsOf({ ids, id = [] }: FilterOptions): readonly string[] | undefined {
  const named = (ids ?? '').split(',').map((text) => text.trim());
  const all = [...named, ...id].filter((text) => text !== '');
  if (all.length > 0) return all;
  if (ids !== undefined || id.length > 0) throw new UsageError('--ids and --id must name at least one message');
  return undefined;
}

const IDS_SHOWN = 3;

/** In people's words: `queue "orders", reason "no stock"`. */
export function filterText(filter: LetterFilter): string {
  const { ids, queue, tenant_id: tenant, consumer, topic, record_reason: reason, fingerprint, sequence } = filter;
  const quoted = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [`${name} ${JSON.stringify(value)}`];
  const more = (ids?.length ?? 0) > IDS_SHOWN ? ` and ${(ids?.length ?? 0) - IDS_SHOWN} more ids` : '';
  const parts = [
    ...(ids === undefined ? [] : [`ids ${ids.slice(0, IDS_SHOWN).join(', ')}${more}`]),
    ...quoted('queue', queue),
    ...quoted('tenant', tenant),
    ...quoted('consumer', consumer),
    ...quoted('topic', topic),
    ...quoted('reason', reason),
    ...quoted('fingerprint', fingerprint),
    ...(sequence === undefined ? [] : [`sequence ${sequence}`]),
  ];
  return parts.length === 0 ? 'any' : parts.join(', ');
}
