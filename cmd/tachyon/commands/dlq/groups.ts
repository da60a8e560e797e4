// `tachyon dlq groups`: letters that died of the same thing in the same place, the most first. A group's fingerprint is a
// filter for the other words.

import { Command } from 'commander';
import { isObject } from '../../../../pkg/protocol/json.ts';
import { ask, PATIENCE_MS } from '../../admin.ts';
import { printDocument } from '../../output/format.ts';
import { tell } from '../../output/print.ts';
import { printRows } from '../../output/table.ts';
import { type BrokerOptions, dataDirOption, earlierOutputOption, type OutputOptions } from '../options.ts';
import { GROUP_COLUMNS } from './columns.ts';
import {
  addEarlierReasonOption,
  addFilterOptions,
  type EarlierReasonOptions,
  type FilterOptions,
  filterArgs,
} from './filter.ts';

interface Options extends BrokerOptions, OutputOptions, FilterOptions, EarlierReasonOptions {}

export const groupsCommand = (): Command =>
  addEarlierReasonOption(
    addFilterOptions(
      new Command('groups').description('Groups dead letters by cause, reason, topic, queue and consumer.'),
    ),
  )
    .addOption(earlierOutputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const args = filterArgs(options, options.reason);
      const result = await ask(options, 'dlq.groups', args, { timeoutMs: PATIENCE_MS });
      const { output } = options;
      if (output !== 'table') return printDocument(result, output);
      const { items, total } = isObject(result) ? result : {};
      const rows = Array.isArray(items) ? items.filter(isObject) : [];
      await printRows(rows, { output, columns: GROUP_COLUMNS, nothing: 'no dead letters' });
      if (typeof total === 'number' && total > rows.length) tell(`the largest ${rows.length} of ${total} groups`);
    });
