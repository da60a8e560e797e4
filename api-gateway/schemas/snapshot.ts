// The operator page's view of the broker, in the shape that the earlier page read.

import * as z from 'zod';
import { recordSchema } from './earlier.ts';
import { routeSchema } from './route.ts';
import { sessionSchema } from './session.ts';

const HEALTHS = ['healthy', 'degraded', 'stale', 'resumable_pending', 'unknown'] as const;
const PRESSURES = ['nominal', 'elevated', 'high'] as const;

export const catalogSchema = z
  .object({ version: z.literal(1), routes: z.array(routeSchema) })
  .meta({ id: 'EarlierRoutes' });

const topologySchema = z
  .object({
    destinations: z.array(z.object({ destination_id: z.string(), tenant: z.string(), patterns: z.array(z.string()) })),
  })
  .meta({ id: 'EarlierTopology' });

const earlierSession = z.looseObject({
  ...sessionSchema.shape,
  health: z.enum(HEALTHS),
  inflight_count: z.int(),
  resumable_pending: z.boolean(),
});
export const sessionsSchema = z
  .object({ count: z.int(), sessions: z.array(earlierSession) })
  .meta({ id: 'EarlierSessions' });

export const backlogSchema = z
  .object({
    direct_inflight: z.int(),
    deferred_total: z.int(),
    dead_letter_total: z.int(),
    active_sessions: z.int(),
    oldest_deferred_at: z.string().nullable(),
    backlog_per_session: z.number(),
    pressure: z.enum(PRESSURES),
    inflight_breakdown: z.array(z.object({ consumer_id: z.string(), tenant_id: z.string(), inflight: z.int() })),
  })
  .meta({ id: 'EarlierBacklog' });

const deferredEntry = z.looseObject({
  sequence: z.int(),
  message_id: z.string(),
  tenant_id: z.string(),
  topic: z.string(),
  destination_id: z.string(),
  route_type: z.literal('direct'),
  enqueue_sequence: z.int(),
  delivery_attempt: z.int(),
  reason: z.string(),
  accepted_at: z.string(),
});
export const deferredSchema = z
  .object({ count: z.int(), entries: z.array(deferredEntry) })
  .meta({ id: 'EarlierDeferred' });

const transition = z.looseObject({
  type: z.string(),
  timestamp: z.string(),
  message_id: z.string(),
  consumer_id: z.string(),
  topic: z.string(),
  reason: z.string(),
});
export const transitionsSchema = z
  .object({ count: z.int(), transitions: z.array(transition) })
  .meta({ id: 'EarlierTransitions' });

const deadLettersSchema = z
  .object({ count: z.int(), records: z.array(recordSchema) })
  .meta({ id: 'EarlierDeadLetters' });

export const overviewSchema = z
  .object({
    generated_at: z.string(),
    route_catalog: catalogSchema,
    route_topology: topologySchema,
    consumer_sessions: sessionsSchema,
    backlog: backlogSchema,
    dead_letters: deadLettersSchema,
    deferred_queue: deferredSchema,
    recent_transitions: transitionsSchema,
  })
  .meta({ id: 'EarlierOverview' });

export type Overview = z.output<typeof overviewSchema>;
export type EarlierSession = z.output<typeof earlierSession>;
export type Transition = z.output<typeof transition>;
export type DeferredEntry = z.output<typeof deferredEntry>;
