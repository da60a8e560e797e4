// `tachyon routes list`.

import { Command } from 'commander';
import { listOf } from '../../admin.ts';
import { printRows } from '../../output/table.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption } from '../options.ts';

const COLUMNS = [
  { name: 'pattern' },
  { name: 'route_type', title: 'type' },
  { name: 'destination_id', title: 'queue' },
  ...['priority', 'enabled', 'exclusive', 'conditions', 'tenant', 'origin'].map((name) => ({ name })),
];

export const listCommand = (): Command =>
  new Command('list')
    .description('Lists routes, those that registrations and imports made included.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: BrokerOptions & OutputOptions) => {
      await printRows(await listOf(options, 'routes.list'), {
        output: options.output,
        columns: COLUMNS,
        nothing: 'no routes',
      });
    });
