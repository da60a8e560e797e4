// Pausing, draining and resuming queues: what goes in or out of them is held back, and nothing of it is lost.

import type { Routes } from '../../context.ts';
import { onRecordOf } from '../../record.ts';
import { given } from '../../schemas/common.ts';
import { queueParams, steerBody, steeredSchema } from '../../schemas/queue.ts';

const WORDS = {
  pause: 'Hands nothing over from now on, also after a restart; messages still come in',
  drain: 'Takes nothing new from now on, also after a restart, and hands over what is there',
  resume: 'Takes and hands over messages again',
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
  };
