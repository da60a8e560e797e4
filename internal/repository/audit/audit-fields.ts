// An operator's action as a line of the log, and which lines a question means.

import type { AuditFields, AuditLine } from '../../../pkg/audit/index.ts';
import type { AuditEntry, AuditQuery } from '../../usecase/ports/audit-store.ts';

export const fieldsOf = ({ action, at }: AuditEntry, number: number, index: number): AuditFields => ({
  number,
  actor: action.operator.actor,
  timestamp: new Date(action.atMs).toISOString(),
  operation: action.operation,
  outcome: action.outcome,
  target_message_ids: action.targets,
  requested_reason: action.operator.reason,
  ...(action.operator.requestId === undefined ? {} : { request_id: action.operator.requestId }),
  prior_state: action.prior,
  resulting_state: action.resulting,
  position: at,
  index,
});

export function isMeant(line: AuditLine, query: AuditQuery): boolean {
  const { after, messageId, actor, operation, fromMs, toMs } = query;
  const atMs = Date.parse(line.timestamp);
  return (
    line.number > after &&
    (messageId === null || line.target_message_ids.includes(messageId)) &&
    (actor === null || line.actor === actor) &&
    (operation === null || line.operation === operation) &&
    atMs >= fromMs &&
    atMs <= toMs
  );
}
