// The audit log: who changed what, with the fields of the earlier system.

import * as z from 'zod';
import { nameText, pageOf, pageQuery, timeText } from './common.ts';
import { messageId } from './dead-letter.ts';

export const auditEventSchema = z
  .looseObject({
    event_id: z.string(),
    actor: z.string(),
    timestamp: z.string(),
    operation: z.string(),
    outcome: z.string().optional(),
    target_message_ids: z.array(z.string()),
    requested_reason: z.string(),
    request_id: z.string().optional().describe('Of the request that asked for it, as in the log of the gateway.'),
    prior_state: z.array(z.unknown()).optional(),
    resulting_state: z.array(z.unknown()).optional(),
    prev_hash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEvent' });
export type AuditEvent = z.output<typeof auditEventSchema>;
export const auditPageSchema = pageOf(auditEventSchema).meta({ id: 'AuditPage' });
export const auditStatusSchema = z.looseObject({}).meta({ id: 'AuditStatus' });

const auditFilter = {
  actor: nameText.optional(),
  start: timeText.optional().describe('RFC 3339; events from then on.'),
  end: timeText.optional().describe('RFC 3339; events until then.'),
};
export const auditQuery = z.strictObject({
  ...pageQuery,
  id: messageId.optional().describe('Events that name this message.'),
  operation: z.string().min(1).max(64).optional(),
  ...auditFilter,
});
