// `tachyon status`: what the broker knows of itself.

import { Command } from 'commander';
import { ask } from '../admin.ts';
import { printFields } from '../output/fields.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption } from './options.ts';

export const statusCommand = (): Command =>
  new Command('status')
    .description(
      'Shows counters, depths, the oldest unacknowledged message, and how fast the disk and the event loop are.',
    )
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: BrokerOptions & OutputOptions) => {
      await printFields(await ask(options, 'status'), options.output);
    });
