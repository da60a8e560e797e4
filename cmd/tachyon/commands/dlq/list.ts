// `tachyon dlq list`: the records with the earlier system's field names, and ours beside them. The broker pages by queue;
// the other filters are applied here.

import { Command } from 'commander';
import type { JsonObject } from '../../../../pkg/protocol/json.ts';
import { ask, listOf } from '../../admin.ts';
import { duration } from '../../output/cell.ts';
import { type Column, printRows } from '../../output/table.ts';
import { addMessageListOptions, type MessageListOptions } from '../options.ts';

interface Options extends MessageListOptions {
  readonly queue?: string;
  readonly consumer?: string;
  readonly topic?: string;
  readonly reason?: string;
}

/** The causes in one word. */
const CAUSES: Readonly<Record<string, string>> = {
  nack_terminal: 'terminal',
  attempts_exhausted: 'attempts',
  returns_exhausted: 'returns',
};

/** What tells people which message died of what, in a hundred characters a line; the JSON has everything, and whole. */
export const COLUMNS: readonly Column[] = [
  { name: 'message_id', title: 'message', width: 20 },
  { name: 'queue', width: 14 },
  { name: 'failed_deliveries', title: 'failed' },
  { name: 'cause', show: ({ cause }) => CAUSES[String(cause)] ?? String(cause), width: 8 },
  { name: 'reason', width: 24 },
  { name: 'dead_lettered_at', title: 'age', show: (row) => ageOf(row, Date.now()), width: 8 },
];

const ageOf = ({ dead_lettered_at: at }: JsonObject, nowMs: number): string =>
  duration(Math.max(0, nowMs - Date.parse(String(at))));

export const listCommand = (): Command =>
  addMessageListOptions(
    new Command('list')
      .description('Lists dead letters; filters match whole values.')
      .option('--queue <queue>', 'Only those of this queue.')
      .option('--consumer <id>', 'Only those that this consumer failed last.')
      .option('--topic <topic>', 'Only those of this topic.')
      .option('--reason <reason>', 'Only those with this reason.'),
    1_024,
  ).action(async (options: Options) => {
    const { queue, tenant, bodyBytes, output } = options;
    if (queue !== undefined) await ask(options, 'queues.show', { queue, tenant_id: tenant });
    const args = { body_bytes: bodyBytes, ...(queue === undefined ? {} : { queue, tenant_id: tenant }) };
    const records = (await listOf(options, 'dlq.list', args)).filter(matching(options));
    await printRows(records.map(withEarlierFields), { output, columns: COLUMNS, nothing: 'no dead letters' });
  });

const matching =
  ({ consumer, topic, reason }: Options) =>
  (record: JsonObject): boolean =>
    (consumer === undefined || record['consumer_id'] === consumer) &&
    (topic === undefined || record['topic'] === topic) &&
    (reason === undefined || record['reason'] === reason);

/** Fields of the earlier record that mean nothing here: readers of it find them all the same. */
const withEarlierFields = (record: JsonObject): JsonObject => ({
  session_id: '',
  replay_count: 0,
  last_replay_at: null,
  last_replay_target: '',
  ...record,
});
