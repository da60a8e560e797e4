// `tachyon sidecar`: compresses and decompresses large bodies for a broker, in a process of its own.

import { Command, Option } from 'commander';
import type { SidecarCommandOptions } from '../process/sidecar-process.ts';
import { dataDirOption, whole } from './options.ts';

export const sidecarCommand = (): Command =>
  new Command('sidecar')
    .summary('run the sidecar, which compresses large bodies for a broker')
    .description(
      'Runs the sidecar until SIGINT or SIGTERM, which let what is under way end; a second signal ends it at once. ' +
        'docs/fastpath-sidecar.md tells what it is asked and when it pays.',
    )
    .addOption(dataDirOption())
    .option('--config <path>', 'Configuration file (YAML) (TACHYON_CONFIG; default: none)')
    .addOption(
      new Option('--socket <path>', 'Socket (FASTPATH_SOCKET_PATH; default: fastpath.sock in the data folder).'),
    )
    .option('--workers <count>', 'Threads that compress (default: as many as run at one time, at most 4).', whole)
    .option('--memory-bytes <bytes>', 'Memory for the bodies of all clients (default: 335544320).', whole)
    .option('--log-level <word>', 'Least severe line that is written (LOG_LEVEL; default: info)')
    .option('--log-pretty [when]', 'Lines for people instead of JSON; auto: on a terminal. (LOG_PRETTY; default: auto)')
    .action(async (options: SidecarCommandOptions) => {
      const { runSidecarProcess } = await import('../process/sidecar-process.ts');
      await runSidecarProcess(options);
    });
