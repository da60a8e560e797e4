// `tachyon routes add <pattern>`: to a queue with --to, or to the PUB endpoint with --type fanout.

import { Command, Option } from 'commander';
import { ask } from '../../admin.ts';
import { UsageError } from '../../output/failure.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions, pair, whole } from '../options.ts';
import { type Condition, condition } from './conditions.ts';

interface Options extends ChangeOptions {
  readonly to?: string;
  readonly type: string;
  readonly priority: number;
  readonly exclusive: boolean;
  readonly disabled: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly when?: readonly Condition[];
  readonly hops?: number;
  readonly schema?: string;
  readonly invalid: string;
}

export const addCommand = (): Command =>
  addChangeOptions(
    new Command('add')
      .description('Adds a route, or changes the one with the same pattern, type and queue.')
      .argument('<pattern>', 'Such as orders.* or metrics.>')
      .option('--to <queue>', 'The queue; it is declared if it is not there.')
      .addOption(
        new Option('--type <type>', 'To a queue, or once to every subscriber; docs/routing.md tells of the others.')
          .choices(['direct', 'fanout', 'bridge', 'internal', 'system'])
          .default('direct'),
      )
      .option('--priority <number>', 'Among routes of one class the higher comes first.', whole, 0)
      .option('--exclusive', 'Where it comes first, no other route counts.', false)
      .option('--disabled', 'Keep it, but let it lead nowhere.', false)
      .option('--when <condition>', 'A header that it asks for, such as region=eu; may be given again.', condition)
      .option('--hops <count>', 'Of a bridge: how many bridges a message may have come over, and this one.', whole)
      .option('--schema <name>', 'A schema that bodies must fit; tachyon schemas add registers it.')
      .addOption(
        new Option('--invalid <way>', 'What becomes of a body that does not fit.')
          .choices(['refuse', 'dead-letter'])
          .default('refuse'),
      )
      .option('--metadata <name=value>', 'Such as compression=lz4; may be given again.', pair, {}),
  ).action(async (pattern: string, options: Options) => {
    const {
      to,
      type,
      priority,
      exclusive,
      disabled,
      metadata,
      when,
      hops,
      schema,
      invalid,
      tenant,
      actor,
      reason,
      output,
    } = options;
    if (type !== 'fanout' && to === undefined)
      throw new UsageError('a route to a queue needs --to <queue>; to subscribers: --type fanout');
    if (type === 'fanout' && to !== undefined) throw new UsageError('a fanout route leads to no queue: leave out --to');
    const args = {
      pattern,
      route_type: type,
      destination_id: to ?? '',
      priority,
      exclusive,
      enabled: !disabled,
      metadata,
      ...(when === undefined ? {} : { when }),
      ...(hops === undefined ? {} : { hops }),
      ...(schema === undefined ? {} : { schema, invalid }),
      tenant,
      actor,
      reason,
    };
    await printFields(await ask(options, 'routes.add', args), output);
  });
