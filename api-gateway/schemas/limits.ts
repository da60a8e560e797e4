// What is bounded, how much of it is used, and how loaded the broker is.

import * as z from 'zod';

const boundSchema = z.number().nullable().describe('null: no bound.');

const usageSchema = z
  .looseObject({
    tenant_id: z.string().nullable().describe('null: all tenants together.'),
    ingress: z.int().describe('Messages in queues, with consumers or not.'),
    ingress_bytes: z.int(),
    queued: z.int().describe('Messages that no consumer holds.'),
    queued_bytes: z.int(),
    inflight: z.int().describe('Messages that consumers hold.'),
    inflight_bytes: z.int(),
    limits: z.record(z.string(), boundSchema),
  })
  .meta({ id: 'Usage' });

export const limitsSchema = z
  .looseObject({
    all: usageSchema,
    items: z.array(usageSchema).describe('Tenants that have queues, by name.'),
    next: z.string().nullable(),
    throttles: z.array(
      z.looseObject({
        scope: z.enum(['topic', 'tenant', 'producer', 'consumer']),
        match: z.string(),
        tenant_id: z.string().nullable(),
        messages_per_second: boundSchema,
        bytes_per_second: boundSchema,
        burst_ms: z.number(),
      }),
    ),
    overload: z.looseObject({
      level: z.enum(['normal', 'busy', 'shedding', 'emergency']),
      pressure: z.number().describe('1 at the high watermark of the strongest signal.'),
      signal: z.string(),
      refuses: z.boolean(),
    }),
  })
  .meta({ id: 'Limits' });
