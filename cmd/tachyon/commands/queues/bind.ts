// `tachyon queues bind <queue> <pattern…>`.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions } from '../options.ts';

export const bindCommand = (): Command =>
  addChangeOptions(
    new Command('bind').description('Binds further patterns to a queue.').argument('<queue>').argument('<patterns...>'),
  ).action(async (queue: string, patterns: readonly string[], options: ChangeOptions) => {
    const { tenant, actor, reason, output } = options;
    await printFields(await ask(options, 'queues.bind', { queue, tenant_id: tenant, patterns, actor, reason }), output);
  });
