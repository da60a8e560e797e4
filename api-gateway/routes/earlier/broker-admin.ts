// The views of the earlier operator page, made from the live broker instead of from files that it did not write.

import type { Routes } from '../../context.ts';
import { transitionsQuery } from '../../schemas/earlier.ts';
import {
  backlogSchema,
  catalogSchema,
  deferredSchema,
  overviewSchema,
  sessionsSchema,
  transitionsSchema,
} from '../../schemas/snapshot.ts';

const tags = ['earlier paths'];
const config = { access: 'viewer' } as const;

export const brokerAdminRoutes: Routes =
  ({ snapshots }) =>
  async (app) => {
    const view = <Operation extends string>(operationId: Operation, summary: string) => ({
      operationId,
      tags,
      summary,
    });
    app.get(
      '/api/broker-admin/overview',
      { config, schema: { ...view('earlierOverview', 'Everything at one glance'), response: { 200: overviewSchema } } },
      () => snapshots.overview(),
    );
    app.get(
      '/api/broker-admin/routes',
      { config, schema: { ...view('earlierRoutes', 'The route catalog'), response: { 200: catalogSchema } } },
      () => snapshots.catalog(),
    );
    app.get(
      '/api/broker-admin/sessions',
      { config, schema: { ...view('earlierSessions', 'Consumer sessions'), response: { 200: sessionsSchema } } },
      () => snapshots.sessions(),
    );
    app.get(
      '/api/broker-admin/backlog',
      { config, schema: { ...view('earlierBacklog', 'What waits and what is out'), response: { 200: backlogSchema } } },
      () => snapshots.backlog(),
    );
    app.get(
      '/api/broker-admin/deferred',
      { config, schema: { ...view('earlierDeferred', 'Messages that wait'), response: { 200: deferredSchema } } },
      () => snapshots.deferred(),
    );
    app.get(
      '/api/broker-admin/transitions',
      {
        config,
        schema: {
          ...view('earlierTransitions', 'What happened last to single messages'),
          querystring: transitionsQuery,
          response: { 200: transitionsSchema },
        },
      },
      ({ query }) => snapshots.transitions(query.limit),
    );
  };
