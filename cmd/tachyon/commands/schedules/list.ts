// `tachyon schedules list`: by the time at which they are due. A stream: one JSON document a line.

import { Command } from 'commander';
import type { JsonObject } from '../../../../pkg/protocol/json.ts';
import { pagesOf, withAdmin } from '../../admin.ts';
import { printStreamed } from '../../output/format.ts';
import { payloadText } from '../../output/payload.ts';
import { printRows } from '../../output/table.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption, time, whole } from '../options.ts';

interface Options extends BrokerOptions, OutputOptions {
  readonly queue?: string;
  readonly tenant?: string;
  readonly from?: number;
  readonly to?: number;
  readonly count: number;
  readonly bodyBytes: number;
}

const COLUMNS = [
  ...['due_at', 'queue', 'sequence', 'message_id', 'topic', 'expires_at', 'body_bytes'].map((name) => ({ name })),
  { name: 'payload', title: 'body', show: payloadText },
];

const timeText = (ms: number): string => new Date(ms).toISOString();

export const listCommand = (): Command =>
  new Command('list')
    .description('Lists the messages that wait for their time, the next one first.')
    .option('--queue <queue>', 'Those of one queue.')
    .option('--tenant <name>', 'Those of one tenant; with --queue the default one.')
    .option('--from <time>', 'Due at that time or later: 2026-01-02T15:04:05Z.', time)
    .option('--to <time>', 'Due before that time.', time)
    .option('-n, --count <count>', 'At most so many.', whole, 20)
    .option('--body-bytes <bytes>', 'How much of each body; a page of bodies has a bound.', whole, 256)
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { queue, tenant, from, to, count, bodyBytes, output } = options;
      const args = {
        ...(queue === undefined ? {} : { queue }),
        ...(tenant === undefined ? {} : { tenant_id: tenant }),
        ...(from === undefined ? {} : { from: timeText(from) }),
        ...(to === undefined ? {} : { to: timeText(to) }),
        body_bytes: bodyBytes,
        limit: Math.max(1, Math.min(100, count)),
      };
      const rows: JsonObject[] = [];
      await withAdmin(options, async (admin) => {
        let left = count;
        for await (const message of pagesOf(admin, 'schedules.list', args)) {
          if (left <= 0) break;
          left -= 1;
          if (output === 'table') rows.push(message);
          else await printStreamed(message, output);
        }
      });
      if (output === 'table') await printRows(rows, { output, columns: COLUMNS, nothing: 'nothing is scheduled' });
    });
