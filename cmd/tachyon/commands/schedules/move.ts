// `tachyon schedules move <queue> <number>`: to another time, or to now.

import { Command, Option } from 'commander';
import { ask } from '../../admin.ts';
import { UsageError } from '../../output/failure.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions, duration, time, whole } from '../options.ts';

interface Options extends ChangeOptions {
  readonly at?: number;
  readonly delay?: number;
  readonly now: boolean;
  readonly dryRun: boolean;
}

export const moveCommand = (): Command =>
  addChangeOptions(
    new Command('move')
      .description('Gives a scheduled message another time. It keeps its place and its number.')
      .argument('<queue>')
      .argument('<number>', 'its number (sequence)', whole)
      .addOption(
        new Option('--at <time>', 'Due at that time: 2026-01-02T15:04:05Z.')
          .argParser(time)
          .conflicts(['delay', 'now']),
      )
      .addOption(
        new Option('--delay <duration>', 'Due after so long: 20s, 10m, 4h, 7d.').argParser(duration).conflicts('now'),
      )
      .option('--now', 'Due at once.', false)
      .option('--dry-run', 'Change nothing; say what would be done.', false),
  ).action(async (queue: string, sequence: number, options: Options) => {
    const { at, delay, now, tenant, actor, reason, dryRun, output } = options;
    if (at === undefined && delay === undefined && !now) throw new UsageError('when? Give --at, --delay or --now');
    const due = at === undefined ? { delay_ms: delay ?? 0 } : { deliver_at: new Date(at).toISOString() };
    const args = { queue, sequence, ...due, tenant_id: tenant, dry_run: dryRun, actor, reason };
    await printFields(await ask(options, 'schedules.move', args), output);
  });
