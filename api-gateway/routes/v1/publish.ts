// Publishing for clients without ZeroMQ: the answer comes when the broker has accepted the message.

import type { PublishBody, PublishOptions } from '../../../pkg/client/publish/message.ts';
import type { Routes } from '../../context.ts';
import { given } from '../../schemas/common.ts';
import { type PublishRequest, publishBody, receiptSchema } from '../../schemas/publish.ts';

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
  };

function bodyOf({ body, json, body_base64 }: PublishRequest): PublishBody {
  if (json !== undefined) return json;
  return body_base64 === undefined ? (body ?? '') : Buffer.from(body_base64, 'base64');
}

const timeOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

const optionsOf = (request: PublishRequest): PublishOptions =>
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
    deliverAt: timeOf(request.deliver_at),
  });
