// `tachyon schedules show <queue> <number>`.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addLookOptions, type LookOptions, whole } from '../options.ts';

export const showCommand = (): Command =>
  addLookOptions(
    new Command('show')
      .description('Shows one scheduled message whole.')
      .argument('<queue>')
      .argument('<number>', 'its number (sequence)', whole),
  ).action(async (queue: string, sequence: number, options: LookOptions) => {
    await printFields(
      await ask(options, 'schedules.show', { queue, sequence, tenant_id: options.tenant }),
      options.output,
    );
  });
