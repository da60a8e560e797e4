// `tachyon journal …`: the data folder of a broker: read and copied, also beside it; judged and copied back without one.

import { Command } from 'commander';
import type { TachyonError } from '../../../pkg/protocol/errors.ts';
import { printFields } from '../output/fields.ts';
import { dumpCommand } from './journal/dump.ts';
import {
  adminSocketOf,
  type BrokerOptions,
  dataDirOption,
  folderOf,
  type OutputOptions,
  outputOption,
} from './options.ts';

type Options = BrokerOptions & OutputOptions;

export const journalCommand = (): Command =>
  new Command('journal')
    .description('The data folder: what its journal tells; verify it, back it up, restore it.')
    .addCommand(dumpCommand())
    .addCommand(verifyCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand());

const shared = (command: Command): Command => command.addOption(outputOption()).addOption(dataDirOption());

const verifyCommand = (): Command =>
  shared(
    new Command('verify').description('Judges the folder as a start would, and starts nothing. Bodies are not read.'),
  ).action(async (options: Options) => {
    const { verifyFolder } = await import('../../../internal/app/verify-folder.ts');
    await printFields(await verifyFolder(folderOf(options)), options.output);
  });

const backupCommand = (): Command =>
  shared(
    new Command('backup')
      .description(
        'Copies journal, checkpoints and audit log into an empty folder, beside a broker or without, and verifies the copy.',
      )
      .argument('<folder>', 'Not there, or empty.'),
  ).action(async (folder: string, options: Options) => {
    const { backupFolder } = await import('../../../internal/app/backup-folder.ts');
    const { holdFiles } = await import('../backup/held-files.ts');
    const hold = (locked: TachyonError) => holdFiles(adminSocketOf(options), locked);
    await printFields(await backupFolder(folderOf(options), folder, hold), options.output);
  });

const restoreCommand = (): Command =>
  shared(
    new Command('restore')
      .description('Copies a backup into the data folder, which must not be there or be empty, and verifies the copy.')
      .argument('<folder>', 'The backup.'),
  ).action(async (folder: string, options: Options) => {
    const { copyFolder } = await import('../../../internal/app/copy-folder.ts');
    await printFields(await copyFolder(folder, folderOf(options)), options.output);
  });
