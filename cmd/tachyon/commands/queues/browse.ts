// `tachyon queues browse <queue>`: looks at messages without taking them. A stream: one JSON document a line.

import { Command } from 'commander';
import type { JsonObject } from '../../../../pkg/protocol/json.ts';
import { pagesOf, withAdmin } from '../../admin.ts';
import { printStreamed } from '../../output/format.ts';
import { payloadText } from '../../output/payload.ts';
import { printRows } from '../../output/table.ts';
import { addMessageListOptions, type MessageListOptions, whole } from '../options.ts';

interface Options extends MessageListOptions {
  readonly count: number;
}

const COLUMNS = [
  { name: 'sequence' },
  { name: 'status' },
  { name: 'failed_deliveries', title: 'failed' },
  ...['message_id', 'topic', 'accepted_at', 'body_bytes'].map((name) => ({ name })),
  { name: 'payload', title: 'body', show: payloadText },
];

export const browseCommand = (): Command =>
  addMessageListOptions(
    new Command('browse')
      .description('Shows the messages of a queue, oldest first, without taking them.')
      .argument('<queue>')
      .option('-n, --count <count>', 'At most so many.', whole, 20),
    256,
  ).action(async (queue: string, options: Options) => {
    const rows: JsonObject[] = [];
    await withAdmin(options, async (admin) => {
      const args = {
        queue,
        tenant_id: options.tenant,
        body_bytes: options.bodyBytes,
        limit: Math.max(1, Math.min(100, options.count)),
      };
      let left = options.count;
      for await (const message of pagesOf(admin, 'queues.browse', args)) {
        if (left <= 0) break;
        left -= 1;
        if (options.output !== 'table') await printStreamed(message, options.output);
        else rows.push(message);
      }
    });
    if (options.output === 'table')
      await printRows(rows, { output: 'table', columns: COLUMNS, nothing: 'no messages' });
  });
