// `tachyon pub <topic> [body]`: publishes, and prints what each message then survives. Ends with 0 only if every one was
// confirmed.

import { Command, Option } from 'commander';
import type { BatchMessage, Client } from '../../../pkg/client/client.ts';
import type { PublishReceipt, PublishResult } from '../../../pkg/client/publish/receipt.ts';
import { BATCH_MESSAGES_MAX } from '../../../pkg/protocol/limits.ts';
import { addClientOptions, type ClientOptions, withClient } from '../client.ts';
import { linesOf, wholeInput } from '../input/standard-input.ts';
import { UsageError } from '../output/failure.ts';
import { Receipts } from '../output/receipts.ts';
import { duration, type OutputOptions, outputOption, pair, tenantOption, time, whole } from './options.ts';

interface Options extends ClientOptions, OutputOptions {
  readonly lines: boolean;
  readonly atomic: boolean;
  readonly count: number;
  readonly header: Readonly<Record<string, string>>;
  readonly id?: string;
  readonly contentType?: string;
  readonly correlationId?: string;
  readonly mode?: 'direct' | 'fanout';
  readonly key?: string;
  readonly priority?: string;
  readonly ttl?: number;
  readonly delay?: number;
  readonly deliverAt?: number;
}

/** Messages whose confirm is waited for at a time. */
const UNDER_WAY_MAX = 4_096;

export const pubCommand = (): Command =>
  addClientOptions(
    new Command('pub')
      .description('Publishes messages, and prints where and how durably each was accepted.')
      .argument('<topic>')
      .argument('[body]', 'The body; - or nothing reads it from standard input.')
      .option('--lines', 'Each line of standard input is a message.', false)
      .option('--atomic', 'All messages are accepted, durable as one, or none.', false)
      .option('--count <count>', 'Send the message so many times.', whole, 1)
      .option('-H, --header <name=value>', 'A header of the message; may be given again.', pair, {})
      .option(
        '--id <id>',
        'Its message id; without one it is #<number>, which `tachyon journal dump --from P --to P` tells of the position P that is printed.',
      )
      .option('--content-type <type>', 'Its content type.')
      .option('--correlation-id <id>', 'Its correlation id.')
      .addOption(
        new Option('--mode <mode>', 'To queues only, or to subscribers only; else as the routes say.').choices([
          'direct',
          'fanout',
        ]),
      )
      .option('--key <key>', 'Its partition key: messages of one are given one after the other.')
      .option('--priority <class>', 'Its class, such as urgent, high, normal or low.')
      .option('--ttl <duration>', 'Worth nothing after so long: 500ms, 20s, 10m, 4h, 7d.', duration)
      .option('--delay <duration>', 'Given to consumers after so long, not earlier.', duration)
      .addOption(
        new Option('--deliver-at <time>', 'Given to consumers at that time, not earlier: 2026-01-02T15:04:05Z.')
          .argParser(time)
          .conflicts('delay'),
      )
      .option('--timeout <ms>', 'How long to wait for the broker, and for each confirm.', whole, 10_000)
      .addOption(tenantOption())
      .addOption(outputOption()),
  ).action(async (topic: string, body: string | undefined, options: Options) => {
    if (options.lines && body !== undefined && body !== '-')
      throw new UsageError('--lines reads standard input: leave out the body');
    if (options.lines && options.count !== 1) throw new UsageError('--count and --lines exclude each other');
    if (options.count < 1) throw new UsageError('--count must be at least 1');
    if (body === undefined && process.stdin.isTTY)
      throw new UsageError('what is the body? Give it as the second word, or - to type it');
    const receipts = new Receipts(topic, { ...options, messageId: options.id });
    await withClient(options, async (client) => {
      const published = publishOptions(options);
      const batch: BatchMessage[] = [];
      const send = async (bytes: Uint8Array | string): Promise<void> => {
        if (options.atomic) {
          // One more than a batch may have is enough to be refused.
          if (batch.length <= BATCH_MESSAGES_MAX) batch.push({ topic, body: bytes, ...published });
          return;
        }
        if (receipts.pending >= UNDER_WAY_MAX) await receipts.takeOldest();
        receipts.add(client.publish(topic, bytes, published));
      };
      if (options.lines) for await (const line of linesOf()) await send(line);
      else {
        const bytes = body === undefined || body === '-' ? await wholeInput() : body;
        for (let sent = 0; sent < options.count; sent += 1) await send(bytes);
      }
      if (batch.length > 0) for (const receipt of atomically(client, batch)) receipts.add(receipt);
      await receipts.takeAll();
    });
    await receipts.close();
  });

function atomically(client: Client, batch: readonly BatchMessage[]): Promise<PublishReceipt>[] {
  const results = client.publishBatch(batch, { atomic: true });
  return batch.map(async (_, index) => {
    const result = (await results)[index] as PublishResult;
    if (result.ok) return result.receipt;
    throw result.error;
  });
}

const publishOptions = ({
  header: headers,
  id,
  contentType,
  correlationId,
  mode,
  key,
  priority,
  ttl,
  delay,
  deliverAt,
}: Options) => ({
  ...(Object.keys(headers).length === 0 ? {} : { headers }),
  ...(id === undefined ? {} : { messageId: id }),
  ...(contentType === undefined ? {} : { contentType }),
  ...(correlationId === undefined ? {} : { correlationId }),
  ...(mode === undefined ? {} : { mode }),
  ...(key === undefined ? {} : { partitionKey: key }),
  ...(priority === undefined ? {} : { priority }),
  ...(ttl === undefined ? {} : { ttlMs: ttl }),
  ...(delay === undefined ? {} : { delayMs: delay }),
  ...(deliverAt === undefined ? {} : { deliverAt }),
});
