// Consuming for clients without ZeroMQ: fetch, then ack or nack within the lease.

import type { FastifyReply } from 'fastify';
import type { Delivery } from '../../../pkg/client/consume/delivery.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import type { ConsumerName } from '../../broker/consumers.ts';
import type { Routes } from '../../context.ts';
import { principalOf } from '../../plugins/authentication.ts';
import { doneSchema, given } from '../../schemas/common.ts';
import {
  ackBody,
  consumerParams,
  deliveriesSchema,
  fetchBody,
  leaveQuery,
  nackBody,
  settledSchema,
} from '../../schemas/consumer.ts';

/** Of bodies in base64 in one answer; one message may reach over it. */
const ANSWER_CHARACTERS_MAX = 32 * 1024 * 1024;

const tags = ['messages'];
const config = { access: 'operator' } as const;

export const consumerRoutes: Routes =
  ({ consumers }) =>
  async (app) => {
    app.post(
      '/api/v1/consumers/:consumer/fetch',
      {
        config,
        schema: {
          operationId: 'fetchMessages',
          tags,
          summary: 'Takes messages of a queue under a lease',
          params: consumerParams,
          body: fetchBody,
          response: { 200: deliveriesSchema },
        },
      },
      async (request, reply) => {
        const { queue, patterns = [], count, wait_ms, tenant_id } = request.body;
        const name = nameOf(request, tenant_id);
        const gone = whenGone(reply);
        const deliveries = await consumers.fetch({ ...name, queue, patterns, count, waitMs: wait_ms });
        gone(() => consumers.giveBack(deliveries));
        const items = fitting(deliveries);
        consumers.giveBack(deliveries.slice(items.length));
        return { items };
      },
    );
    app.post(
      '/api/v1/consumers/:consumer/ack',
      {
        config,
        schema: {
          operationId: 'ackMessages',
          tags,
          summary: 'Says that messages are done; durable when it is answered',
          params: consumerParams,
          body: ackBody,
          response: { 200: settledSchema },
        },
      },
      async (request) => {
        const { tenant_id, delivery_ids } = request.body;
        return settledOf(await consumers.ack(nameOf(request, tenant_id), delivery_ids));
      },
    );
    app.post(
      '/api/v1/consumers/:consumer/nack',
      {
        config,
        schema: {
          operationId: 'nackMessages',
          tags,
          summary: 'Gives messages back: to be tried again, to be dead-lettered, or unworked',
          params: consumerParams,
          body: nackBody,
          response: { 200: settledSchema },
        },
      },
      async (request) => {
        const { tenant_id, delivery_ids, status, reason, delay_ms } = request.body;
        const options = { status, ...given({ reason, delayMs: delay_ms }) };
        return settledOf(await consumers.nack(nameOf(request, tenant_id), delivery_ids, options));
      },
    );
    app.delete(
      '/api/v1/consumers/:consumer',
      {
        config,
        schema: {
          operationId: 'leave',
          tags,
          summary: 'Ends a consumer; what it holds goes back',
          params: consumerParams,
          querystring: leaveQuery,
          response: { 200: doneSchema },
        },
      },
      async (request) => {
        await consumers.leave(nameOf(request, request.query.tenant_id));
        return {};
      },
    );
  };

type Asked = Parameters<typeof principalOf>[0] & { readonly params: { readonly consumer: string } };

const nameOf = (request: Asked, tenant: string | undefined): ConsumerName => ({
  owner: principalOf(request).name,
  tenant: tenant ?? '',
  consumer: request.params.consumer,
});

const settledOf = ({ settled, failures }: Awaited<ReturnType<GatewaySettle>>) => ({
  settled,
  failed: failures.length,
  failures: [...failures],
});

type GatewaySettle = Parameters<Routes>[0]['consumers']['ack'];

/** As many as one answer carries, and at least one: bodies that were small when compressed may be large now. */
function fitting(deliveries: readonly Delivery[]): ReturnType<typeof deliveryOf>[] {
  const items: ReturnType<typeof deliveryOf>[] = [];
  let left = ANSWER_CHARACTERS_MAX;
  for (const delivery of deliveries) {
    if (left <= 0) break;
    const item = deliveryOf(delivery);
    left -= item.body_base64.length;
    items.push(item);
  }
  return items;
}

const deliveryOf = (delivery: Delivery) => ({
  delivery_id: delivery.deliveryId,
  queue: delivery.queue,
  sequence: delivery.sequence,
  topic: delivery.topic,
  message_id: delivery.messageId,
  attempt: delivery.attempt,
  returned: delivery.returned,
  deadline: new Date(delivery.deadlineMs).toISOString(),
  attributes: { ...delivery.attributes },
  ...bodyOf(delivery),
});

/** A body that its producer spoilt is told with its message, so that somebody can settle it. */
function bodyOf(delivery: Delivery): { body_base64: string; body_error?: string } {
  try {
    return { body_base64: Buffer.from(delivery.body).toString('base64') };
  } catch (error) {
    if (error instanceof TachyonError) return { body_base64: '', body_error: error.code };
    throw error;
  }
}

/** Listens from now on: who hung up while a fetch waited must not be given messages that nobody will settle. */
function whenGone({ raw }: FastifyReply): (act: () => void) => void {
  let isGone = false;
  let undo: (() => void) | null = null;
  raw.once('close', () => {
    isGone = !raw.writableFinished;
    if (isGone) undo?.();
  });
  return (act) => {
    if (isGone) act();
    else undo = act;
  };
}
