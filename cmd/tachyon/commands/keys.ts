// `tachyon keys …`: the partition keys of a queue, and what holds them up.

import { Command } from 'commander';
import type { JsonObject } from '../../../pkg/protocol/json.ts';
import { ask, pagesOf, withAdmin } from '../admin.ts';
import { printFields } from '../output/fields.ts';
import { printRows } from '../output/table.ts';
import { addChangeOptions, addLookOptions, type ChangeOptions, type LookOptions, whole } from './options.ts';

interface ListOptions extends LookOptions {
  readonly held: boolean;
  readonly count: number;
}

const COLUMNS = ['key', 'state', 'depth', 'head_sequence', 'failed_deliveries', 'retry_at'].map((name) => ({ name }));

const listCommand = (): Command =>
  addLookOptions(
    new Command('list')
      .description('Lists the partition keys of a queue that have messages, each with what is next of it.')
      .argument('<queue>')
      .option('--held', 'Only those that are parked after too many failures, or paused.', false)
      .option('-n, --count <count>', 'At most so many.', whole, 100),
  ).action(async (queue: string, { tenant, held, count, output, ...options }: ListOptions) => {
    const rows: JsonObject[] = [];
    await withAdmin(options, async (admin) => {
      const limit = Math.max(1, Math.min(100, count));
      for await (const row of pagesOf(admin, 'keys.list', { queue, tenant_id: tenant, held, limit })) {
        if (rows.length >= count) break;
        rows.push(row);
      }
    });
    await printRows(rows, { output, columns: COLUMNS, nothing: held ? 'no key is held up' : 'no keys' });
  });

const WORDS = {
  pause: 'Hands nothing of the key over from now on, also after a restart.',
  resume: 'Hands over messages of the key again.',
  release: 'Tries the first message of the key at once, as if it had never failed.',
  skip: 'Makes a dead letter of the first message of the key, so that the next one goes.',
} as const;

const steerCommand = (word: keyof typeof WORDS): Command =>
  addChangeOptions(new Command(word).description(WORDS[word]).argument('<queue>').argument('<key>')).action(
    async (queue: string, key: string, options: ChangeOptions) => {
      const { tenant, actor, reason, output } = options;
      await printFields(await ask(options, `keys.${word}`, { queue, key, tenant_id: tenant, actor, reason }), output);
    },
  );

export const keysCommand = (): Command => {
  const keys = new Command('keys').description('Partition keys: what of one key is next, and what holds it up.');
  keys.addCommand(listCommand());
  for (const word of Object.keys(WORDS) as (keyof typeof WORDS)[]) keys.addCommand(steerCommand(word));
  return keys;
};
