// `tachyon routes show <pattern>`: the routes of a pattern whole, and the queues that they lead to.

import { Command } from 'commander';
import { isObject, type JsonObject } from '../../../../pkg/protocol/json.ts';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { print } from '../../output/print.ts';
import { addLookOptions, type LookOptions } from '../options.ts';

interface Options extends LookOptions {
  readonly to?: string;
}

export const showCommand = (): Command =>
  addLookOptions(
    new Command('show')
      .description('Shows the routes with this pattern: every field, the queues they lead to, and who consumes there.')
      .argument('<pattern>')
      .option('--to <queue>', 'Only the one to this queue.'),
  ).action(async (pattern: string, options: Options) => {
    const { to = null, tenant, output } = options;
    const answer = await ask(options, 'routes.show', { pattern, tenant_id: tenant, destination_id: to });
    if (output !== 'table') return printFields(answer, output);
    for (const [index, route] of routesIn(answer).entries()) {
      if (index > 0) await print('\n');
      await printFields(route, output);
    }
  });

const routesIn = (answer: unknown): readonly JsonObject[] =>
  isObject(answer) && Array.isArray(answer['items']) ? answer['items'].filter(isObject) : [];
