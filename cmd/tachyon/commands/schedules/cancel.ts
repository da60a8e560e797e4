// `tachyon schedules cancel <queue> <number…>`.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions, whole } from '../options.ts';

interface Options extends ChangeOptions {
  readonly confirm: string;
  readonly dryRun: boolean;
}

const wholes = (text: string, known: readonly number[] = []): readonly number[] => [...known, whole(text)];

export const cancelCommand = (): Command =>
  addChangeOptions(
    new Command('cancel')
      .description('Takes scheduled messages out of their queue for good: nobody will be given them.')
      .argument('<queue>')
      .argument('<number...>', 'their numbers (sequences), at most 256', wholes)
      .option('--confirm <word>', 'Must be CANCEL.', '')
      .option('--dry-run', 'Change nothing; say what would be cancelled.', false),
  ).action(async (queue: string, sequences: readonly number[], options: Options) => {
    const { tenant, actor, reason, confirm, dryRun, output } = options;
    const args = { queue, sequences, tenant_id: tenant, confirm, dry_run: dryRun, actor, reason };
    await printFields(await ask(options, 'schedules.cancel', args), output);
  });
