// Dead letters as a table: which message died of what, in a hundred characters a line. The JSON has everything, and whole.

import type { JsonObject } from '../../../../pkg/protocol/json.ts';
import { duration } from '../../output/cell.ts';
import type { Column } from '../../output/table.ts';

/** The causes in one word. */
const CAUSES: Readonly<Record<string, string>> = {
  nack_terminal: 'terminal',
  attempts_exhausted: 'attempts',
  returns_exhausted: 'returns',
};

const causeOf = ({ cause }: JsonObject): string => CAUSES[String(cause)] ?? String(cause);

const agoOf =
  (field: string) =>
  (row: JsonObject): string =>
    duration(Math.max(0, Date.now() - Date.parse(String(row[field]))));

export const LETTER_COLUMNS: readonly Column[] = [
  { name: 'message_id', title: 'message', width: 20 },
  { name: 'queue', width: 14 },
  { name: 'failed_deliveries', title: 'failed' },
  { name: 'cause', show: causeOf, width: 8 },
  { name: 'reason', width: 24 },
  { name: 'dead_lettered_at', title: 'age', show: agoOf('dead_lettered_at'), width: 8 },
];

export const GROUP_COLUMNS: readonly Column[] = [
  { name: 'fingerprint', width: 16 },
  { name: 'count' },
  { name: 'queue', width: 14 },
  { name: 'cause', show: causeOf, width: 8 },
  { name: 'reason', width: 19 },
  { name: 'oldest_at', title: 'oldest', show: agoOf('oldest_at'), width: 8 },
  { name: 'newest_at', title: 'newest', show: agoOf('newest_at'), width: 8 },
];
