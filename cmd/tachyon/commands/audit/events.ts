// Events of the audit log: which ones a command means, from either end of the log, and their table.

import { type Command, Option } from 'commander';
import type { AdminClient } from '../../../../pkg/client/admin.ts';
import { isObject, type JsonObject } from '../../../../pkg/protocol/json.ts';
import { pagesOf } from '../../admin.ts';
import { safe } from '../../output/cell.ts';
import { UsageError } from '../../output/failure.ts';
import type { Column } from '../../output/table.ts';
import { first } from '../first.ts';
import { type BrokerOptions, type OutputOptions, whole } from '../options.ts';
import { queueOf, recordsOf } from './event-facts.ts';

interface EventFilterOptions {
  readonly id?: string;
  readonly actor?: string;
  readonly operation?: string;
  readonly start?: string;
  readonly end?: string;
}

const addEventFilterOptions = (command: Command): Command =>
  command
    .option('--id <id>', 'Only those about this message.')
    .option('--actor <name>', 'Only what this actor did.')
    .option('--start <time>', 'Not before, such as 2026-03-21T00:00:00Z.')
    .option('--end <time>', 'Not after.');

const eventArgs = ({ id, actor, operation, start, end }: EventFilterOptions): object =>
  Object.fromEntries(Object.entries({ id, actor, operation, start, end }).filter(([, value]) => value !== undefined));

export const EVENT_COLUMNS: readonly Column[] = [
  { name: 'number' },
  { name: 'timestamp', width: 24 },
  { name: 'actor', width: 18 },
  { name: 'operation', width: 20 },
  { name: 'outcome', width: 16 },
  { name: 'queue', show: (event) => safe(queueOf(event)), width: 18 },
  { name: 'count', show: recordsOf },
  { name: 'target_message_ids', title: 'messages', show: messages, width: 24 },
  { name: 'requested_reason', title: 'reason', width: 24 },
];

/** Distinct ids: the count stands beside them. */
function messages({ target_message_ids: ids }: JsonObject): string {
  if (!Array.isArray(ids) || ids.length === 0) return '-';
  const [first] = ids;
  return safe(ids.length === 1 ? String(first) : `${String(first)}, …`);
}

export interface EventListOptions extends BrokerOptions, OutputOptions, EventFilterOptions {
  readonly limit?: number;
  readonly last?: number;
}

const LAST_MAX = 10_000;

/** From either end of the log. */
export const addEventListOptions = (command: Command): Command =>
  addEventFilterOptions(command)
    .addOption(new Option('-n, --limit <count>', 'The oldest, at most so many.').argParser(whole))
    .addOption(new Option('--last <count>', 'The newest, at most so many, the oldest of them first.').argParser(whole));

const all = (): boolean => true;

/** Of a filtered log all has to be looked through; of the whole one its end can be asked for. */
async function lengthOf(admin: AdminClient): Promise<number> {
  const status = await admin.request('audit.status');
  return isObject(status) ? Number(status['entries']) : 0;
}

/** As the options say, with those that `wanted` lets through, oldest first. */
export async function* eventsOf(
  admin: AdminClient,
  options: EventListOptions,
  wanted: (event: JsonObject) => boolean = all,
): AsyncGenerator<JsonObject> {
  const { limit, last } = options;
  const args = eventArgs(options);
  if (last === undefined) return yield* first(limit, filtered(pagesOf(admin, 'audit.list', args), wanted));
  if (limit !== undefined) throw new UsageError('--limit takes the oldest and --last the newest: say one of them');
  if (last < 1 || last > LAST_MAX) throw new UsageError(`--last must be from 1 to ${LAST_MAX}`);
  const isWhole = wanted === all && Object.keys(args).length === 0;
  const from = isWhole ? `${Math.max(0, (await lengthOf(admin)) - last)}` : '0';
  const kept: JsonObject[] = [];
  for await (const event of filtered(pagesOf(admin, 'audit.list', args, { from }), wanted)) {
    kept.push(event);
    if (kept.length > last) kept.shift();
  }
  yield* kept;
}

async function* filtered(
  events: AsyncIterable<JsonObject>,
  wanted: (event: JsonObject) => boolean,
): AsyncGenerator<JsonObject> {
  for await (const event of events) if (wanted(event)) yield event;
}
