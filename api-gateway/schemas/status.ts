// What the broker says of itself, and what the gateway says of both.

import * as z from 'zod';
import { ROLES } from '../auth/role.ts';

export const statusSchema = z
  .looseObject({
    version: z.string().optional(),
    draining: z.boolean().optional(),
    endpoints: z.looseObject({ router: z.string().nullish(), pub: z.string().nullish() }).optional(),
    counters: z.looseObject({}),
    queues: z.int(),
    routes: z.int(),
    sessions: z.int(),
    depth: z.int(),
    leased: z.int(),
    waiting_retry: z.int(),
    scheduled: z.int().optional().describe('Not due yet.'),
    dead_letters: z.int(),
    oldest_unacked_ms: z.number().nullable(),
    overload: z.looseObject({ level: z.string(), pressure: z.number(), signal: z.string() }).optional(),
    journal: z.looseObject({}),
  })
  .meta({ id: 'Status' });
export type Status = z.output<typeof statusSchema>;

export const whoamiSchema = z
  .object({ name: z.string(), role: z.enum(ROLES), shared: z.boolean() })
  .meta({ id: 'Principal' });

export const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    broker: z.object({ reachable: z.boolean(), code: z.string().optional() }),
  })
  .meta({ id: 'Health' });

export const aliveSchema = z.object({ status: z.literal('ok') });
