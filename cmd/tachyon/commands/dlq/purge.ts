// `tachyon dlq purge`: removes dead letters for ever. `--reason` chooses records here, as the earlier command had it; why
// they go is `--mutation-reason`.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { type BrokerOptions, dataDirOption, earlierOutputOption, type OutputOptions, whole } from '../options.ts';
import { addFilterOptions, addIdOptions, type FilterOptions, filterArgs } from './filter.ts';
import { patienceMs, printOutcome } from './outcome.ts';

interface Options extends BrokerOptions, OutputOptions, FilterOptions {
  readonly reason?: string;
  readonly mutationReason: string;
  readonly actor: string;
  readonly all: boolean;
  readonly confirm: string;
  readonly dryRun: boolean;
  readonly rate?: number;
}

export const purgeCommand = (): Command =>
  addFilterOptions(addIdOptions(new Command('purge').description('Removes dead letters for ever.')))
    .option('--reason <text>', 'Only those with this reason.')
    .option('--all', 'All dead letters, where no other filter is given.', false)
    .option('--actor <name>', 'Who asks for the change; it is recorded.', 'cli')
    .option('--mutation-reason <text>', 'Why; it is recorded.', '')
    .option('--confirm <word>', 'Must be PURGE.', '')
    .option('--dry-run', 'Change nothing; show what would be done.', false)
    .option('--rate <count>', 'At most so many a second.', whole)
    .addOption(earlierOutputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { reason, mutationReason, actor, all, confirm, dryRun, rate } = options;
      const args = {
        ...filterArgs(options, reason),
        ...(rate === undefined ? {} : { rate_per_second: rate }),
        all,
        confirm,
        dry_run: dryRun,
        actor,
        reason: mutationReason,
      };
      await printOutcome(await ask(options, 'dlq.purge', args, { timeoutMs: patienceMs(rate) }), options);
    });
