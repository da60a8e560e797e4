// `tachyon bridge --queue Q --to tcp://…`: carries the messages of a queue, as bridge routes fill it, to another broker.

import { Command } from 'commander';
import { connect } from '../../../pkg/client/client.ts';
import { carry } from '../bridge/carry.ts';
import { addClientOptions, type ClientOptions, withClient } from '../client.ts';
import { UsageError } from '../output/failure.ts';
import { printFields } from '../output/fields.ts';
import { tell } from '../output/print.ts';
import { onStopSignals } from '../process/stop-signals.ts';
import { type OutputOptions, outputOption, tenantOption, whole } from './options.ts';

interface Options extends ClientOptions, OutputOptions {
  readonly queue: string;
  readonly to: string;
  readonly toTenant?: string;
  readonly window: number;
}

const WINDOW_MESSAGES = 256;

export const bridgeCommand = (): Command =>
  addClientOptions(
    new Command('bridge')
      .description('Carries messages of a queue to another broker, each acknowledged here when it is confirmed there.')
      .requiredOption('-q, --queue <queue>', 'The queue that bridge routes lead to.')
      .requiredOption('--to <endpoint>', 'ROUTER of the other broker, such as tcp://10.0.0.2:5555.')
      .option('--to-tenant <name>', 'Tenant there; it must trust clients to name one.')
      .option('--window <count>', 'Messages under way at a time.', whole, WINDOW_MESSAGES)
      .option('--timeout <ms>', 'How long to wait for either broker at first.', whole, 10_000)
      .addOption(tenantOption())
      .addOption(outputOption()),
  ).action(async (options: Options) => {
    if (options.window < 1) throw new UsageError('--window must be at least 1');
    await withClient(options, async (here) => {
      const there = await connect({
        router: options.to,
        name: 'tachyon-bridge',
        timeoutMs: options.timeout,
        ...(options.toTenant === undefined ? {} : { tenant: options.toTenant }),
      });
      there.on('disconnected', ({ error }) => tell(`tachyon bridge: ${options.to}: ${error.message}`));
      there.on('connected', () => tell(`tachyon bridge: ${options.to}: connected`));
      const consumer = await here.consume({ queue: options.queue, window: { messages: options.window } });
      const forget = onStopSignals({
        first: () => void consumer.drain(),
        again: (signal) => process.exit(signal === 'SIGINT' ? 130 : 143),
      });
      tell(`tachyon bridge: "${options.queue}" to ${options.to}`);
      try {
        await printFields(await carry(consumer, there, tell), options.output);
      } finally {
        forget();
        await consumer.close();
        await there.close();
      }
    });
  });
