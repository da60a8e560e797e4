// `tachyon routes match <topic>`: what would become of a message, and why; nothing is published.

import { Command, Option } from 'commander';
import { isObject, type JsonObject } from '../../../../pkg/protocol/json.ts';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { print } from '../../output/print.ts';
import { printRows } from '../../output/table.ts';
import { addLookOptions, type LookOptions, pair } from '../options.ts';

interface Options extends LookOptions {
  readonly header: Readonly<Record<string, string>>;
  readonly mode: string;
  readonly body: string;
  readonly inside: boolean;
}

const COLUMNS = [
  { name: 'counts' },
  { name: 'pattern' },
  { name: 'route_type', title: 'type' },
  { name: 'destination_id', title: 'queue' },
  ...['priority', 'exclusive', 'conditions', 'why'].map((name) => ({ name })),
];

export const matchCommand = (): Command =>
  addLookOptions(
    new Command('match')
      .description('Says what would become of a message, and of every route that matches why it counts or not.')
      .argument('<topic>')
      .option('--header <name=value>', 'A header of the message; may be given again.', pair, {})
      .addOption(
        new Option('--mode <mode>', 'What the producer asks for.')
          .choices(['both', 'direct', 'fanout'])
          .default('both'),
      )
      .option('--body <text>', 'Its body, where routes judge bodies.', '')
      .option('--inside', 'As if it came over the admin endpoint.', false),
  ).action(async (topic: string, options: Options) => {
    const { header, mode, body, inside, tenant, output } = options;
    const args = { topic, headers: header, delivery_mode: mode, body, inside, tenant_id: tenant };
    const answer = await ask(options, 'routes.match', args);
    if (output !== 'table' || !isObject(answer)) return printFields(answer, output);
    const { routes, ...outcome } = answer;
    await printFields(outcome, output);
    await print('\n');
    await printRows(Array.isArray(routes) ? (routes as JsonObject[]) : [], {
      output,
      columns: COLUMNS,
      nothing: 'no route matches',
    });
  });
