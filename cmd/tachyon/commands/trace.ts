// `tachyon trace <message-id>`: what happened to a message, where it is now, and why it is not further.

import { Command } from 'commander';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { printFields } from '../output/fields.ts';
import { print, tell } from '../output/print.ts';
import { askSources, type Sources } from '../trace/sources.ts';
import { storyOf } from '../trace/story.ts';
import { complaintsOf, storyText } from '../trace/story-text.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption } from './options.ts';

interface Options extends BrokerOptions, OutputOptions {
  readonly tenant?: string;
  readonly queue?: string;
}

export const traceCommand = (): Command =>
  new Command('trace')
    .description('Tells what happened to a message, where it is now, and why; from the files alone without a broker.')
    .argument('<message-id>', 'As its producer gave it; or #<number>, its sequence in queues browse and journal dump.')
    .option('--queue <queue>', 'Only in this queue.')
    .option('--tenant <name>', 'Only of this tenant.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (id: string, options: Options) => {
      const { tenant, queue, output } = options;
      const sources = await askSources(options, { id, tenant, queue });
      const story = storyOf(id, sources);
      if (story.messages.length === 0) throw notFound(id, sources);
      if (output !== 'table') return printFields(story, output);
      await print(storyText(story));
      for (const complaint of complaintsOf(story)) tell(`tachyon: ${complaint}`);
    });

/** What nobody tells of may have been settled so long ago that the journal has let go of it. */
function notFound(id: string, { broker, journal }: Sources): TachyonError {
  if ('error' in broker && 'error' in journal) return broker.error;
  const held =
    'error' in broker
      ? `The broker could not be asked (${broker.error.code})`
      : `The broker holds no "${id}"${broker.answer.unreadable > 0 ? ` (${broker.answer.unreadable} cannot be read)` : ''}`;
  return new TachyonError('MESSAGE_NOT_FOUND', `${held}; ${reachOf(journal)}.`);
}

function reachOf(journal: Sources['journal']): string {
  if ('error' in journal) return `the journal could not be read (${journal.error.code})`;
  const { from, through, fault } = journal.answer;
  if (from === null || through === null) return 'the journal holds nothing';
  const end = fault === null ? '' : `, and is damaged behind position ${through.position}`;
  return `the journal tells of what happened since ${from.at} (position ${from.position})${end}`;
}
