// Events of the audit log: which ones a command means, and their table.

import type { Command } from 'commander';
import { safe } from '../../output/cell.ts';
import type { Column } from '../../output/table.ts';

export interface EventFilterOptions {
  readonly id?: string;
  readonly actor?: string;
  readonly operation?: string;
  readonly start?: string;
  readonly end?: string;
}

export const addEventFilterOptions = (command: Command): Command =>
  command
    .option('--id <id>', 'Only those about this message.')
    .option('--actor <name>', 'Only what this actor did.')
    .option('--start <time>', 'Not before, such as 2026-03-21T00:00:00Z.')
    .option('--end <time>', 'Not after.');

export const eventArgs = ({ id, actor, operation, start, end }: EventFilterOptions): object =>
  Object.fromEntries(Object.entries({ id, actor, operation, start, end }).filter(([, value]) => value !== undefined));

export const EVENT_COLUMNS: readonly Column[] = [
  { name: 'number' },
  { name: 'timestamp', width: 24 },
  { name: 'actor', width: 18 },
  { name: 'operation', width: 20 },
  { name: 'outcome', width: 16 },
  { name: 'target_message_ids', title: 'targets', show: targets, width: 24 },
  { name: 'requested_reason', title: 'reason', width: 24 },
];

function targets({ target_message_ids: ids }: Readonly<Record<string, unknown>>): string {
  if (!Array.isArray(ids) || ids.length === 0) return '-';
  const [first] = ids;
  return safe(ids.length === 1 ? String(first) : `${ids.length}: ${String(first)}, …`);
}
