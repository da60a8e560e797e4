// `tachyon audit …`: what operators did, as a log that shows when somebody has been at it.

import { join } from 'node:path';
import { Command } from 'commander';
import { locateDataFolder } from '../../../internal/app/config/data-folder.ts';
import { ask, withAdmin } from '../admin.ts';
import { EXIT } from '../exit-codes.ts';
import { printFields } from '../output/fields.ts';
import { print, tell } from '../output/print.ts';
import { printComing } from '../output/table.ts';
import { addEventListOptions, EVENT_COLUMNS, type EventListOptions, eventsOf } from './audit/events.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption, repeated } from './options.ts';

export const auditCommand = (): Command =>
  new Command('audit')
    .description('The audit log: what operators did, by whom and why.')
    .addCommand(listCommand())
    .addCommand(statusCommand())
    .addCommand(verifyCommand())
    .addCommand(exportCommand());

const listCommand = (): Command =>
  addEventListOptions(new Command('list').description('Lists events, the oldest first; --last <n> gives the newest.'))
    .option('--operation <word>', 'Only this operation, such as purge_dead_letter.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: EventListOptions) => {
      await withAdmin(options, (admin) =>
        printComing(eventsOf(admin, options), {
          output: options.output,
          columns: EVENT_COLUMNS,
          nothing: 'no such events',
        }),
      );
    });

const statusCommand = (): Command =>
  new Command('status')
    .description('Shows how long the log is, its head, and what was signed last.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: BrokerOptions & OutputOptions) => {
      await printFields(await ask(options, 'audit.status'), options.output);
    });

interface VerifyOptions extends BrokerOptions, OutputOptions {
  readonly head: readonly string[];
  readonly publicKey?: string;
}

const verifyCommand = (): Command =>
  new Command('verify')
    .description('Goes through the files of the log, with or without a broker, and says where they are not as written.')
    .argument('[folder]', 'that holds the log (default: audit in the data folder)')
    .option('--head <file>', 'Signed heads and removals that were kept elsewhere; may be given again.', repeated, [])
    .option('--public-key <file>', 'The key that signed them, as it was kept elsewhere.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (folder: string | undefined, options: VerifyOptions) => {
      const { head, publicKey, output } = options;
      const { verifyFolder } = await import('../audit/verify-folder.ts');
      const { soundText } = await import('../audit/verdict-text.ts');
      const verdict = await verifyFolder({
        folder: folder ?? auditFolderOf(options),
        headFiles: head,
        keyFile: publicKey ?? null,
      });
      if (output !== 'table') await printFields(verdict, output);
      else if (verdict.ok) await print(`${soundText(verdict)}\n`);
      if (verdict.ok) return;
      process.exitCode = EXIT.failed;
      const place = verdict.file === null ? '' : `${verdict.file}:${verdict.line}: `;
      tell(`tachyon: the audit log is not as it was written: ${place}${verdict.detail}`);
    });

const exportCommand = (): Command =>
  new Command('export')
    .description(
      'Copies the log to a folder, with a broker or without, and verifies the copy; again, it adds what is new.',
    )
    .argument('<folder>', 'that takes it: a new one, or one of an earlier export')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (folder: string, options: BrokerOptions & OutputOptions) => {
      const { exportLog } = await import('../audit/export-log.ts');
      const report = await exportLog(auditFolderOf(options), folder);
      await printFields(report, options.output);
      if (report.ok) return;
      process.exitCode = EXIT.failed;
      tell(`tachyon: the copy of the audit log does not verify: ${report.detail}`);
    });

/** Where a broker of the data folder keeps its log. */
export const auditFolderOf = ({ dataDir }: BrokerOptions): string =>
  join(locateDataFolder({ flag: dataDir, env: process.env, cwd: process.cwd() }).folder, 'audit');
