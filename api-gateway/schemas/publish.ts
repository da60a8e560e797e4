// Publishing over HTTP: one message, and the receipt that says what it survives.

import * as z from 'zod';
import { tenantId, timeText } from './common.ts';

const headerValue = z.union([z.string(), z.number(), z.boolean()]);
const span = z.int().min(0).optional();
const shortText = z.string().max(255).optional();

export const publishBody = z
  .strictObject({
    topic: z.string().min(1).max(255),
    tenant_id: tenantId,
    body: z.string().optional().describe('The body as text, sent as UTF-8.'),
    json: z
      .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
      .optional()
      .describe('The body as JSON: an object or a list.'),
    body_base64: z.base64().optional().describe('The body as bytes, in base64.'),
    message_id: shortText.describe("The producer's own name of the message."),
    headers: z.record(z.string().min(1).max(255), headerValue).optional(),
    correlation_id: shortText,
    content_type: shortText,
    mode: z.enum(['direct', 'fanout']).optional(),
    reply_to: shortText,
    trace_id: shortText,
    schema: shortText,
    source: shortText,
    priority: z
      .union([z.string().max(64), z.int()])
      .optional()
      .describe('Its class, such as urgent, high, normal or low.'),
    partition_key: shortText.describe('Messages of one key are given one after the other.'),
    ttl_ms: span.describe('Worth nothing after so many milliseconds.'),
    expires_at: timeText.optional().describe('Worth nothing from that time on. Not with ttl_ms.'),
    delay_ms: span.describe('Given to consumers after so many milliseconds, not earlier.'),
    deliver_at: timeText.optional().describe('Given to consumers at that time, not earlier. Not with delay_ms.'),
  })
  .refine(({ body, json, body_base64 }) => [body, json, body_base64].filter((form) => form !== undefined).length <= 1, {
    error: () => 'body, json and body_base64 are three forms of one thing: give one',
  });
export type PublishRequest = z.output<typeof publishBody>;

export const receiptSchema = z
  .object({
    accepted: z.literal(true),
    durability: z.string().describe('disk, memory or none: what the message survives.'),
    position: z.number(),
    duplicate: z.union([z.boolean(), z.literal('unknown')]),
    sequence: z.number(),
  })
  .meta({ id: 'Receipt' });
