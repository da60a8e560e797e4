// Starts the gateway for real: the links to the broker, the tokens, the app, and a server that listens. Invariant: what
// was opened here is closed by `close`, also when the start fails half way.

import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { TachyonError } from '../pkg/protocol/errors.ts';
import { buildGateway } from './app.ts';
import { Authority } from './auth/authority.ts';
import { type OwnToken, ownToken } from './auth/own-token.ts';
import { readTokens, type TokenEntry, tokenFilePath } from './auth/token-file.ts';
import { AdminLink } from './broker/admin-link.ts';
import { HttpConsumers } from './broker/consumers.ts';
import { PublicLink } from './broker/public-link.ts';
import { Snapshots } from './broker/snapshots.ts';
import { watchOver } from './broker/watch.ts';
import type { GatewayConfig } from './config.ts';
import { GatewayMetrics } from './metrics/gateway-metrics.ts';
import { Streams } from './streams.ts';

/** A caller that sends slowly holds a connection no longer than this. */
const REQUEST_MS_MAX = 30_000;
const HEADERS_MS_MAX = 10_000;
const KEEP_ALIVE_MS = 72_000;
const ADMIN_TOKEN_CHARACTERS_MIN = 16;

export interface ServeOptions {
  readonly config: GatewayConfig;
  readonly dataFolder: string;
  readonly socketPath: string;
  readonly logger: FastifyBaseLogger;
}

export interface RunningGateway {
  readonly url: string;
  /** The generated token, where it is the only one. */
  readonly ownToken: OwnToken | null;
  close(): Promise<void>;
}

/** Rejects with INVALID_CONFIG, DATA_DIR_UNUSABLE, ADDRESS_IN_USE. The broker need not be there yet. */
export async function serveGateway({ config, dataFolder, socketPath, logger }: ServeOptions): Promise<RunningGateway> {
  const tls = config.tls === null ? null : readTls(config.tls);
  const named = readTokens(tokenFilePath(dataFolder));
  const own = tokenNeeded(config, named, (sentence) => logger.warn(sentence)) ? ownToken(dataFolder) : null;
  const { timeoutMs } = config;
  const authority = new Authority({
    dataFolder,
    adminToken: config.adminToken,
    ownToken: own?.token ?? null,
    unreadable: (error) => logger.error({ err: error }, 'named tokens cannot be read: none of them counts'),
  });
  if (!config.isLoopback && config.adminToken !== null && config.adminToken.length < ADMIN_TOKEN_CHARACTERS_MIN) {
    logger.warn('ADMIN_TOKEN is short, and other machines can try to guess it');
  }
  const tell = (code: string | null): void => {
    if (code === null) logger.info('the broker answers');
    else logger.warn({ code }, 'the broker does not answer');
  };
  const metrics = new GatewayMetrics();
  const asked = metrics.brokerAnswered.bind(metrics);
  const admin = new AdminLink({ socketPath, timeoutMs, tell, asked });
  const publisher = new PublicLink({ socketPath, timeoutMs, asked });
  // Apart from the publishing ones, which are closed when an answer is late.
  const consuming = new PublicLink({ socketPath, timeoutMs });
  const hold = (tenant: string) => consuming.hold(tenant);
  const consumers = new HttpConsumers({ hold, max: config.consumersMax, idleMs: config.consumerIdleMs, timeoutMs });
  const streams = new Streams(config.streamsMax);
  const openWatch = watchOver(admin, timeoutMs);
  const snapshots = new Snapshots(admin);
  const context = { config, authority, admin, publisher, consumers, openWatch, snapshots, streams, metrics };
  const app = await buildGateway({ context, logger, server: (listener) => bound(config, tls, listener) });
  const close = async (): Promise<void> => {
    streams.close();
    await app.close();
    await consumers.close();
    await Promise.all([publisher.close(), consuming.close(), admin.close()]);
    metrics.close();
  };
  try {
    await app.listen({ host: config.host, port: config.port, listenTextResolver: () => 'listening' });
  } catch (error) {
    await close();
    throw notListening(error, config);
  }
  return { url: urlOf(config, app.server.address()), ownToken: own, close };
}

/** Whether this machine may ask with a token that is made here: nobody set one that has the role admin. */
function tokenNeeded(config: GatewayConfig, named: readonly TokenEntry[], warn: (sentence: string) => void): boolean {
  if (config.adminToken !== null || named.some(({ role }) => role === 'admin')) return false;
  if (config.isLoopback) return true;
  if (named.length === 0) {
    throw new TachyonError(
      'INVALID_CONFIG',
      `GATEWAY_HOST ${config.host} is reached by other machines and there is no token: set ADMIN_TOKEN, or add one with ` +
        'tachyon gateway tokens add',
    );
  }
  warn('no token has the role admin: tachyon gateway tokens add <name> --role admin');
  return false;
}

interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

function readTls({ certPath, keyPath }: NonNullable<GatewayConfig['tls']>): Tls {
  return { cert: readNamed('GATEWAY_TLS_CERT', certPath), key: readNamed('GATEWAY_TLS_KEY', keyPath) };
}

function readNamed(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new TachyonError('INVALID_CONFIG', `${name}: ${path} cannot be read`, { cause });
  }
}

function bound({ connectionsMax }: GatewayConfig, tls: Tls | null, listener: RequestListener): Server {
  const limits = {
    requestTimeout: REQUEST_MS_MAX,
    headersTimeout: HEADERS_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: HEADERS_MS_MAX / 2,
  };
  const server = tls === null ? createServer(limits, listener) : tlsServer(tls, limits, listener);
  server.maxConnections = connectionsMax;
  return server;
}

function tlsServer(tls: Tls, limits: object, listener: RequestListener): Server {
  try {
    return createTlsServer({ ...tls, ...limits, minVersion: 'TLSv1.2' }, listener);
  } catch (cause) {
    throw new TachyonError('INVALID_CONFIG', 'GATEWAY_TLS_CERT and GATEWAY_TLS_KEY are no certificate with its key', {
      cause,
    });
  }
}

function notListening(error: unknown, { host, port }: GatewayConfig): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new TachyonError('ADDRESS_IN_USE', `http://${host}:${port}`, { cause: error });
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new TachyonError('INVALID_CONFIG', `GATEWAY_HOST ${host}, GATEWAY_PORT ${port}: ${code}`, { cause: error });
  }
  return error;
}

function urlOf({ tls, host }: GatewayConfig, address: AddressInfo | string | null): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `${tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
