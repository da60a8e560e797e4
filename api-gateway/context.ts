// What the routes work with: one value, made by whoever starts the gateway, or by a test.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Authority } from './auth/authority.ts';
import type { AdminPort } from './broker/admin-link.ts';
import type { HttpConsumers } from './broker/consumers.ts';
import type { PublicLink } from './broker/public-link.ts';
import type { Snapshots } from './broker/snapshots.ts';
import type { OpenWatch } from './broker/watch.ts';
import type { GatewayConfig } from './config.ts';
import type { GatewayMetrics } from './metrics/gateway-metrics.ts';
import type { Streams } from './streams.ts';

export interface GatewayContext {
  readonly config: GatewayConfig;
  readonly authority: Authority;
  readonly admin: AdminPort;
  readonly publisher: Pick<PublicLink, 'publish' | 'publishBatch' | 'request'>;
  readonly consumers: Pick<HttpConsumers, 'fetch' | 'ack' | 'nack' | 'leave' | 'giveBack'>;
  readonly openWatch: OpenWatch;
  readonly snapshots: Snapshots;
  readonly streams: Streams;
  readonly metrics: GatewayMetrics;
}

/** A room of routes. */
export type Routes = (context: GatewayContext) => FastifyPluginAsyncZod;
