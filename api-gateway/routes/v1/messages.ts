// Where a message is now, told by its id.

import type { Routes } from '../../context.ts';
import { given } from '../../schemas/common.ts';
import { letterParams } from '../../schemas/dead-letter.ts';
import { traceQuery, traceSchema } from '../../schemas/trace.ts';

export const messageRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/messages/:id',
      {
        config: { access: 'viewer' },
        schema: {
          operationId: 'traceMessage',
          tags: ['messages'],
          summary: 'Where messages of an id are, who holds them, and why their queues give nothing',
          description: 'One answer looks through so much; go on with `after` until `next` is null.',
          params: letterParams,
          querystring: traceQuery,
          response: { 200: traceSchema },
        },
      },
      ({ params, query }) => admin.read('messages.trace', { ...params, ...given(query) }, traceSchema),
    );
  };
