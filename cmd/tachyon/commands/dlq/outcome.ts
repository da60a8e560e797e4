// What became of a replay or a purge, record by record, and what a large one goes on as. Invariant: a command of which
// one record failed does not end with 0.

import { isObject, type JsonObject } from '../../../../pkg/protocol/json.ts';
import { EXIT } from '../../exit-codes.ts';
import { printFields } from '../../output/fields.ts';
import { tell } from '../../output/print.ts';
import { shellWord } from '../../../../pkg/protocol/shell-word.ts';
import { printRows } from '../../output/table.ts';
import { ownName } from '../../process/own-name.ts';
import type { BrokerOptions, OutputOptions } from '../options.ts';

const FAILURE_COLUMNS = ['message_id', 'queue', 'sequence', 'code', 'error'].map((name) => ({ name }));

/** A request whose records are few is answered when all of them are done; at this rate that may take as long. */
const INLINE_RECORDS_MAX = 1_000;
const PATIENCE_MS = 120_000;

export const patienceMs = (ratePerSecond: number | undefined): number =>
  PATIENCE_MS + (ratePerSecond === undefined || ratePerSecond <= 0 ? 0 : (INLINE_RECORDS_MAX * 1_000) / ratePerSecond);

export async function printOutcome(result: unknown, options: BrokerOptions & OutputOptions): Promise<void> {
  const { output, dataDir } = options;
  const outcome: JsonObject = isObject(result) ? result : {};
  const { failures: listed, ...counts } = outcome;
  const failures = Array.isArray(listed) ? listed.filter(isObject) : [];
  if (output !== 'table') await printFields(outcome, output);
  else {
    await printFields(counts, output);
    if (failures.length > 0) await printRows(failures, { output, columns: FAILURE_COLUMNS, nothing: '' });
  }
  const { failed, requested, job } = counts;
  if (typeof job === 'number') {
    const folder = dataDir === undefined ? '' : ` --data-dir ${shellWord(dataDir)}`;
    tell(`job ${job} goes on with it; follow it with: ${ownName()} jobs show ${job} --follow${folder}`);
  }
  if (typeof failed !== 'number' || failed === 0) return;
  process.exitCode = EXIT.failed;
  tell(`tachyon: ${failed} of ${String(requested)} records failed`);
  if (failed > failures.length) tell(`tachyon: ${failures.length} of the failures are listed`);
}
