// `tachyon queues delete <queue>`.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions } from '../options.ts';

interface Options extends ChangeOptions {
  readonly force: boolean;
}

export const deleteCommand = (): Command =>
  addChangeOptions(
    new Command('delete')
      .description(
        'Removes a queue and the routes that lead to it. It must be empty and without consumers, or --force.',
      )
      .argument('<queue>')
      .option('--force', 'Remove it with its messages and dead letters, and from under its consumers.', false),
  ).action(async (queue: string, options: Options) => {
    const { tenant, actor, reason, force, output } = options;
    await printFields(await ask(options, 'queues.delete', { queue, tenant_id: tenant, force, actor, reason }), output);
  });
