// What became of a replay or a purge, record by record, and what a large one goes on as; of a dry run the groups that it
// would touch. Invariants: a command of which one record failed does not end with 0; one that met nothing says so.

import { isObject, type JsonObject } from '../../../../pkg/protocol/json.ts';
import { EXIT } from '../../exit-codes.ts';
import { safe } from '../../output/cell.ts';
import { printFields } from '../../output/fields.ts';
import { ownCommand } from '../../output/own-command.ts';
import { print, tell } from '../../output/print.ts';
import { printRows } from '../../output/table.ts';
import type { BrokerOptions, OutputOptions } from '../options.ts';
import { TOUCHED_COLUMNS } from './columns.ts';
import { filterText, type LetterFilter } from './filter.ts';

const FAILURE_COLUMNS = ['message_id', 'queue', 'sequence', 'code', 'error'].map((name) => ({ name }));

/** A request whose records are few is answered when all of them are done; at this rate that may take as long. */
const INLINE_RECORDS_MAX = 1_000;
const PATIENCE_MS = 120_000;

export const patienceMs = (ratePerSecond: number | undefined): number =>
  PATIENCE_MS + (ratePerSecond === undefined || ratePerSecond <= 0 ? 0 : (INLINE_RECORDS_MAX * 1_000) / ratePerSecond);

export interface Asked {
  readonly filter: LetterFilter;
  /** What else to say where the filter met nothing; empty: nothing. */
  readonly hint: string;
}

export async function printOutcome(
  result: unknown,
  options: BrokerOptions & OutputOptions,
  { filter, hint }: Asked,
): Promise<void> {
  const outcome: JsonObject = isObject(result) ? result : {};
  const { failures: listed, groups: touched, groups_total: groupsTotal, ...counts } = outcome;
  const failures = objectsIn(listed);
  if (options.output !== 'table') await printFields(outcome, options.output);
  else {
    await printFields(counts, 'table');
    await printTouched(objectsIn(touched), Number(groupsTotal ?? 0));
    if (failures.length > 0) await printRows(failures, { output: 'table', columns: FAILURE_COLUMNS, nothing: '' });
  }
  const { failed, requested, job } = counts;
  if (typeof job === 'number') {
    const follow = ownCommand(['jobs', 'show', `${job}`, '--follow'], options);
    tell(`job ${job} goes on with it; follow it with: ${follow}`);
  }
  if (requested === 0) tellNothing(filter, hint, options);
  if (typeof failed !== 'number' || failed === 0) return;
  process.exitCode = EXIT.failed;
  tell(`tachyon: ${failed} of ${String(requested)} records failed`);
  if (failed > failures.length) tell(`tachyon: ${failures.length} of the failures are listed`);
}

async function printTouched(groups: readonly JsonObject[], total: number): Promise<void> {
  if (groups.length === 0) return;
  await print('\n');
  await printRows(groups, { output: 'table', columns: TOUCHED_COLUMNS, nothing: '' });
  if (total > groups.length) tell(`the largest ${groups.length} of ${total} groups`);
}

/** Its queue alone may have others: these are worth a look, else all are. */
function tellNothing(filter: LetterFilter, hint: string, options: BrokerOptions): void {
  const { queue, tenant_id: tenant, ...rest } = filter;
  const place = [
    ...(queue === undefined || Object.keys(rest).length === 0 ? [] : ['--queue', queue]),
    ...(tenant === undefined ? [] : ['--tenant', tenant]),
  ];
  const next = ownCommand(['dlq', 'groups', ...place], options);
  tell(
    `tachyon: no dead letter matches: ${safe(filterText(filter))}\n  next: ${next}${hint === '' ? '' : `; ${hint}`}`,
  );
}

const objectsIn = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
