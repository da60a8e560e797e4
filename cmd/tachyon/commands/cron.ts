// `tachyon cron …`: recurring schedules. One file for what declares them; the rest is a word each.

import { Command } from 'commander';
import { ask, listOf } from '../admin.ts';
import { printFields } from '../output/fields.ts';
import { printRows } from '../output/table.ts';
import { declareCommand } from './cron/declare.ts';
import {
  addChangeOptions,
  addLookOptions,
  type BrokerOptions,
  type ChangeOptions,
  dataDirOption,
  type LookOptions,
  type OutputOptions,
  outputOption,
} from './options.ts';

export const cronCommand = (): Command =>
  new Command('cron')
    .description('Recurring schedules: messages that are published again and again.')
    .addCommand(declareCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(change('pause', 'Does not fire from now on, also after a restart; nothing is missed meanwhile.'))
    .addCommand(change('resume', 'Fires again, at its next time.'))
    .addCommand(change('run', 'Publishes its message now, beside its times.'))
    .addCommand(change('remove', 'Removes it. What it has published stays.'));

const COLUMNS = [
  'name',
  'cron',
  'timezone',
  'topic',
  'paused',
  'next_fire_at',
  'last_fired_at',
  'fired',
  'skipped',
  'missed',
  'refused',
  'last_error',
].map((name) => ({ name }));

const listCommand = (): Command =>
  new Command('list')
    .description('Lists recurring schedules: when they fire next, and what became of their fires.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: BrokerOptions & OutputOptions) => {
      const rows = await listOf(options, 'cron.list');
      const tenants = rows.some((row) => row['tenant_id'] !== '') ? [{ name: 'tenant_id', title: 'tenant' }] : [];
      const { output } = options;
      await printRows(rows, { output, columns: [...tenants, ...COLUMNS], nothing: 'no schedules' });
    });

const showCommand = (): Command =>
  addLookOptions(
    new Command('show')
      .description('Shows one recurring schedule, with its next times and its body.')
      .argument('<name>'),
  ).action(async (name: string, options: LookOptions) => {
    await printFields(await ask(options, 'cron.show', { name, tenant_id: options.tenant }), options.output);
  });

const change = (word: string, description: string): Command =>
  addChangeOptions(new Command(word).description(description).argument('<name>')).action(
    async (name: string, options: ChangeOptions) => {
      const { tenant, actor, reason, output } = options;
      await printFields(await ask(options, `cron.${word}`, { name, tenant_id: tenant, actor, reason }), output);
    },
  );
