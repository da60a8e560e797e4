// `tachyon dlq list`: the records with the earlier system's field names, and ours beside them. The broker pages by queue;
// the other filters are applied here.

import { Command } from 'commander';
import type { JsonObject } from '../../../../pkg/protocol/json.ts';
import { ask, listOf } from '../../admin.ts';
import { payloadText } from '../../output/payload.ts';
import { printRows } from '../../output/table.ts';
import {
  type BrokerOptions,
  dataDirOption,
  type OutputOptions,
  outputOption,
  type TenantOptions,
  tenantOption,
  whole,
} from '../options.ts';

interface Options extends BrokerOptions, OutputOptions, TenantOptions {
  readonly queue?: string;
  readonly consumer?: string;
  readonly topic?: string;
  readonly reason?: string;
  readonly bodyBytes: number;
}

const COLUMNS = [
  ...['message_id', 'queue', 'topic', 'consumer_id', 'attempt', 'cause', 'reason', 'dead_lettered_at'].map((name) => ({
    name,
  })),
  { name: 'payload', title: 'body', show: payloadText },
];

export const listCommand = (): Command =>
  new Command('list')
    .description('Lists dead letters; filters match whole values.')
    .option('--queue <queue>', 'Only those of this queue.')
    .option('--consumer <id>', 'Only those that this consumer failed last.')
    .option('--topic <topic>', 'Only those of this topic.')
    .option('--reason <reason>', 'Only those with this reason.')
    .option('--body-bytes <bytes>', 'How much of each body; a page of bodies has a bound.', whole, 1_024)
    .addOption(tenantOption())
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
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
