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
    .option('--fingerprint <hex>', 'Only those of this group (tachyon dlq groups).')
    .option('--sequence <number>', 'Only the one with this number in its queue.', whole)
    .option('--tenant <name>', 'Only those of this tenant.');

/** Where `--reason` means something else, as the earlier command had it. */
export const addRecordReasonOption = (command: Command): Command =>
  command.option('--record-reason <text>', 'Only those with this reason.');

/** What was not said is not in it. */
export function filterArgs(options: FilterOptions, reason = options.recordReason): object {
  const { queue, tenant, consumer, topic, fingerprint, sequence } = options;
  const ids = idsOf(options);
  const filter = { ids, queue, tenant_id: tenant, consumer, topic, record_reason: reason, fingerprint, sequence };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** An empty list of ids is a slip, such as a variable that was not set: it must not mean "all". */
function idsOf({ ids, id = [] }: FilterOptions): readonly string[] | undefined {
  const named = (ids ?? '').split(',').map((text) => text.trim());
  const all = [...named, ...id].filter((text) => text !== '');
  if (all.length > 0) return all;
  if (ids !== undefined || id.length > 0) throw new UsageError('--ids and --id must name at least one message');
  return undefined;
}
