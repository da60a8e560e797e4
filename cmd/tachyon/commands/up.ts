// `tachyon up`: broker, gateway and, where settings ask for it, sidecar, each as a child process that is restarted when it
// crashes; and a word of welcome once they are ready. What is wrong with a setting is said before any of them starts.

import { Command } from 'commander';
import type { Supervision } from '../process/supervise.ts';
import { addConfigOptions, configFlags } from './config-options.ts';

const NO_GATEWAY = '--no-gateway';

export const upCommand = (): Command =>
  addConfigOptions(new Command('up'))
    .summary('run a broker with its gateway, and keep them running')
    .description(
      'Runs a broker, its HTTP gateway and, with FASTPATH_SIDECAR_ENABLED=true, its sidecar as child processes, restarts each when it crashes, and tells what to try first. Takes the options of `tachyon broker`; those of the gateway are variables: GATEWAY_PORT (8000), GATEWAY_HOST (127.0.0.1), ADMIN_TOKEN (else one is made and kept), and others that docs/gateway.md lists.',
    )
    .option(NO_GATEWAY, 'Run no gateway.')
    .action(async (options: Record<string, unknown>, command: Command) => {
      const { gateway, ...flags } = options;
      const supervision = await supervisionOf(configFlags(flags), gateway !== false, brokerWords(command));
      const { supervise } = await import('../process/supervise.ts');
      await supervise(supervision);
    });

async function supervisionOf(
  flags: Readonly<Record<string, unknown>>,
  hasGateway: boolean,
  words: readonly string[],
): Promise<Supervision> {
  const { gatewayConfig, GATEWAY_VARIABLES } = await import('../../../api-gateway/config.ts');
  const { brokerSettings, ownSources } = await import('../settings/sources.ts');
  const { withoutGateway } = await import('../process/environment.ts');
  if (hasGateway) gatewayConfig({ env: process.env });
  const env = withoutGateway(process.env, GATEWAY_VARIABLES);
  const { config, file } = brokerSettings(ownSources(flags));

  const folder = ['--data-dir', config.data.folder];
  const log = { LOG_LEVEL: config.log.level, LOG_PRETTY: String(config.log.pretty) };
  const settingsFile = file === null ? {} : { TACHYON_CONFIG: file };
  return {
    broker: { words: ['broker', ...words], env },
    gateway: hasGateway ? { words: ['gateway', ...folder], env: { ...process.env, ...log } } : null,
    sidecar: config.fastpath.enabled
      ? { words: ['sidecar', ...folder], env: { ...env, ...log, ...settingsFile } }
      : null,
  };
}

/** The words that the broker gets: those that were given to us, as they were given. */
const brokerWords = (command: Command): readonly string[] => {
  const { rawArgs } = command.parent as Command & { readonly rawArgs: readonly string[] };
  return rawArgs.slice(rawArgs.indexOf('up') + 1).filter((word) => word !== NO_GATEWAY);
};
