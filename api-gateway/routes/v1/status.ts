// The broker's own status, its sessions, and who asks.

import type { Routes } from '../../context.ts';
import { principalOf } from '../../plugins/authentication.ts';
import { given } from '../../schemas/common.ts';
import { limitsSchema } from '../../schemas/limits.ts';
import { pagingQuery, tenantQuery } from '../../schemas/queue.ts';
import { sessionDetailSchema, sessionPageSchema, sessionParams } from '../../schemas/session.ts';
import { statusSchema, whoamiSchema } from '../../schemas/status.ts';

const config = { access: 'viewer' } as const;

export const statusRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/status',
      {
        config,
        schema: {
          operationId: 'getStatus',
          tags: ['status'],
          summary: 'Counters, depths, the journal',
          response: { 200: statusSchema },
        },
      },
      () => admin.read('status', {}, statusSchema),
    );
    app.get(
      '/api/v1/limits',
      {
        config,
        schema: {
          operationId: 'listLimits',
          tags: ['status'],
          summary: 'Quotas and throttles, how much of them is used, and the level of overload',
          querystring: pagingQuery,
          response: { 200: limitsSchema },
        },
      },
      ({ query }) => admin.read('limits.list', given(query), limitsSchema),
    );
    app.get(
      '/api/v1/whoami',
      {
        config,
        schema: {
          operationId: 'whoAmI',
          tags: ['status'],
          summary: 'Whose token this is, and its role',
          response: { 200: whoamiSchema },
        },
      },
      async (request) => ({ ...principalOf(request) }),
    );
    app.get(
      '/api/v1/sessions',
      {
        config,
        schema: {
          operationId: 'listSessions',
          tags: ['sessions'],
          summary: 'Consumer sessions',
          querystring: pagingQuery,
          response: { 200: sessionPageSchema },
        },
      },
      ({ query }) => admin.read('sessions.list', given(query), sessionPageSchema),
    );
    app.get(
      '/api/v1/sessions/:consumer',
      {
        config,
        schema: {
          operationId: 'showSession',
          tags: ['sessions'],
          summary: 'One consumer with its window, its queues and what it holds',
          params: sessionParams,
          querystring: tenantQuery,
          response: { 200: sessionDetailSchema },
        },
      },
      ({ params: { consumer }, query }) =>
        admin.read('sessions.show', { consumer_id: consumer, ...given(query) }, sessionDetailSchema),
    );
  };
