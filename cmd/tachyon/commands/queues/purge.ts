// `tachyon queues purge <queue> --confirm PURGE`: the word is checked by the broker, for every client alike.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions } from '../options.ts';

interface Options extends ChangeOptions {
  readonly confirm: string;
}

export const purgeCommand = (): Command =>
  addChangeOptions(
    new Command('purge')
      .description('Removes all messages that wait in a queue. Those that a consumer holds stay; so do dead letters.')
      .argument('<queue>')
      .option('--confirm <word>', 'Must be PURGE: the messages are gone for ever.', ''),
  ).action(async (queue: string, options: Options) => {
    const { tenant, actor, reason, confirm, output } = options;
    await printFields(await ask(options, 'queues.purge', { queue, tenant_id: tenant, confirm, actor, reason }), output);
  });
