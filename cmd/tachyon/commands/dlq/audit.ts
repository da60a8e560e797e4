// `tachyon dlq audit`: what operators did with dead letters, as an array. The whole log is `tachyon audit list`.

import { Command } from 'commander';
import type { JsonObject } from '../../../../pkg/protocol/json.ts';
import { pagesOf, withAdmin } from '../../admin.ts';
import { printComing } from '../../output/table.ts';
import { addEventFilterOptions, EVENT_COLUMNS, type EventFilterOptions, eventArgs } from '../audit/events.ts';
import { first } from '../first.ts';
import { type BrokerOptions, dataDirOption, earlierOutputOption, limitOption, type OutputOptions } from '../options.ts';

interface Options extends BrokerOptions, OutputOptions, EventFilterOptions {
  readonly limit?: number;
}

export const auditCommand = (): Command =>
  addEventFilterOptions(new Command('audit').description('Lists what was done with dead letters, by whom and why.'))
    .addOption(limitOption())
    .addOption(earlierOutputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { output, limit } = options;
      await withAdmin(options, (admin) =>
        printComing(first(limit, ofDeadLetters(pagesOf(admin, 'audit.list', eventArgs(options)))), {
          output,
          columns: EVENT_COLUMNS,
          nothing: 'no such events',
        }),
      );
    });

async function* ofDeadLetters(events: AsyncIterable<JsonObject>): AsyncGenerator<JsonObject> {
  for await (const event of events) if (/_dead_letters?$/.test(String(event['operation']))) yield event;
}
