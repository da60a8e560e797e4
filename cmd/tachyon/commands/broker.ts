// `tachyon broker`, and `tachyon` alone: one broker in this process, until a signal ends it.

import { Command } from 'commander';
import { addConfigOptions, configFlags } from './config-options.ts';

export const brokerCommand = (): Command =>
  addConfigOptions(new Command('broker'))
    .summary('run a broker in this process (what `tachyon` alone does)')
    .description(
      'Runs a broker until SIGINT or SIGTERM, which let deliveries in flight end; a second signal ends it at once.',
    )
    .option('--admin-only', 'Open only the admin endpoint: for repairs while no client may come in.')
    .action(async (options: Record<string, unknown>) => {
      const flags = configFlags(options);
      const { runBrokerProcess } = await import('../process/broker-process.ts');
      await runBrokerProcess({ flags, adminOnly: options['adminOnly'] === true });
    });
