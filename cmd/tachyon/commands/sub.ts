// `tachyon sub <pattern…>`: reads fanout as it comes, best effort.

import { Command } from 'commander';
import { addClientOptions, type ClientOptions, pubOption, withClient } from '../client.ts';
import { FORMAT_HELP } from '../output/message-format.ts';
import { messagePrinter } from '../output/messages.ts';
import { tell } from '../output/print.ts';
import { onStopSignals } from '../process/stop-signals.ts';
import { type OutputOptions, outputOption, whole } from './options.ts';

interface Options extends ClientOptions, OutputOptions {
  readonly count?: number;
  readonly format: string;
}

export const subCommand = (): Command =>
  addClientOptions(
    new Command('sub')
      .description(
        'Prints fanout messages as they come. What is published while nobody reads is not kept: for that there is consume.',
      )
      .argument('<patterns...>', "Such as 'metrics.>'")
      .option('-n, --count <count>', 'End after so many.', whole)
      .option('-f, --format <format>', `How to print a message: ${FORMAT_HELP}`, '%t %v\\n')
      .option('--timeout <ms>', 'How long to wait for the broker at first.', whole, 10_000)
      .addOption(pubOption())
      .addOption(outputOption()),
  ).action(async (patterns: readonly string[], options: Options) => {
    const printMessage = messagePrinter(options);
    await withClient(
      options,
      async (client) => {
        const subscription = await client.subscribe(patterns);
        const forget = onStopSignals({
          first: () => void subscription.close(),
          again: (signal) => process.exit(signal === 'SIGINT' ? 130 : 143),
        });
        tell(`subscribed to ${patterns.join(' ')}`);
        let left = options.count ?? Number.POSITIVE_INFINITY;
        for await (const { topic, body, messageId, attributes } of subscription) {
          await printMessage({ topic, body, messageId, headers: attributes.headers ?? {} });
          left -= 1;
          if (left <= 0) break;
        }
        forget();
      },
      { pub: true },
    );
  });
