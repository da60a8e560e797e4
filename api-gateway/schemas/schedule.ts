// Messages that wait for their time, and recurring schedules.

import * as z from 'zod';
import { nameText, onRecord, pageOf, pageQuery, tenantId, timeText } from './common.ts';
import { bodyBytesQuery } from './queue.ts';

const SEQUENCES_MAX = 256;
const CRON_CHARACTERS_MAX = 256;
const ZONE_CHARACTERS_MAX = 64;
const BODY_BASE64_CHARACTERS_MAX = 87_384;
const HEADERS_MAX = 100;

export const scheduledQuery = z.strictObject({
  ...pageQuery,
  queue: nameText.optional(),
  tenant_id: tenantId,
  from: timeText.optional().describe('Due at that time or later.'),
  to: timeText.optional().describe('Due before that time.'),
  body_bytes: bodyBytesQuery,
});
export const scheduledParams = z.strictObject({
  queue: nameText,
  sequence: z
    .string()
    .regex(/^\d{1,15}$/, { error: () => 'must be the number of a message' })
    .transform(Number),
});
export const scheduledLookQuery = z.strictObject({ tenant_id: tenantId, body_bytes: bodyBytesQuery });

const dryRun = z.boolean().optional().describe('Change nothing; say what would be done.');

export const cancelScheduledBody = z.strictObject({
  queue: nameText,
  tenant_id: tenantId,
  sequences: z.array(z.int().min(1)).min(1).max(SEQUENCES_MAX),
  confirm: z.string().max(32).optional().describe('Must be CANCEL.'),
  dry_run: dryRun,
  ...onRecord,
});
export const cancelledSchema = z
  .looseObject({
    queue: z.string(),
    requested: z.int(),
    cancelled: z.int(),
    failed: z.int(),
    failures: z.array(z.looseObject({ sequence: z.int(), code: z.string(), error: z.string() })),
    dry_run: z.boolean(),
  })
  .meta({ id: 'CancelledMessages' });

export const moveScheduledBody = z.strictObject({
  tenant_id: tenantId,
  deliver_at: timeText.optional().describe('Due at that time.'),
  delay_ms: z.int().min(0).optional().describe('Due after so long; 0: at once.'),
  dry_run: dryRun,
  ...onRecord,
});
export const movedSchema = z
  .looseObject({
    queue: z.string(),
    sequence: z.int(),
    message_id: z.string(),
    due_at: z.string(),
    due_before: z.string(),
    dry_run: z.boolean(),
  })
  .meta({ id: 'MovedMessage' });

const cronFields = {
  name: z.string(),
  tenant_id: z.string(),
  cron: z.string(),
  timezone: z.string(),
  topic: z.string(),
  paused: z.boolean(),
  next_fire_at: z.string().nullable(),
  last_fired_at: z.string().nullable(),
  fired: z.int().describe('Messages that it published.'),
  skipped: z.int().describe('Fires left out as its last message was in its queue.'),
  missed: z.int().describe('Fires missed while the broker was away.'),
  refused: z.int().describe('Fires whose message no queue took.'),
  last_error: z.string(),
  overlap: z.string(),
  catch_up: z.string(),
  body_bytes: z.int(),
};
export const cronPageSchema = pageOf(z.looseObject(cronFields).meta({ id: 'Schedule' })).meta({ id: 'SchedulePage' });
export const cronDetailSchema = z
  .looseObject({
    ...cronFields,
    upcoming: z.array(z.string()).describe('The next times.'),
    headers: z.looseObject({}),
    content_type: z.string().nullable(),
    catch_up_max: z.int(),
    payload: z.string().describe('The body in base64.'),
    declared_at: z.string(),
  })
  .meta({ id: 'ScheduleDetail' });

export const cronParams = z.strictObject({ name: nameText });
export const cronQuery = z.strictObject({ tenant_id: tenantId });
export const declareCronBody = z.strictObject({
  tenant_id: tenantId,
  cron: z.string().min(1).max(CRON_CHARACTERS_MAX).describe('Five fields, or six with seconds first.'),
  timezone: z.string().min(1).max(ZONE_CHARACTERS_MAX).optional().describe('IANA time zone; left out, UTC.'),
  topic: nameText,
  payload: z.base64().max(BODY_BASE64_CHARACTERS_MAX).optional().describe('The body in base64.'),
  content_type: z.string().max(255).optional(),
  headers: z
    .record(z.string().max(255), z.string().max(4_096))
    .refine((headers) => Object.keys(headers).length <= HEADERS_MAX, { error: () => `at most ${HEADERS_MAX} headers` })
    .optional(),
  overlap: z.enum(['skip', 'allow']).optional(),
  catch_up: z.enum(['none', 'one', 'all']).optional(),
  catch_up_max: z.int().min(1).max(100).optional(),
  update: z.boolean().optional().describe('Change one that is there with another plan.'),
  ...onRecord,
});
export const declaredCronSchema = z
  .looseObject({
    name: z.string(),
    created: z.boolean(),
    updated: z.boolean(),
    next_fire_at: z.string().nullable(),
    routable: z.boolean().describe('Whether its topic leads to a queue now.'),
  })
  .meta({ id: 'DeclaredSchedule' });
export const steerCronBody = z.strictObject({ tenant_id: tenantId, ...onRecord });
export const removeCronQuery = z.strictObject({ tenant_id: tenantId, ...onRecord });
