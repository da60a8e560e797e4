// `tachyon cron declare <name>`: a message, and when it is published.

import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { ask } from '../../admin.ts';
import { UsageError } from '../../output/failure.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions, pair, whole } from '../options.ts';

interface Options extends ChangeOptions {
  readonly cron: string;
  readonly timezone: string;
  readonly topic: string;
  readonly body?: string;
  readonly file?: string;
  readonly contentType?: string;
  readonly header: Readonly<Record<string, string>>;
  readonly overlap: string;
  readonly catchUp: string;
  readonly catchUpMax?: number;
  readonly update: boolean;
}

export const declareCommand = (): Command =>
  addChangeOptions(
    new Command('declare')
      .description('Declares a recurring schedule, or says that it is there with this plan.')
      .argument('<name>')
      .requiredOption('--cron <expression>', "Five fields, or six with seconds first: '*/5 * * * *'.")
      .option('--timezone <zone>', 'IANA time zone, such as Europe/Berlin.', 'UTC')
      .requiredOption('--topic <topic>', 'Topic of its messages.')
      .option('--body <text>', 'Their body.')
      .addOption(new Option('--file <path>', 'Their body, from a file.').conflicts('body'))
      .option('--content-type <type>', 'Their content type.')
      .option('-H, --header <name=value>', 'A header of theirs; may be given again.', pair, {})
      .addOption(
        new Option('--overlap <policy>', 'While its last message is in a queue: skip the fire, or allow it.')
          .choices(['skip', 'allow'])
          .default('skip'),
      )
      .addOption(
        new Option('--catch-up <policy>', 'Of fires that were missed: none, one for all of them, or all.')
          .choices(['none', 'one', 'all'])
          .default('one'),
      )
      .option('--catch-up-max <count>', 'With --catch-up all: at most so many at once, up to 100.', whole)
      .option('--update', 'Change one that is there with another plan.', false),
  ).action(async (name: string, options: Options) => {
    const { cron, timezone, topic, contentType, header, overlap, catchUp, catchUpMax, update } = options;
    const { tenant, actor, reason, output } = options;
    const args = {
      name,
      cron,
      timezone,
      topic,
      payload: (await bodyOf(options)).toString('base64'),
      ...(contentType === undefined ? {} : { content_type: contentType }),
      headers: header,
      overlap,
      catch_up: catchUp,
      ...(catchUpMax === undefined ? {} : { catch_up_max: catchUpMax }),
      update,
      tenant_id: tenant,
      actor,
      reason,
    };
    await printFields(await ask(options, 'cron.declare', args), output);
  });

async function bodyOf({ body, file }: Options): Promise<Buffer> {
  if (file === undefined) return Buffer.from(body ?? '');
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`--file: ${error instanceof Error ? error.message : String(error)}`);
  }
}
