// `tachyon version`: this program's, and that of the wire and of Node, for reports.

import { Command } from 'commander';
import { VERSIONS_SPOKEN } from '../../../pkg/protocol/control/hello.ts';
import { VERSION } from '../../../pkg/protocol/version.ts';
import { printFields } from '../output/fields.ts';
import { print } from '../output/print.ts';
import { type OutputOptions, outputOption } from './options.ts';

export const versionCommand = (): Command =>
  new Command('version')
    .description('Prints the version.')
    .addOption(outputOption())
    .action(async ({ output }: OutputOptions) => {
      if (output === 'table') return print(`${VERSION}\n`);
      const protocols = VERSIONS_SPOKEN.map((version) => `abtp/${version}`);
      await printFields(
        { version: VERSION, protocols, node: process.version, platform: `${process.platform}-${process.arch}` },
        output,
      );
    });
