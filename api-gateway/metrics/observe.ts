// One line in the log for each request and one count in the metrics, both when it ended: answered, or given up by its
// caller. The line has the route and not the address: an address may hold what people searched for. Invariant: a request
// that began ends exactly once, so that those in flight go back to none.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { tokenOf } from '../auth/credentials.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer does not end by itself. */
    isStream?: boolean;
  }
  interface FastifyRequest {
    /** What the broker was told about who asks for a change, and why; null where nothing is to be changed. */
    ordered: { readonly actor: string; readonly reason: string } | null;
    /** The code with which it was refused, or failed. */
    failure: string | null;
  }
}

const SWITCHED = 101;

export function observe(app: FastifyInstance, metrics: GatewayMetrics): void {
  app.decorateRequest('ordered', null);
  app.decorateRequest('failure', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    const isStream = request.routeOptions.config.isStream === true;
    if (!isStream) metrics.inFlight += 1;
    let hasEnded = false;
    const end = (): void => {
      if (hasEnded) return;
      hasEnded = true;
      if (!isStream) metrics.inFlight -= 1;
      const status = statusOf(request, reply);
      const { url: route } = request.routeOptions;
      const seconds = isStream ? null : reply.elapsedTime / 1_000;
      metrics.requestEnded({ method: request.method, route: request.is404 ? undefined : route, status, seconds });
      tell(request, reply, status);
    };
    reply.raw.once('finish', end);
    reply.raw.once('close', end);
  });
}

/** 0 where the caller hung up before anything was said. */
function statusOf({ ws }: FastifyRequest, { raw, statusCode }: FastifyReply): number {
  if (raw.headersSent) return statusCode;
  return ws ? SWITCHED : 0;
}

/** Guesses come ever more slowly from one address, so that they cannot fill the log. */
const isWrongToken = ({ failure, headers }: FastifyRequest): boolean =>
  failure === 'TOKEN_REQUIRED' && tokenOf(headers) !== null;

/** What changes something, or tries to get in, is worth a line by itself; the rest is said only to who asks for it. */
function tell(request: FastifyRequest, reply: FastifyReply, status: number): void {
  const { ordered } = request;
  const line = {
    method: request.method,
    route: request.routeOptions.url ?? '',
    status,
    ms: Math.round(reply.elapsedTime),
    by: request.principal?.name ?? '',
    address: request.ip,
    ...(request.failure === null ? {} : { code: request.failure }),
  };
  if (ordered !== null) request.log.info({ ...line, ...ordered }, 'order');
  else if (isWrongToken(request)) request.log.warn(line, 'a wrong token');
  else request.log.debug(line, 'request');
}
