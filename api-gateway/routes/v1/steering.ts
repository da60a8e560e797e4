// Pausing, draining and resuming queues and consumers: what goes in or out of them is held back, and nothing of it is lost.

import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { given } from '../../schemas/common.ts';
import { pagingQuery, queueParams, steerBody, steeredSchema } from '../../schemas/queue.ts';
import { sessionParams, steeredConsumerSchema, steeredPageSchema } from '../../schemas/session.ts';

const WORDS = {
  pause: 'Hands nothing over from now on, also after a restart; messages still come in',
  drain: 'Takes nothing new from now on, also after a restart, and hands over what is there',
  resume: 'Takes and hands over messages again',
} as const;

const CONSUMER_WORDS = {
  pause: 'Hands a consumer nothing from now on, also after a reconnect or restart; it may settle what it holds',
  drain: 'The same, for a consumer that is to end up holding nothing: `inflight` says how much it holds',
  resume: 'Hands the consumer messages again',
} as const;

export const steeringRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    for (const [word, summary] of Object.entries(WORDS)) {
      app.post(
        `/api/v1/queues/:queue/${word}`,
        {
          config: { access: 'operator' },
          schema: {
            operationId: `${word}Queue`,
            tags: ['queues'],
            summary,
            params: queueParams,
            body: steerBody,
            response: { 200: steeredSchema },
          },
        },
        (request) => {
          const { params, body } = request;
          const args = { ...given(body), ...params, ...onRecordOf(request, body) };
          return admin.act(`queues.${word}`, args, steeredSchema);
        },
      );
    }
    for (const [word, summary] of Object.entries(CONSUMER_WORDS)) {
      app.post(
        `/api/v1/sessions/:consumer/${word}`,
        {
          config: { access: 'operator' },
          schema: {
            operationId: `${word}Consumer`,
            tags: ['sessions'],
            summary,
            params: sessionParams,
            body: steerBody,
            response: { 200: steeredConsumerSchema },
          },
        },
        (request) => {
          const { params, body } = request;
          const args = { ...given(body), consumer_id: params.consumer, ...onRecordOf(request, body) };
          return admin.act(`consumers.${word}`, args, steeredConsumerSchema);
        },
      );
    }
    app.get(
      '/api/v1/steered-consumers',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listSteeredConsumers',
          tags: ['sessions'],
          summary: 'Consumers that are paused or draining, connected or not',
          querystring: pagingQuery,
          response: { 200: steeredPageSchema },
        },
      },
      ({ query }) => admin.read('consumers.list', given(query), steeredPageSchema),
    );
  };
