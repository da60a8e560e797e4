// `tachyon up`: a broker as a child process, restarted when it crashes, and a word of welcome once it is ready.

import { Command } from 'commander';
import { addConfigOptions, configFlags } from './config-options.ts';

export const upCommand = (): Command =>
  addConfigOptions(new Command('up'))
    .summary('run a broker and keep it running')
    .description(
      'Runs a broker as a child process, restarts it when it crashes, and tells what to try first. Takes the options of `tachyon broker`.',
    )
    .action(async (options: Record<string, unknown>, command: Command) => {
      configFlags(options);
      const { supervise } = await import('../process/supervise.ts');
      await supervise(brokerWords(command));
    });

/** The words that the broker gets: those that were given to us, as they were given. */
const brokerWords = (command: Command): readonly string[] => {
  const { rawArgs } = command.parent as Command & { readonly rawArgs: readonly string[] };
  return rawArgs.slice(rawArgs.indexOf('up') + 1);
};
