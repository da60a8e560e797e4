// Metrics of what operators do: their actions, their jobs, and the log of both.

import { byLabel, counter, type Family, gauge } from '../../../pkg/metrics/family.ts';
import type { State } from '../../domain/state.ts';
import type { AuditStatus } from '../../usecase/ports/audit-store.ts';
import type { OperatorCounts } from './operator-counts.ts';

export interface OperatorFacts {
  readonly state: Pick<State, 'jobs'>;
  readonly counts: OperatorCounts;
  readonly audit: Pick<AuditStatus, 'entries' | 'removed' | 'bytes' | 'written' | 'lastSigned' | 'fault'>;
  /** Infinity: there is no bound. */
  readonly auditBytesMax: number;
}

export function operatorFamilies({ state, counts, audit, auditBytesMax }: OperatorFacts): readonly Family[] {
  let running = 0;
  for (const job of state.jobs.values()) if (job.state === 'running') running += 1;
  return [
    counter(
      'tachyon_operator_actions_total',
      'Actions that the journal put on record, by what came of them.',
      byLabel('outcome', counts.actions),
    ),
    gauge('tachyon_jobs_running', 'Jobs on dead letters that run.', running),
    counter('tachyon_jobs_started_total', 'Jobs that operators started.', counts.jobsStarted),
    counter('tachyon_jobs_ended_total', 'Jobs that ended, by how.', byLabel('outcome', counts.jobsEnded)),
    counter('tachyon_audit_entries_total', 'Entries written to the audit log.', audit.written),
    gauge('tachyon_audit_log_entries', 'Entries that the audit log keeps.', audit.entries - audit.removed),
    gauge('tachyon_audit_log_bytes', 'Bytes of the entries that it keeps.', audit.bytes),
    gauge(
      'tachyon_audit_log_bytes_limit',
      'Bytes beyond which its oldest files go; +Inf without a bound.',
      auditBytesMax,
    ),
    gauge(
      'tachyon_audit_unsigned_entries',
      'Entries behind the last signed head.',
      Math.max(0, audit.entries - (audit.lastSigned?.size ?? 0)),
    ),
    gauge('tachyon_audit_log_faulty', '1 when the log is not as it was written.', audit.fault === null ? 0 : 1),
  ];
}
