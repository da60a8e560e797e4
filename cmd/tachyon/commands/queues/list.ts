// `tachyon queues list`.

import { Command } from 'commander';
import type { JsonObject } from '../../../../pkg/protocol/json.ts';
import { listOf } from '../../admin.ts';
import { type Column, printRows } from '../../output/table.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption } from '../options.ts';

/** What an operator has said of it: `open` where nothing holds it up. */
const stateOf = ({ paused, draining }: JsonObject): string =>
  [...(paused === true ? ['paused'] : []), ...(draining === true ? ['draining'] : [])].join(', ') || 'open';

const COUNTS = [
  'ready',
  'leased',
  'waiting_retry',
  'scheduled',
  'dead_letters',
  'consumers',
  'bytes',
  'oldest_unacked_ms',
  'patterns',
];

const COLUMNS: readonly Column[] = [
  { name: 'tenant_id', title: 'tenant' },
  { name: 'queue' },
  { name: 'state', show: stateOf },
  ...COUNTS.map((name) => ({ name })),
];

export const listCommand = (): Command =>
  new Command('list')
    .description('Lists queues with their depths and patterns.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: BrokerOptions & OutputOptions) => {
      const rows = await listOf(options, 'queues.list');
      const shown = rows.some((row) => row['tenant_id'] !== '') ? COLUMNS : COLUMNS.slice(1);
      await printRows(rows, { output: options.output, columns: shown, nothing: 'no queues' });
    });
