// Publishing over HTTP: one message or an atomic batch, and the receipts that say what they survive.

import * as z from 'zod';
import { BATCH_MESSAGES_MAX } from '../../pkg/protocol/limits.ts';
import { tenantId, timeText } from './common.ts';

const headerValue = z.union([z.string(), z.number(), z.boolean()]);
const span = z.int().min(0).optional();
const shortText = z.string().max(255).optional();

const message = {
  topic: z.string().min(1).max(255),
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
};

const oneBody = {
  check: (given: { readonly body?: unknown; readonly json?: unknown; readonly body_base64?: unknown }): boolean =>
    [given.body, given.json, given.body_base64].filter((form) => form !== undefined).length <= 1,
  error: () => 'body, json and body_base64 are three forms of one thing: give one',
};

const batchMessage = z.strictObject(message).refine(oneBody.check, { error: oneBody.error });
export type MessageRequest = z.output<typeof batchMessage>;

export const publishBody = z
  .strictObject({ ...message, tenant_id: tenantId })
  .refine(oneBody.check, { error: oneBody.error });

export const batchBody = z.strictObject({
  tenant_id: tenantId,
  messages: z
    .array(batchMessage)
    .min(1)
    .max(BATCH_MESSAGES_MAX)
    .describe('Up to 1 MiB together, with 64 bytes for each.'),
});

const receipt = {
  durability: z.string().describe('disk, memory or none: what the message survives.'),
  position: z.number(),
  duplicate: z.union([z.boolean(), z.literal('unknown')]),
  sequence: z.number(),
};

export const receiptSchema = z.object({ accepted: z.literal(true), ...receipt }).meta({ id: 'Receipt' });

export const batchReceiptSchema = z
  .object({ accepted: z.literal(true), receipts: z.array(z.object(receipt)).describe('In the order of the messages.') })
  .meta({ id: 'BatchReceipt' });

const REQUEST_MS_MAX = 60_000;
const { reply_to: _, correlation_id: __, mode: ___, ...asked } = message;
export const requestBody = z
  .strictObject({
    ...asked,
    tenant_id: tenantId,
    timeout_ms: z
      .int()
      .min(1)
      .max(REQUEST_MS_MAX)
      .optional()
      .describe('How long to wait for the answer; 5,000 if not said.'),
  })
  .refine(oneBody.check, { error: oneBody.error });

export const replySchema = z
  .object({
    body_base64: z.string().describe('What was answered.'),
    content_type: z.string().optional(),
    headers: z.record(z.string(), headerValue.nullable()),
  })
  .meta({ id: 'Reply' });
