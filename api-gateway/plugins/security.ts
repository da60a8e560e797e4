// What protects browsers and the gateway itself: strict headers, no answer to other origins (no CORS header is ever
// sent), and a bound on the requests of one address.

import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { TachyonError } from '../../pkg/protocol/errors.ts';

/** Addresses whose requests are counted at one time. */
const ADDRESSES_MAX = 10_000;

const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
} as const;

export async function security(app: FastifyInstance, requestsPerSecond: number): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      ...CONTENT_SECURITY_POLICY,
      directives: Object.fromEntries(
        Object.entries(CONTENT_SECURITY_POLICY.directives).map(([name, sources]) => [name, [...sources]]),
      ),
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    // Said where TLS is; elsewhere browsers ignore it.
    strictTransportSecurity: { maxAge: 31_536_000 },
  });
  // Answers are about this moment, and some hold bodies of messages.
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  await app.register(rateLimit, {
    max: requestsPerSecond,
    timeWindow: 1_000,
    cache: ADDRESSES_MAX,
    errorResponseBuilder: (_request, { ttl }) =>
      new TachyonError('RATE_LIMITED', `more than ${requestsPerSecond} requests in a second`, { retryAfterMs: ttl }),
  });
}
