// `tachyon jobs …`: what goes on in the background on behalf of operators.

import { Command } from 'commander';
import { isObject } from '../../../pkg/protocol/json.ts';
import { ask } from '../admin.ts';
import { printFields } from '../output/fields.ts';
import { printRows } from '../output/table.ts';
import { showCommand } from './jobs/show.ts';
import {
  type ActorOptions,
  addActorOptions,
  type BrokerOptions,
  dataDirOption,
  type OutputOptions,
  outputOption,
  whole,
} from './options.ts';

const COLUMNS = ['job', 'kind', 'state', 'total', 'done', 'failed', 'started_at', 'actor', 'reason'];

export const jobsCommand = (): Command =>
  new Command('jobs')
    .description('Jobs: replays and purges of very many dead letters.')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(cancelCommand());

const listCommand = (): Command =>
  new Command('list')
    .description('Lists jobs, those that ended lately too.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: BrokerOptions & OutputOptions) => {
      const { output } = options;
      const columns = COLUMNS.map((name) => ({ name }));
      const result = await ask(options, 'jobs.list');
      const { items } = isObject(result) ? result : {};
      const jobs = Array.isArray(items) ? items.filter(isObject) : [];
      await printRows(jobs, { output, columns, nothing: 'no jobs' });
    });

const cancelCommand = (): Command =>
  addActorOptions(
    new Command('cancel')
      .description('Ends a job. What it has done stays done.')
      .argument('<job>', 'its number', whole),
  )
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (job: number, options: ActorOptions & BrokerOptions & OutputOptions) => {
      const { actor, reason, output } = options;
      const result = await ask(options, 'jobs.cancel', { job, actor, reason });
      await printFields(isObject(result) ? result : {}, output);
    });
