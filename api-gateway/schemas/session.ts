// Consumer sessions as the broker shows them.

import * as z from 'zod';
import { nameText, pageOf } from './common.ts';

const steering = z
  .enum(['running', 'paused', 'draining'])
  .describe('Paused and draining consumers are handed nothing new until an operator resumes them.');

export const steeredConsumerSchema = z
  .looseObject({
    consumer_id: z.string(),
    tenant_id: z.string(),
    steering,
    connected: z.boolean(),
    inflight: z.int().describe('What it holds.'),
  })
  .meta({ id: 'SteeredConsumer' });
export const steeredPageSchema = pageOf(steeredConsumerSchema).meta({ id: 'SteeredConsumerPage' });

export const sessionSchema = z
  .looseObject({
    session_id: z.string(),
    consumer_id: z.string(),
    tenant_id: z.string(),
    live: z.boolean(),
    resumable: z.boolean(),
    supports_ack: z.boolean(),
    queues: z.array(z.string()),
    max_inflight: z.int(),
    inflight: z.int(),
    inflight_bytes: z.int(),
    blocked: z.boolean().optional().describe('It does not read what it is sent.'),
    steering: steering.optional(),
  })
  .meta({ id: 'Session' });
export type Session = z.output<typeof sessionSchema>;
/** One consumer whole: its window, its queues, and what it holds, the oldest first. */
export const sessionDetailSchema = z
  .looseObject({
    ...sessionSchema.shape,
    window: z.looseObject({ messages: z.number(), bytes: z.number(), room: z.number() }),
    fetching: z.looseObject({}).nullable(),
    last_heard_at: z.string().nullable(),
    grace_until: z.string().nullable().describe('Until when it may come back.'),
    queues: z.array(z.looseObject({ queue: z.string(), depth: z.int(), ready: z.int(), leased_here: z.int() })),
    queues_total: z.int(),
    leases: z.array(z.looseObject({ queue: z.string(), sequence: z.int(), until: z.string().nullable() })),
    leases_total: z.int(),
  })
  .meta({ id: 'SessionDetail' });
export const sessionParams = z.strictObject({ consumer: nameText });

export const sessionPageSchema = pageOf(sessionSchema).meta({ id: 'SessionPage' });
