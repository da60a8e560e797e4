// `tachyon sessions show <consumer>`.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addLookOptions, type LookOptions } from '../options.ts';

export const showCommand = (): Command =>
  addLookOptions(
    new Command('show')
      .description('Shows one consumer: its window, when it was last heard, its queues, and what it holds until when.')
      .argument('<consumer>'),
  ).action(async (consumer: string, options: LookOptions) => {
    const args = { consumer_id: consumer, tenant_id: options.tenant };
    await printFields(await ask(options, 'sessions.show', args), options.output);
  });
