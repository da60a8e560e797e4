// The partition keys of a queue: looked at, held up, let go on.

import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { doneSchema, given } from '../../schemas/common.ts';
import { keyPageSchema, keyParams, keyQuery } from '../../schemas/key.ts';
import { queueParams, steerBody } from '../../schemas/queue.ts';

const WORDS = {
  pause: 'Hands nothing of the key over from now on, also after a restart',
  resume: 'Hands over messages of the key again',
  release: 'Tries the first message of the key at once, as if it had never failed',
  skip: 'Makes a dead letter of the first message of the key, so that the next one goes',
} as const;

export const keyRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/queues/:queue/keys',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'listKeys',
          tags: ['queues'],
          summary: 'The partition keys that have messages, each with what is next of it',
          params: queueParams,
          querystring: keyQuery,
          response: { 200: keyPageSchema },
        },
      },
      ({ params, query }) => admin.read('keys.list', { ...params, ...given(query) }, keyPageSchema),
    );
    for (const [word, summary] of Object.entries(WORDS)) {
      app.post(
        `/api/v1/queues/:queue/keys/:key/${word}`,
        {
          config: { access: 'operator' },
          schema: {
            operationId: `${word}Key`,
            tags: ['queues'],
            summary,
            params: keyParams,
            body: steerBody,
            response: { 200: doneSchema },
          },
        },
        (request) => {
          const { params, body } = request;
          const args = { ...given(body), ...params, ...onRecordOf(request, body) };
          return admin.act(`keys.${word}`, args, doneSchema);
        },
      );
    }
  };
