// `tachyon consumers list`.

import { Command } from 'commander';
import { listOf } from '../../admin.ts';
import { printRows } from '../../output/table.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption } from '../options.ts';

const COLUMNS = ['consumer_id', 'tenant_id', 'steering', 'connected', 'inflight'];

export const listCommand = (): Command =>
  new Command('list')
    .description(
      'Lists the consumers that are paused or draining, connected or not; `sessions list` has all that are connected.',
    )
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: BrokerOptions & OutputOptions) => {
      await printRows(await listOf(options, 'consumers.list'), {
        output: options.output,
        columns: COLUMNS.map((name) => ({ name })),
        nothing: 'no consumer is paused or draining',
      });
    });
