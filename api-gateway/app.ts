// Builds the gateway: one fastify instance with everything on it, that does not listen yet. Tests ask it directly.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, type FastifyHttpOptions, type FastifyInstance, LogController } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { TachyonError } from '../pkg/protocol/errors.ts';
import type { GatewayContext } from './context.ts';
import { observe } from './metrics/observe.ts';
import { authentication } from './plugins/authentication.ts';
import { openapi } from './plugins/openapi.ts';
import { answerClientFault, answerError, problems } from './plugins/problems.ts';
import { security } from './plugins/security.ts';
import { web } from './plugins/web.ts';
import { docsRoutes } from './routes/docs.ts';
import { earlierAuditRoutes } from './routes/earlier/audit.ts';
import { brokerAdminRoutes } from './routes/earlier/broker-admin.ts';
import { earlierDeadLetterRoutes } from './routes/earlier/dead-letters.ts';
import { notOursRoutes } from './routes/earlier/not-ours.ts';
import { socketRoutes } from './routes/earlier/socket.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { auditRoutes } from './routes/v1/audit.ts';
import { consumerRoutes } from './routes/v1/consumers.ts';
import { deadLetterRoutes } from './routes/v1/dead-letters.ts';
import { jobRoutes } from './routes/v1/jobs.ts';
import { keyRoutes } from './routes/v1/keys.ts';
import { messageRoutes } from './routes/v1/messages.ts';
import { publishRoutes } from './routes/v1/publish.ts';
import { queueRoutes } from './routes/v1/queues.ts';
import { routeRoutes } from './routes/v1/routes.ts';
import { statusRoutes } from './routes/v1/status.ts';
import { steeringRoutes } from './routes/v1/steering.ts';
import { watchRoutes } from './routes/v1/watch.ts';

/** A name of 255 bytes, each spelled as %XX. */
const PARAM_CHARACTERS_MAX = 768;
const FRAME_BYTES_MAX = 1_024;
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

const ROUTES = [
  healthRoutes,
  metricsRoutes,
  docsRoutes,
  statusRoutes,
  messageRoutes,
  queueRoutes,
  steeringRoutes,
  keyRoutes,
  routeRoutes,
  deadLetterRoutes,
  jobRoutes,
  auditRoutes,
  publishRoutes,
  watchRoutes,
  consumerRoutes,
  earlierDeadLetterRoutes,
  earlierAuditRoutes,
  brokerAdminRoutes,
  socketRoutes,
  notOursRoutes,
];

export interface GatewayAppOptions {
  readonly context: GatewayContext;
  readonly logger?: FastifyBaseLogger;
  /** Makes the server that will listen; left out, a plain one. */
  readonly server?: (listener: RequestListener) => Server;
}

export async function buildGateway({ context, logger, server }: GatewayAppOptions): Promise<FastifyInstance> {
  const options: FastifyHttpOptions<Server> = {
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    ...(server === undefined ? {} : { serverFactory: (listener) => server(listener) }),
    bodyLimit: context.config.bodyBytesMax,
    routerOptions: { maxParamLength: PARAM_CHARACTERS_MAX },
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    genReqId: requestIdOf,
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: answerClientFault,
  };
  const app: FastifyInstance = Fastify(options);
  // Bodies are JSON and nothing else.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  // What the broker said was checked when it came in; what the gateway says is checked by the compiler.
  app.setSerializerCompiler(() => JSON.stringify);
  problems(app);
  observe(app, context.metrics);
  await security(app, context.config.requestsPerSecond);
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request) => {
    throw new TachyonError('NOT_FOUND', `${request.method} ${request.url.split('?')[0]?.slice(0, 256)}`);
  });
  await openapi(app);
  authentication(app, context.authority, context.metrics);
  await app.register(websocket, {
    options: {
      maxPayload: FRAME_BYTES_MAX,
      handleProtocols: (offered: Set<string>) => (offered.has('tachyon') ? 'tachyon' : false),
    },
  });
  for (const routes of ROUTES) await app.register(routes(context));
  await app.register(web);
  return app;
}

/** The caller's own id where it is a sane one, so that both sides' logs can be put side by side. */
function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
