// `tachyon dlq purge`: removes dead letters for ever. `--reason` chooses records here, as the earlier command had it, and
// `--record-reason` as everywhere; why they go is `--mutation-reason`.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { type BrokerOptions, dataDirOption, earlierOutputOption, type OutputOptions, whole } from '../options.ts';
import {
  addEarlierReasonOption,
  addFilterOptions,
  addIdOptions,
  type EarlierReasonOptions,
  type FilterOptions,
  filterArgs,
} from './filter.ts';
import { patienceMs, printOutcome } from './outcome.ts';

interface Options extends BrokerOptions, OutputOptions, FilterOptions, EarlierReasonOptions {
  readonly mutationReason: string;
  readonly actor: string;
  readonly all: boolean;
  readonly confirm: string;
  readonly dryRun: boolean;
  readonly rate?: number;
}

export const purgeCommand = (): Command =>
  addEarlierReasonOption(
    addFilterOptions(addIdOptions(new Command('purge').description('Removes dead letters for ever.'))),
  )
    .option('--all', 'All dead letters, where no other filter is given.', false)
    .option('--actor <name>', 'Who asks for the change; it is recorded.', 'cli')
    .option('--mutation-reason <text>', 'Why you do it; it is recorded.', '')
    .option('--confirm <word>', 'Must be PURGE.', '')
    .option('--dry-run', 'Change nothing; show what would be done, and to which groups.', false)
    .option('--rate <count>', 'At most so many a second.', whole)
    .addOption(earlierOutputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { reason, mutationReason, actor, all, confirm, dryRun, rate } = options;
      const filter = filterArgs(options, reason);
      const args = {
        ...filter,
        ...(rate === undefined ? {} : { rate_per_second: rate }),
        all,
        confirm,
        dry_run: dryRun,
        actor,
        reason: mutationReason,
      };
      const result = await ask(options, 'dlq.purge', args, { timeoutMs: patienceMs(rate) });
      const hint = reason === undefined ? '' : '--reason is a filter here; why you do it is --mutation-reason';
      await printOutcome(result, options, { filter, hint });
    });
