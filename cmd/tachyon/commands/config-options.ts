// The options of a broker's settings, as commander takes them. Defaults stand in the help text only: one that commander
// filled in would hide the environment and the file.

import { type Command, Option } from 'commander';
import { CONFIG_FLAGS } from '../../../internal/app/config/flags.ts';
import { UsageError } from '../output/failure.ts';

export const addConfigOptions = (command: Command): Command => {
  for (const { synopsis, description, defaultText, env } of CONFIG_FLAGS) {
    command.addOption(new Option(synopsis, `${description} (${env}; default: ${defaultText})`));
  }
  // The earlier command's only flag. Compression is stated by each message now, and both kinds are always taken.
  return command.addOption(
    new Option('--compress [boolean]', 'Accepted from earlier start scripts; has no effect.').hideHelp(),
  );
};

const BOOLEAN = /^(?:undefined|true|false|1|0|t|f)$/i;

/** The settings' flags alone; the earlier flag is judged and taken out. */
export const configFlags = (options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { compress, adminOnly: _, ...flags } = options;
  if (!BOOLEAN.test(String(compress)))
    throw new UsageError(`--compress must be true or false, not ${String(compress)}`);
  return flags;
};
