// `tachyon routes add <pattern>`: to a queue with --to, or to the PUB endpoint with --type fanout.

import { Command, Option } from 'commander';
import { ask } from '../../admin.ts';
import { UsageError } from '../../output/failure.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions, pair, whole } from '../options.ts';

interface Options extends ChangeOptions {
  readonly to?: string;
  readonly type: 'direct' | 'fanout';
  readonly priority: number;
  readonly exclusive: boolean;
  readonly disabled: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

export const addCommand = (): Command =>
  addChangeOptions(
    new Command('add')
      .description('Adds a route, or changes the one with the same pattern, type and queue.')
      .argument('<pattern>', 'Such as orders.* or metrics.>')
      .option('--to <queue>', 'The queue; it is declared if it is not there.')
      .addOption(
        new Option('--type <type>', 'To a queue, or once to every subscriber.')
          .choices(['direct', 'fanout'])
          .default('direct'),
      )
      .option('--priority <number>', 'Among routes of one class the higher comes first.', whole, 0)
      .option('--exclusive', 'Where it comes first, no other route counts.', false)
      .option('--disabled', 'Keep it, but let it lead nowhere.', false)
      .option('--metadata <name=value>', 'Such as compression=lz4; may be given again.', pair, {}),
  ).action(async (pattern: string, options: Options) => {
    const { to, type, priority, exclusive, disabled, metadata, tenant, actor, reason, output } = options;
    if (type === 'direct' && to === undefined)
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
      tenant,
      actor,
      reason,
    };
    await printFields(await ask(options, 'routes.add', args), output);
  });
