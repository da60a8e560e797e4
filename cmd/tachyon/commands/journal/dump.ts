// `tachyon journal dump`: the events of a data folder, oldest first, as they stand in its files. A stream: one document
// an event. A broker may be at work on the folder.

import { Command, InvalidArgumentError } from 'commander';
import type { JsonObject } from '../../../../pkg/protocol/json.ts';
import { cell, safe } from '../../output/cell.ts';
import { UsageError } from '../../output/failure.ts';
import { printStreamed } from '../../output/format.ts';
import { palette } from '../../output/palette.ts';
import { print, tell } from '../../output/print.ts';
import {
  type BrokerOptions,
  dataDirOption,
  folderOf,
  limitOption,
  type OutputOptions,
  outputOption,
  whole,
} from '../options.ts';

interface Options extends BrokerOptions, OutputOptions {
  readonly from?: number;
  readonly to?: number;
  readonly type?: readonly string[];
  readonly queue?: string;
  readonly message?: string;
  readonly limit?: number;
  readonly bodies: boolean;
  readonly bodyBytes: number;
}

const BODY_BYTES_DEFAULT = 1_024;

export const dumpCommand = (): Command =>
  new Command('dump')
    .description('Prints the events of the journal in order, with a broker at work on the folder or without.')
    .option('--from <position>', 'Not before this position.', position)
    .option('--to <position>', 'Not behind this position.', position)
    .option('--type <types>', 'Only these, such as accepted,failed.', commaSeparated)
    .option('--queue <name>', 'Only what is about this queue.')
    .option('--message <id>', 'Only what is about messages of this id.')
    .option('--bodies', 'Print bodies too, in base64.', false)
    .option('--body-bytes <bytes>', 'How much of each body.', whole, BODY_BYTES_DEFAULT)
    .addOption(limitOption())
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { dumpJournal, EVENT_TYPES } = await import('../../../../internal/app/journal/dump-journal.ts');
      const { type: types, queue = null, message = null, from = null, to = null, output } = options;
      for (const type of types ?? []) {
        if (!EVENT_TYPES.includes(type)) throw new UsageError(`no event "${type}"; known: ${EVENT_TYPES.join(', ')}`);
      }
      let left = options.limit ?? Number.POSITIVE_INFINITY;
      let printed = 0;
      const events = dumpJournal(folderOf(options), {
        from,
        to,
        types: types === undefined ? null : new Set(types),
        queue,
        messageId: message,
        bodyBytes: options.bodies ? Math.max(0, options.bodyBytes) : null,
      });
      if (left > 0) {
        for (const event of events) {
          if (output === 'table') await print(`${printed === 0 ? HEAD : ''}${lineOf(event)}`);
          else await printStreamed(event, output);
          printed += 1;
          left -= 1;
          if (left <= 0) break;
        }
      }
      if (printed === 0 && output === 'table') tell('no such events');
    });

function position(text: string): number {
  const number = whole(text);
  if (number < 0) throw new InvalidArgumentError('It must be a position: 1, 2, 3.');
  return number;
}

const commaSeparated = (text: string): readonly string[] => text.split(',').filter((word) => word !== '');

const POSITION_WIDTH = 10;
const TIME_WIDTH = 24;
const TYPE_WIDTH = 21;
const DETAIL_CHARACTERS_MAX = 2_000;

const HEAD = `${'position'.padEnd(POSITION_WIDTH)}  ${'time'.padEnd(TIME_WIDTH)}  ${'type'.padEnd(TYPE_WIDTH)}  fields\n`;

function lineOf({ position: at, time, type, ...fields }: JsonObject): string {
  const head = [
    String(at).padEnd(POSITION_WIDTH),
    String(time).padEnd(TIME_WIDTH),
    palette().bold(String(type).padEnd(TYPE_WIDTH)),
  ];
  const detail = Object.entries(fields).map(([name, value]) => `${name}=${fieldOf(value)}`);
  const text = detail.join(' ');
  const isLong = text.length > DETAIL_CHARACTERS_MAX;
  return `${[...head, safe(isLong ? text.slice(0, DETAIL_CHARACTERS_MAX) : text)].join('  ')}${isLong ? '…' : ''}\n`;
}

/** Numbers as they are: they are ids and positions. */
const fieldOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? JSON.stringify(value)
    : cell(typeof value === 'number' ? `${value}` : value);
