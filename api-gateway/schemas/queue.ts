// Queues: what the broker shows of them, and what may be asked for.

import * as z from 'zod';
import { nameText, onRecord, pageOf, pageQuery, pattern, tenantId, wholeQuery } from './common.ts';

const PATTERNS_MAX = 1_000;
const BODY_BYTES_MAX = 80_000;

const queueFields = {
  queue: z.string(),
  tenant_id: z.string(),
  depth: z.int().describe('Messages that are not settled, dead letters left out.'),
  ready: z.int(),
  leased: z.int(),
  waiting_retry: z.int(),
  scheduled: z.int().optional().describe('Not due yet.'),
  dead_letters: z.int(),
  unreadable: z.int().optional(),
  bytes: z.int(),
  consumers: z.int(),
  oldest_unacked_ms: z.number().nullable(),
  origin: z.string(),
  patterns: z.array(z.string()),
  patterns_total: z.int(),
  paused: z.boolean().optional().describe('Nothing is handed over until it is resumed.'),
  draining: z.boolean().optional().describe('Nothing new is taken until it is resumed.'),
};

export const queueSchema = z.looseObject(queueFields).meta({ id: 'Queue' });
export type Queue = z.output<typeof queueSchema>;

export const queueDetailSchema = z
  .looseObject({
    ...queueFields,
    policy: z.looseObject({}),
    routes: z.array(z.looseObject({})),
    sessions: z.array(z.looseObject({})),
  })
  .meta({ id: 'QueueDetail' });

export const queuePageSchema = pageOf(queueSchema).meta({ id: 'QueuePage' });

/** A message as it stands in a queue. One that cannot be read has no more than its place. */
export const messageSchema = z
  .looseObject({
    queue: z.string(),
    tenant_id: z.string(),
    sequence: z.int(),
    status: z.string(),
    deliveries: z.int(),
    failed_deliveries: z.int(),
    returned: z.int(),
    accepted_at: z.string(),
    due_at: z.string().nullable().optional().describe('When a message with the status scheduled is given.'),
    retry_at: z.string().nullable().optional().describe('When one with the status waiting_retry is tried again.'),
    expires_at: z.string().nullable().optional().describe('From when on it is not given any more.'),
    message_id: z.string().optional(),
    topic: z.string().optional(),
    attributes: z.looseObject({}).optional(),
    body_bytes: z.int().optional(),
    truncated: z.boolean().optional(),
    payload: z.string().optional().describe('The body in base64, cut where `truncated` says so.'),
    unreadable: z.boolean().optional(),
  })
  .meta({ id: 'Message' });
export const messagePageSchema = pageOf(messageSchema).meta({ id: 'MessagePage' });
export type Message = z.output<typeof messageSchema>;

export const queueParams = z.strictObject({ queue: nameText });
export const tenantQuery = z.strictObject({ tenant_id: tenantId });
export const pagingQuery = z.strictObject(pageQuery);

export const bodyBytesQuery = wholeQuery(0, BODY_BYTES_MAX).optional();
export const browseQuery = z.strictObject({ ...pageQuery, tenant_id: tenantId, body_bytes: bodyBytesQuery });

const policyFields = {
  lease_ms: z.int().optional(),
  attempts_max: z.int().optional(),
  returns_max: z.int().optional(),
  backoff_initial_ms: z.int().optional(),
  backoff_max_ms: z.int().optional(),
  backoff_factor: z.number().optional(),
  backoff_jitter: z.number().optional(),
  order: z.enum(['key', 'none']).optional().describe('Whether messages of one partition key keep their order.'),
  poisoned: z
    .enum(['park', 'dead-letter'])
    .optional()
    .describe('What a key does whose first message has used up its attempts.'),
  expired: z.enum(['drop', 'dead-letter']).optional().describe('What becomes of a message whose time is over.'),
};

const patterns = z.array(pattern).max(PATTERNS_MAX);

export const declareBody = z.strictObject({
  tenant_id: tenantId,
  patterns: patterns.optional().describe('Topics to bind to the queue.'),
  ...policyFields,
  ...onRecord,
});

export const steerBody = z.strictObject({ tenant_id: tenantId, ...onRecord });
export const steeredSchema = z
  .looseObject({ queue: z.string(), paused: z.boolean(), draining: z.boolean(), depth: z.int(), leased: z.int() })
  .meta({ id: 'Steered' });

/** Why a queue gives nothing, or that it does. */
export const whySchema = z
  .looseObject({
    queue: z.string(),
    tenant_id: z.string(),
    dispatching: z.boolean(),
    reason: z.string().describe('One word, stable.'),
    detail: z.string(),
    next_step: z.string().describe('What would change it; empty where nothing has to.'),
    ready: z.int(),
    leased: z.int(),
    waiting_retry: z.int(),
    scheduled: z.int().optional().describe('Not due yet.'),
    dead_letters: z.int(),
    consumers: z.array(z.looseObject({ consumer_id: z.string(), room: z.number(), reason: z.string() })),
  })
  .meta({ id: 'Why' });

export const bindBody = z.strictObject({ tenant_id: tenantId, patterns: patterns.min(1), ...onRecord });

export const purgeQueueBody = z.strictObject({
  tenant_id: tenantId,
  confirm: z.string().max(32).optional().describe('Must be PURGE.'),
  ...onRecord,
});
