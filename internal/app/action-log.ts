// What operators did and were refused, in the broker's log: a line for each entry of the audit log once it is synced, with
// the numbers by which the entry, its messages, its queue and its job are found. The log is for whoever watches; the
// audit log stays the record.

import type { Logger } from 'pino';
import type { AuditLine } from '../../pkg/audit/index.ts';

/** Of a step with 256 messages the first tell which it was. */
const IDS_MAX = 16;
const TEXT_MAX = 256;
/** An outcome that is a refusal's code. */
const CODE = /^[A-Z]/;

type Facts = AuditLine['prior_state'];

/** The first of the facts that has the name. */
const factOf = (name: string, ...lists: readonly Facts[]): unknown =>
  lists.flat().find((facts) => facts[name] !== undefined)?.[name];

const cut = (value: unknown): unknown => (typeof value === 'string' ? value.slice(0, TEXT_MAX) : value);

export function logAction(logger: Logger, line: AuditLine): void {
  const { number, actor, operation, outcome, target_message_ids: ids, prior_state, resulting_state } = line;
  const fields = {
    audit: number,
    event: line.event_id,
    actor: cut(actor),
    operation,
    outcome,
    reason: cut(line.requested_reason),
    queue: cut(factOf('queue', prior_state, resulting_state)),
    tenant: cut(factOf('tenant_id', prior_state, resulting_state)),
    job: factOf('job', resulting_state, prior_state),
    messages: ids.length === 0 ? undefined : ids.slice(0, IDS_MAX).map(cut),
    messagesTotal: ids.length > IDS_MAX ? ids.length : undefined,
  };
  if (CODE.test(outcome)) logger.warn(fields, 'operator action refused');
  else logger.info(fields, 'operator action');
}
