// Consuming over HTTP: a fetch hands out deliveries under a lease, an ack or a nack settles them by their ids.

import * as z from 'zod';
import { nameText, pattern, tenantId } from './common.ts';

const FETCH_COUNT_MAX = 100;
const FETCH_WAIT_MS_MAX = 30_000;
const SETTLE_MAX = 1_000;

export const consumerParams = z.strictObject({ consumer: nameText });

export const fetchBody = z.strictObject({
  queue: nameText.describe('The queue to work on; it is declared if it is not there.'),
  tenant_id: tenantId,
  patterns: z.array(pattern).max(100).optional().describe('Topics to bind to the queue, at the first fetch.'),
  count: z.int().min(1).max(FETCH_COUNT_MAX).default(1),
  wait_ms: z.int().min(0).max(FETCH_WAIT_MS_MAX).default(1_000).describe('How long to wait for a first message.'),
});

const deliverySchema = z
  .object({
    delivery_id: z.int().describe('Settles this hand-over, and no other.'),
    queue: z.string(),
    sequence: z.int(),
    topic: z.string(),
    message_id: z.string(),
    attempt: z.int(),
    returned: z.int(),
    deadline: z.string().describe('When the lease ends and the message goes to somebody else.'),
    attributes: z.looseObject({}),
    body_base64: z.string().describe('What the producer published; decompressed where it came compressed.'),
    body_error: z.string().optional().describe('A code: the body cannot be decompressed, and is left out.'),
  })
  .meta({ id: 'Delivery' });
export const deliveriesSchema = z.object({ items: z.array(deliverySchema) }).meta({ id: 'Deliveries' });

const deliveryIds = z.array(z.int().min(1)).min(1).max(SETTLE_MAX);
const tenant = { tenant_id: tenantId };
export const ackBody = z.strictObject({ ...tenant, delivery_ids: deliveryIds });
export const nackBody = z.strictObject({
  ...tenant,
  delivery_ids: deliveryIds,
  status: z.enum(['retryable', 'terminal', 'returned']).default('retryable'),
  reason: z.string().max(1_024).optional(),
  delay_ms: z
    .int()
    .min(0)
    .max(7 * 24 * 3_600_000)
    .optional(),
});
export const leaveQuery = z.strictObject(tenant);

export const settledSchema = z
  .object({
    settled: z.int(),
    failed: z.int(),
    failures: z.array(z.object({ delivery_id: z.int(), code: z.string(), error: z.string() })),
  })
  .meta({ id: 'Settled' });
