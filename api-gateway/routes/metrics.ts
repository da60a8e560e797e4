// `/metrics` for Prometheus. It takes a token, of a role that may do nothing else: rates, failed logins and versions are
// nobody's business who was not let in, and a file that a scraper keeps must not open message bodies.

import * as z from 'zod';
import { EXPOSITION_TYPE } from '../../pkg/metrics/exposition.ts';
import { brokerFault } from '../broker/fault.ts';
import type { Routes } from '../context.ts';

const scrape = z.string().describe('The text format of Prometheus, version 0.0.4.');

export const metricsRoutes: Routes =
  ({ admin, metrics, streams }) =>
  async (app) => {
    app.get(
      '/metrics',
      {
        config: { access: 'metrics' },
        schema: {
          operationId: 'metrics',
          tags: ['health'],
          summary: 'Counts and durations of the gateway, for Prometheus',
          response: { 200: { description: 'A scrape.', content: { 'text/plain': { schema: scrape } } } },
        },
      },
      async (_request, reply) => {
        const brokerUp = (await brokerFault(admin)) === null;
        return reply.type(EXPOSITION_TYPE).send(metrics.text({ streams, brokerUp }));
      },
    );
  };
