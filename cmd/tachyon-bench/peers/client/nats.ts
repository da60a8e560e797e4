// The connection of nats.js that both ways to use NATS share.

import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Target } from '../work/words.ts';

/** `noAsyncTraces`: no stack is kept for each publish that waits, which else costs more than everything beside it. */
export const open = ({ host, port }: Target): Promise<NatsConnection> =>
  connect({ servers: `${host}:${port}`, reconnect: false, noAsyncTraces: true });
