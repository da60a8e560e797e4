// `tachyon dlq audit`: what operators did with dead letters, as an array. The whole log is `tachyon audit list`.

import { Command } from 'commander';
import { withAdmin } from '../../admin.ts';
import { printComing } from '../../output/table.ts';
import { addEventListOptions, EVENT_COLUMNS, type EventListOptions, eventsOf } from '../audit/events.ts';
import { dataDirOption, earlierOutputOption } from '../options.ts';

export const auditCommand = (): Command =>
  addEventListOptions(
    new Command('audit').description(
      'Lists what was done with dead letters, by whom and why, the oldest first; --last <n> gives the newest.',
    ),
  )
    .addOption(earlierOutputOption())
    .addOption(dataDirOption())
    .action(async (options: EventListOptions) => {
      await withAdmin(options, (admin) =>
        printComing(
          eventsOf(admin, options, ({ operation }) => /_dead_letters?$/.test(String(operation))),
          { output: options.output, columns: EVENT_COLUMNS, nothing: 'no such events' },
        ),
      );
    });
