// `tachyon dlq list`: the records with the earlier system's field names, and ours beside them.

import { Command } from 'commander';
import { PATIENCE_MS, pagesOf, withAdmin } from '../../admin.ts';
import { printComing } from '../../output/table.ts';
import { first } from '../first.ts';
import {
  type BrokerOptions,
  dataDirOption,
  earlierOutputOption,
  limitOption,
  type OutputOptions,
  whole,
} from '../options.ts';
import { LETTER_COLUMNS } from './columns.ts';
import {
  addEarlierReasonOption,
  addFilterOptions,
  addIdOptions,
  type EarlierReasonOptions,
  type FilterOptions,
  filterArgs,
} from './filter.ts';

interface Options extends BrokerOptions, OutputOptions, FilterOptions, EarlierReasonOptions {
  readonly bodyBytes: number;
  readonly limit?: number;
}

export const listCommand = (): Command =>
  addEarlierReasonOption(
    addFilterOptions(addIdOptions(new Command('list').description('Lists dead letters; filters match whole values.'))),
  )
    .option('--body-bytes <bytes>', 'How much of each body; a page of bodies has a bound.', whole, 1_024)
    .addOption(limitOption())
    .addOption(earlierOutputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { reason, bodyBytes, output, limit } = options;
      const args = { ...filterArgs(options, reason), body_bytes: bodyBytes };
      await withAdmin(options, (admin) =>
        printComing(first(limit, pagesOf(admin, 'dlq.list', args, { timeoutMs: PATIENCE_MS })), {
          output,
          columns: LETTER_COLUMNS,
          nothing: 'no dead letters',
        }),
      );
    });
