// The audit endpoints of the earlier gateway.

import { collect } from '../../broker/pages.ts';
import { LIST_MAX } from '../../broker/snapshots.ts';
import type { Routes } from '../../context.ts';
import { auditPageSchema } from '../../schemas/audit.ts';
import { given } from '../../schemas/common.ts';
import { eventsQuery, eventsSchema } from '../../schemas/earlier.ts';

const PATHS = [
  { url: '/api/admin/audit/events', operationId: 'earlierAudit' },
  { url: '/api/broker-admin/audit/events', operationId: 'earlierAuditOfPage' },
];

export const earlierAuditRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    for (const { url, operationId } of PATHS) {
      app.get(
        url,
        {
          config: { access: 'viewer' },
          schema: {
            operationId,
            tags: ['earlier paths'],
            summary: `Audit events; at most ${LIST_MAX} at a time`,
            querystring: eventsQuery,
            response: { 200: eventsSchema },
          },
        },
        async ({ query }) => {
          const { message_id, actor, start, end, after, limit = LIST_MAX } = query;
          const args = given({ id: message_id, actor, start, end, after });
          const { items, next } = await collect(admin, 'audit.list', args, auditPageSchema, limit);
          return { count: items.length, events: [...items], next };
        },
      );
    }
  };
