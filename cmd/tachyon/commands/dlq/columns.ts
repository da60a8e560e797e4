// Dead letters as a table: which message died of what. Long cells are cut; the JSON has everything, and whole.

import type { JsonObject } from '../../../../pkg/protocol/json.ts';
import { duration } from '../../output/cell.ts';
import type { Column } from '../../output/table.ts';

const agoOf =
  (field: string) =>
  (row: JsonObject): string =>
    duration(Math.max(0, Date.now() - Date.parse(String(row[field]))));

/** The longest is `attempts_exhausted`: causes are told by the names that every other answer has. */
const CAUSE: Column = { name: 'cause', width: 18 };

export const LETTER_COLUMNS: readonly Column[] = [
  { name: 'message_id', title: 'message', width: 18 },
  { name: 'queue', width: 12 },
  { name: 'failed_deliveries', title: 'failed' },
  CAUSE,
  { name: 'reason', width: 20 },
  { name: 'dead_lettered_at', title: 'age', show: agoOf('dead_lettered_at'), width: 7 },
];

/** All that tells one group from another. */
const PLACE: readonly Column[] = [
  { name: 'queue', width: 12 },
  { name: 'topic', width: 16 },
  { name: 'consumer_id', title: 'consumer', width: 12 },
  CAUSE,
  { name: 'reason', width: 16 },
];

export const GROUP_COLUMNS: readonly Column[] = [
  { name: 'fingerprint', width: 16 },
  { name: 'count' },
  ...PLACE,
  { name: 'oldest_at', title: 'oldest', show: agoOf('oldest_at'), width: 7 },
  { name: 'newest_at', title: 'newest', show: agoOf('newest_at'), width: 7 },
];

/** Of a dry run: what it would touch. */
export const TOUCHED_COLUMNS: readonly Column[] = [{ name: 'count' }, ...PLACE, { name: 'fingerprint', width: 16 }];
