// Whether the gateway lives, and whether it can serve: without a token, and telling nothing else.

import { TachyonError } from '../../pkg/protocol/errors.ts';
import { VERSION } from '../../pkg/protocol/version.ts';
import { brokerFault } from '../broker/fault.ts';
import type { Routes } from '../context.ts';
import { aliveSchema, healthSchema } from '../schemas/status.ts';

const tags = ['health'];
const config = { access: 'open' } as const;

export const healthRoutes: Routes =
  ({ admin }) =>
  async (app) => {
    app.get(
      '/health',
      {
        config,
        schema: { operationId: 'health', tags, summary: 'The gateway and the broker', response: { 200: healthSchema } },
      },
      async () => {
        const code = await brokerFault(admin);
        const broker = code === null ? { reachable: true } : { reachable: false, code };
        return { status: code === null ? ('ok' as const) : ('degraded' as const), version: VERSION, broker };
      },
    );
    app.get(
      '/health/live',
      { config, schema: { operationId: 'live', tags, summary: 'The process answers', response: { 200: aliveSchema } } },
      async () => ({ status: 'ok' as const }),
    );
    app.get(
      '/health/ready',
      { config, schema: { operationId: 'ready', tags, summary: 'The broker answers', response: { 200: aliveSchema } } },
      async () => {
        const code = await brokerFault(admin);
        if (code !== null) throw new TachyonError(code);
        return { status: 'ok' as const };
      },
    );
  };
