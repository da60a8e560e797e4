// `tachyon routes remove <pattern>`.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions } from '../options.ts';
import { type Condition, condition } from './conditions.ts';

interface Options extends ChangeOptions {
  readonly to?: string;
  readonly when?: readonly Condition[];
}

export const removeCommand = (): Command =>
  addChangeOptions(
    new Command('remove')
      .description('Removes the routes with this pattern. Messages that are in queues stay there.')
      .argument('<pattern>')
      .option('--to <queue>', 'Only the one to this queue.')
      .option('--when <condition>', 'Only the one with exactly these conditions; may be given again.', condition),
  ).action(async (pattern: string, options: Options) => {
    const { to = null, when, tenant, actor, reason, output } = options;
    await printFields(
      await ask(options, 'routes.remove', {
        pattern,
        destination_id: to,
        ...(when === undefined ? {} : { when }),
        tenant,
        actor,
        reason,
      }),
      output,
    );
  });
