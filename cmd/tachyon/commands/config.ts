// `tachyon config show|lint`: what broker and gateway would run with here, and what is wrong with it. Nothing is opened
// but the configuration file.

import { Command } from 'commander';
import type { JsonObject } from '../../../pkg/protocol/json.ts';
import { EXIT } from '../exit-codes.ts';
import { safe } from '../output/cell.ts';
import { printRows } from '../output/table.ts';
import { addConfigOptions, configFlags } from './config-options.ts';
import { type OutputOptions, outputOption } from './options.ts';

type Options = OutputOptions & Readonly<Record<string, unknown>>;

const columnsOf = (...names: readonly string[]) => names.map((name) => ({ name }));

export const configCommand = (): Command =>
  new Command('config')
    .description('Settings: what they are, where they come from, and what is wrong with them.')
    .addCommand(showCommand())
    .addCommand(lintCommand());

/** As one would write it into a setting: no units, no marks between thousands. */
const asWritten = (value: unknown): string =>
  value === null ? '-' : safe(typeof value === 'string' ? value : JSON.stringify(value));

const showCommand = (): Command =>
  addConfigOptions(new Command('show'))
    .description('Shows every setting with its value and where that came from; secrets are masked.')
    .addOption(outputOption())
    .action(async ({ output, ...given }: Options) => {
      const flags = configFlags(given);
      const { shownSettings } = await import('../settings/shown.ts');
      const { ownSources } = await import('../settings/sources.ts');
      const rows = shownSettings(ownSources(flags)).map((setting) => ({ ...setting }));
      const value = { name: 'value', show: ({ value: given }: JsonObject) => asWritten(given) };
      const columns = [...columnsOf('setting'), value, ...columnsOf('from', 'name')];
      await printRows(rows, { output, columns, nothing: 'no settings' });
    });

const lintCommand = (): Command =>
  addConfigOptions(new Command('lint'))
    .description('Names each problem with the settings; ends with 0 only if there is none.')
    .addOption(outputOption())
    .action(async ({ output, ...given }: Options) => {
      const flags = configFlags(given);
      const { settingProblems } = await import('../settings/problems.ts');
      const { ownSources } = await import('../settings/sources.ts');
      const rows = settingProblems(ownSources(flags)).map((problem) => ({ ...problem }));
      await printRows(rows, { output, columns: columnsOf('of', 'code', 'problem'), nothing: 'no problems' });
      if (rows.length > 0) process.exitCode = EXIT.usage;
    });
