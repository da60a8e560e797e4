// The operators' questions about the audit log and about jobs.

import type { Job } from '../../domain/job.ts';
import type { AuditQuery } from '../../usecase/ports/audit-store.ts';
import { Args, ArgumentFault } from './args.ts';

const PAGE_MAX = 500;
const CURSOR = /^\d{1,15}$/;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

export function auditQuery(given: unknown): AuditQuery {
  const args = new Args(given, ['id', 'actor', 'operation', 'start', 'end', 'after', 'limit']);
  const after = args.textOrNull('after') ?? '0';
  if (!CURSOR.test(after)) throw new ArgumentFault('"after" must be the "next" of the page before');
  return {
    after: Number(after),
    limit: args.whole('limit', 1, PAGE_MAX, PAGE_MAX),
    messageId: args.textOrNull('id'),
    actor: args.textOrNull('actor'),
    operation: args.textOrNull('operation'),
    fromMs: timeOf(args, 'start', 0),
    toMs: timeOf(args, 'end', Number.MAX_SAFE_INTEGER),
  };
}

function timeOf(args: Args, name: string, fallback: number): number {
  const text = args.textOrNull(name);
  if (text === null) return fallback;
  const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new ArgumentFault(`"${name}" must be a time such as 2026-03-21T00:00:00Z`);
  return ms;
}

export const jobView = ({ id, order, total, state, done, failed, startedMs, endedMs, operator }: Job): object => ({
  job: id,
  kind: order.kind,
  state,
  total,
  done,
  failed,
  rate_per_second: order.ratePerSecond,
  started_at: new Date(startedMs).toISOString(),
  ended_at: endedMs === 0 ? null : new Date(endedMs).toISOString(),
  actor: operator.actor,
  reason: operator.reason,
});
