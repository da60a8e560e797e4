// Consumer sessions as the broker shows them.

import * as z from 'zod';
import { pageOf } from './common.ts';

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
  })
  .meta({ id: 'Session' });
export type Session = z.output<typeof sessionSchema>;
export const sessionPageSchema = pageOf(sessionSchema).meta({ id: 'SessionPage' });
