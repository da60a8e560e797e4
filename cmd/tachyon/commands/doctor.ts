// `tachyon doctor`: what is well, what is not, and what to do, a line for each. Changes nothing.

import { join } from 'node:path';
import { Command } from 'commander';
import { locateDataFolder } from '../../../internal/app/config/data-folder.ts';
import { broker } from '../doctor/broker.ts';
import { type Finding, fail, ok } from '../doctor/finding.ts';
import { clock, dataFolder, diskRoom, node, openFiles, socketPath } from '../doctor/machine.ts';
import { EXIT } from '../exit-codes.ts';
import { printFindings } from '../output/findings.ts';
import { addConfigOptions, configFlags } from './config-options.ts';
import { type OutputOptions, outputOption } from './options.ts';

const SEGMENT_BYTES = 64 * 1024 * 1024;

export const doctorCommand = (): Command =>
  addConfigOptions(new Command('doctor'))
    .description('Checks machine, settings, data folder, broker and audit log; ends with 1 if something has failed.')
    .addOption(outputOption())
    .action(async ({ output, ...given }: OutputOptions & Readonly<Record<string, unknown>>) => {
      const findings = await examine(configFlags(given));
      await printFindings(findings, output);
      if (findings.some(({ state }) => state === 'fail')) process.exitCode = EXIT.failed;
    });

async function examine(flags: Readonly<Record<string, unknown>>): Promise<readonly Finding[]> {
  const { settingProblems } = await import('../settings/problems.ts');
  const { brokerSettings, ownSources } = await import('../settings/sources.ts');
  const sources = ownSources(flags);
  const problems = settingProblems(sources);
  const isRefused = problems.some(({ of }) => of === 'broker');
  const config = isRefused ? null : brokerSettings(sources).config;
  // With other settings that are wrong, the folder may still be found.
  const { folder } = config?.data ?? locateDataFolder({ flag: flags['dataDir'], env: sources.env, cwd: sources.cwd });
  const admin = join(folder, 'admin.sock');
  const length = socketPath(admin);
  const place = {
    socketPath: admin,
    folder,
    endpoints: config === null ? [] : [config.wire.bindAddress, config.wire.pubAddress],
  };
  return [
    node(),
    openFiles(),
    clock(folder, Date.now()),
    problems.length === 0
      ? ok('settings', 'no problems')
      : fail('settings', `${problems.length} refused: ${problems[0]?.problem ?? ''}`, 'tachyon config lint names each'),
    dataFolder(folder),
    diskRoom(folder, config?.journal.segmentBytesMax ?? SEGMENT_BYTES),
    length,
    ...(length.state === 'ok' ? await broker(place) : []),
  ];
}
