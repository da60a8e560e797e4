// `tachyon queues list`.

import { Command } from 'commander';
import { listOf } from '../../admin.ts';
import { printRows } from '../../output/table.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption } from '../options.ts';

const COLUMNS = [
  'queue',
  'ready',
  'leased',
  'waiting_retry',
  'dead_letters',
  'consumers',
  'bytes',
  'oldest_unacked_ms',
  'patterns',
];

export const listCommand = (): Command =>
  new Command('list')
    .description('Lists queues with their depths and patterns.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: BrokerOptions & OutputOptions) => {
      const columns = [{ name: 'tenant_id', title: 'tenant' }, ...COLUMNS.map((name) => ({ name }))];
      const rows = await listOf(options, 'queues.list');
      const shown = rows.some((row) => row['tenant_id'] !== '') ? columns : columns.slice(1);
      await printRows(rows, { output: options.output, columns: shown, nothing: 'no queues' });
    });
