// The audit log, to be read only.

import type { Routes } from '../../context.ts';
import { auditPageSchema, auditQuery, auditStatusSchema } from '../../schemas/audit.ts';
import { given } from '../../schemas/common.ts';

const tags = ['audit'];
const config = { access: 'viewer' } as const;

export const auditRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/api/v1/audit/events',
      {
        config,
        schema: {
          operationId: 'listAuditEvents',
          tags,
          summary: 'Who changed what, in the order in which it happened',
          querystring: auditQuery,
          response: { 200: auditPageSchema },
        },
      },
      ({ query }) => admin.read('audit.list', given(query), auditPageSchema),
    );
    app.get(
      '/api/v1/audit/status',
      {
        config,
        schema: {
          operationId: 'getAuditStatus',
          tags,
          summary: 'How long the log is, and which head was signed last',
          response: { 200: auditStatusSchema },
        },
      },
      () => admin.read('audit.status', {}, auditStatusSchema),
    );
  };
