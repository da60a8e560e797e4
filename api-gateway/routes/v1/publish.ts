// Publishing for clients without ZeroMQ: the answer comes when the broker has accepted the message.

import type { PublishBody, PublishOptions } from '../../../pkg/client/publish/message.ts';
import { parseTime } from '../../../pkg/protocol/rfc3339.ts';
import type { Routes } from '../../context.ts';
import { given } from '../../schemas/common.ts';
import {
  batchBody,
  batchReceiptSchema,
  type MessageRequest,
  publishBody,
  receiptSchema,
  replySchema,
  requestBody,
} from '../../schemas/publish.ts';

export const publishRoutes: Routes =
  ({ publisher }) =>
  async (app) => {
    app.post(
      '/api/v1/publish',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'publish',
          tags: ['messages'],
          summary: 'Publishes one message',
          description: 'A TIMEOUT or BROKER_UNREACHABLE means that the outcome is not known. Nothing is sent after it.',
          body: publishBody,
          response: { 200: receiptSchema },
        },
      },
      async ({ body }) => {
        const receipt = await publisher.publish(body.tenant_id ?? '', body.topic, bodyOf(body), optionsOf(body));
        return { accepted: true as const, ...receipt };
      },
    );

    app.post(
      '/api/v1/publish/batch',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'publishBatch',
          tags: ['messages'],
          summary: 'Publishes messages of any topics as one: all of them are accepted, or none',
          description:
            'A batch that is refused is answered with the code of its first fault, and which message that is. A TIMEOUT or ' +
            'BROKER_UNREACHABLE means that the outcome is not known: of the whole batch. Nothing is sent after it.',
          body: batchBody,
          response: { 200: batchReceiptSchema },
        },
      },
      async ({ body: { tenant_id, messages } }) => {
        const batch = messages.map((message) => ({
          topic: message.topic,
          body: bodyOf(message),
          ...optionsOf(message),
        }));
        return { accepted: true as const, receipts: await publisher.publishBatch(tenant_id ?? '', batch) };
      },
    );

    app.post(
      '/api/v1/request',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'request',
          tags: ['messages'],
          summary: 'Publishes a request and waits for its answer',
          description:
            'NO_RESPONDERS: no consumer is there. After a TIMEOUT the request is worth nothing any more; it may have been worked on.',
          body: requestBody,
          response: { 200: replySchema },
        },
      },
      async ({ body: { tenant_id, timeout_ms, ...message } }) => {
        const options = { ...optionsOf(message), ...given({ timeoutMs: timeout_ms }) };
        const reply = await publisher.request(tenant_id ?? '', message.topic, bodyOf(message), options);
        const { content_type } = reply.attributes;
        return {
          body_base64: Buffer.from(reply.body).toString('base64'),
          headers: reply.headers,
          ...given({ content_type }),
        };
      },
    );
  };

function bodyOf({ body, json, body_base64 }: MessageRequest): PublishBody {
  if (json !== undefined) return json;
  return body_base64 === undefined ? (body ?? '') : Buffer.from(body_base64, 'base64');
}

/** Not before it, also where it is finer than a millisecond. */
const dueOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(parseTime(text, 'up') ?? Number.NaN);

const timeOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

const optionsOf = (request: MessageRequest): PublishOptions =>
  given({
    messageId: request.message_id,
    headers: request.headers,
    correlationId: request.correlation_id,
    contentType: request.content_type,
    mode: request.mode,
    replyTo: request.reply_to,
    traceId: request.trace_id,
    schema: request.schema,
    source: request.source,
    priority: request.priority,
    partitionKey: request.partition_key,
    ttlMs: request.ttl_ms,
    expiresAt: timeOf(request.expires_at),
    delayMs: request.delay_ms,
    deliverAt: dueOf(request.deliver_at),
  });
