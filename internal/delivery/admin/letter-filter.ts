// Which dead letters an operator's words mean.

import type { DeadLetterFilter } from '../../domain/dead-letter-order.ts';
import { type Args, ArgumentFault } from './args.ts';

export const FILTER = [
  'ids',
  'queue',
  'tenant_id',
  'consumer',
  'topic',
  'record_reason',
  'fingerprint',
  'sequence',
] as const;

const IDS_MAX = 10_000;
const NOBODY: DeadLetterFilter = {
  ids: null,
  queue: null,
  tenant: null,
  consumer: null,
  topic: null,
  reason: null,
  fingerprint: null,
  sequence: null,
};

export function filterOf(args: Args): DeadLetterFilter {
  const ids = args.has('ids') ? args.texts('ids') : null;
  if (ids !== null && ids.length > IDS_MAX) throw new ArgumentFault(`at most ${IDS_MAX} ids`, 'TOO_MANY_ITEMS');
  return {
    ...placeOf(args),
    ids,
    consumer: args.textOrNull('consumer'),
    topic: args.textOrNull('topic'),
    reason: args.textOrNull('record_reason'),
    fingerprint: args.textOrNull('fingerprint'),
  };
}

/** One record by its id, and where that is not enough by queue or number. */
export const oneOf = (args: Args): DeadLetterFilter => ({ ...placeOf(args), ids: [args.text('id')] });

const placeOf = (args: Args): DeadLetterFilter => ({
  ...NOBODY,
  queue: args.textOrNull('queue'),
  // A queue's name is one of its tenant.
  tenant: args.has('tenant_id') || args.has('queue') ? args.text('tenant_id', '') : null,
  sequence: args.has('sequence') ? args.whole('sequence', 1, Number.MAX_SAFE_INTEGER) : null,
});

/** Whether it leaves anything out, the tenant aside. */
export const isSelective = (filter: DeadLetterFilter): boolean =>
  Object.entries(filter).some(([name, value]) => name !== 'tenant' && value !== null);
