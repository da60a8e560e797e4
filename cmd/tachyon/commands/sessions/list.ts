// `tachyon sessions list`.

import { Command } from 'commander';
import { listOf } from '../../admin.ts';
import { printRows } from '../../output/table.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption } from '../options.ts';

const COLUMNS = [
  'session_id',
  'consumer_id',
  'live',
  'queues',
  'inflight',
  'max_inflight',
  'inflight_bytes',
  'blocked',
  'steering',
];

export const listCommand = (): Command =>
  new Command('list')
    .description('Lists consumers, their queues, and what they hold.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: BrokerOptions & OutputOptions) => {
      const columns = COLUMNS.map((name) => ({ name }));
      await printRows(await listOf(options, 'sessions.list'), {
        output: options.output,
        columns,
        nothing: 'no sessions',
      });
    });
