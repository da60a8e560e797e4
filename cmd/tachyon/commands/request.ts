// `tachyon request <topic> [body]`: publishes a request and prints its answer, or each of several.

import { Command } from 'commander';
import type { Reply } from '../../../pkg/client/request/reply.ts';
import { addClientOptions, type ClientOptions, withClient } from '../client.ts';
import { wholeInput } from '../input/standard-input.ts';
import { UsageError } from '../output/failure.ts';
import { printStreamed } from '../output/format.ts';
import { print } from '../output/print.ts';
import { duration, type OutputOptions, outputOption, pair, tenantOption } from './options.ts';

interface Options extends Omit<ClientOptions, 'timeout'>, OutputOptions {
  readonly timeout: number;
  readonly header: Readonly<Record<string, string>>;
  readonly many: boolean;
}

export const requestCommand = (): Command =>
  addClientOptions(
    new Command('request')
      .description('Publishes a request, waits for its answer and prints it.')
      .argument('<topic>')
      .argument('[body]', 'The body; - or nothing reads it from standard input.')
      .option('--timeout <duration>', 'How long to wait for the answer: 500ms, 2s, 1m.', duration, 5_000)
      .option('--many', 'The answer is several replies: print each, until the last.', false)
      .option('-H, --header <name=value>', 'A header of the message; may be given again.', pair, {})
      .addOption(tenantOption())
      .addOption(outputOption()),
  ).action(async (topic: string, body: string | undefined, options: Options) => {
    if (body === undefined && process.stdin.isTTY)
      throw new UsageError('what is the body? Give it as the second word, or - to type it');
    const { timeout: timeoutMs, header: headers, output } = options;
    const bytes = body === undefined || body === '-' ? await wholeInput() : body;
    const asked = { timeoutMs, ...(Object.keys(headers).length === 0 ? {} : { headers }) };
    await withClient(options, async (client) => {
      if (!options.many) return show(await client.request(topic, bytes, asked), output);
      for await (const reply of client.requestMany(topic, bytes, asked)) await show(reply, output);
    });
  });

async function show(reply: Reply, output: OutputOptions['output']): Promise<void> {
  if (output === 'table') return print(`${reply.text()}\n`);
  const { body, headers, sequence } = reply;
  await printStreamed({ payload: Buffer.from(body).toString('base64'), headers, sequence }, output);
}
