// Where messages of an id are now: in which queues, who holds them, and why their queues give nothing.

import * as z from 'zod';
import { nameText, pageQuery, tenantId } from './common.ts';
import { bodyBytesQuery, whySchema } from './queue.ts';

const attempt = z.looseObject({});

const tracedSchema = z
  .looseObject({
    queue: z.string(),
    tenant_id: z.string(),
    sequence: z.int(),
    message_id: z.string().optional(),
    topic: z.string().optional(),
    state: z.string().describe('ready, leased, waiting_retry, scheduled or dead_letter.'),
    accepted_at: z.string(),
    durable: z.boolean(),
    deliveries: z.int(),
    lease: z
      .looseObject({ consumer_id: z.string(), delivery_id: z.string(), until: z.string() })
      .nullable()
      .describe('Who holds it, and until when.'),
    retry_at: z.string().nullable().describe('When it is due again.'),
    due_at: z.string().nullable().optional().describe('When it is due, of one that was published for later.'),
    expires_at: z.string().nullable().optional().describe('From when on it is not given any more.'),
    dead_letter: z.looseObject({ at: z.string(), cause: z.string(), reason: z.string() }).nullable(),
    why: z
      .looseObject({ reason: z.string(), detail: z.string(), next_step: z.string() })
      .nullable()
      .optional()
      .describe(
        "Why it is not further: what is in its own way, then what is in its queue's, with what would change it.",
      ),
    history: z.array(attempt).optional(),
    payload: z.string().optional().describe('The body in base64, where `body_bytes` asks for some of it.'),
  })
  .meta({ id: 'TracedMessage' });

export const traceSchema = z
  .looseObject({
    items: z.array(tracedSchema),
    next: z.string().nullable().describe('Give it back as `after` to go on; null at the end.'),
    queues: z.array(whySchema).describe('Each queue that has one of them, and why it gives nothing.'),
    searched: z.int().describe('Messages that were looked at.'),
    unreadable: z.int(),
  })
  .meta({ id: 'Trace' });

export const traceQuery = z.strictObject({
  ...pageQuery,
  tenant_id: tenantId,
  queue: nameText.optional().describe('Only in this queue.'),
  body_bytes: bodyBytesQuery,
});
