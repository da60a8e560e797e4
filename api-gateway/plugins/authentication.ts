// Asks every request for its token before anything else of it is read. Invariant: a route that does not say who may use
// it cannot be registered, so that none is open by mistake.

import { setTimeout as after } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import type { Authority } from '../auth/authority.ts';
import { tokenOf } from '../auth/credentials.ts';
import { FailureDelay } from '../auth/failure-delay.ts';
import type { Principal } from '../auth/principal.ts';
import { type Access, mayDo, type Role } from '../auth/role.ts';
import { hashOfToken } from '../auth/token-file.ts';
import type { GatewayMetrics } from '../metrics/gateway-metrics.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use this route. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Who asks; null on open routes. */
    principal: Principal | null;
  }
}

/** Who asks. Only for routes that are not open. */
export function principalOf({ principal }: Pick<FastifyRequest, 'principal'>): Principal {
  if (principal === null) throw new TachyonError('TOKEN_REQUIRED');
  return principal;
}

export function authentication(app: FastifyInstance, authority: Authority, metrics: GatewayMetrics): void {
  const guard = { authority, metrics, delay: new FailureDelay() };
  app.decorateRequest('principal', null);
  // With each route, and not before all of them: the bound on the requests of an address comes first.
  app.addHook('onRoute', (route) => {
    const { access } = route.config ?? {};
    if (access === undefined) throw new Error(`${String(route.method)} ${route.url} does not say who may use it`);
    if (access === 'open') return;
    const earlier = route.onRequest ?? [];
    route.onRequest = [
      ...(Array.isArray(earlier) ? earlier : [earlier]),
      async (request: FastifyRequest): Promise<void> => {
        request.principal = await admit(request, access, guard);
      },
    ];
  });
}

interface Guard {
  readonly authority: Authority;
  readonly metrics: GatewayMetrics;
  readonly delay: FailureDelay;
}

async function admit(request: FastifyRequest, access: Role, guard: Guard): Promise<Principal> {
  const principal = await identify(request, guard);
  if (mayDo(principal.role, access)) return principal;
  guard.metrics.roleRefused();
  throw new TachyonError('ROLE_TOO_LOW', `this needs the role ${access}; ${principal.name} has ${principal.role}`);
}

async function identify({ headers, ip }: FastifyRequest, { authority, metrics, delay }: Guard): Promise<Principal> {
  const token = tokenOf(headers);
  // Whoever shows nothing has guessed nothing.
  if (token === null) {
    metrics.loginRefused('missing');
    throw new TachyonError('TOKEN_REQUIRED');
  }
  const hash = hashOfToken(token).toString('hex');
  const turn = delay.turn(ip, hash, performance.now());
  if ('retryAfterMs' in turn) {
    metrics.loginRefused('delayed');
    throw new TachyonError('RATE_LIMITED', 'too many wrong tokens came from this address', turn);
  }
  if (turn.waitMs > 0) await after(turn.waitMs);
  const principal = authority.identify(token);
  if (principal === null) {
    delay.failed(ip, performance.now());
    metrics.loginRefused('wrong');
    throw new TachyonError('TOKEN_REQUIRED', 'the token is not known');
  }
  delay.succeeded(ip, hash);
  return principal;
}
