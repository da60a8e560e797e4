// `tachyon queues show <queue>`.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addLookOptions, type LookOptions } from '../options.ts';

export const showCommand = (): Command =>
  addLookOptions(
    new Command('show')
      .description('Shows one queue: depths, policy, routes that lead to it, consumers.')
      .argument('<queue>'),
  ).action(async (queue: string, options: LookOptions) => {
    await printFields(await ask(options, 'queues.show', { queue, tenant_id: options.tenant }), options.output);
  });
