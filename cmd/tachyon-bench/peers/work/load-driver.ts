// Drivers are loaded when they are needed: the clients of other systems are for development, and may not be there.

import type { Driver } from './driver.ts';
import type { DriverName, Way } from './words.ts';

type Load = () => Promise<{ readonly driver: Driver }>;

const RAW: Readonly<Record<DriverName, Load>> = {
  tachyon: () => import('../raw/tachyon.ts'),
  'tachyon-fanout': () => import('../raw/tachyon-fanout.ts'),
  'nats-jetstream': () => import('../raw/nats-jetstream.ts'),
  'nats-core': () => import('../raw/nats-core.ts'),
  redis: () => import('../raw/redis.ts'),
  rabbitmq: () => import('../raw/rabbitmq.ts'),
  mosquitto: () => import('../raw/mosquitto.ts'),
  libzmq: () => import('../raw/libzmq.ts'),
  socket: () => import('../raw/socket.ts'),
};

type Peer = Exclude<DriverName, 'libzmq' | 'socket'>;

const CLIENT: Readonly<Record<Peer, Load>> = {
  tachyon: () => import('../client/tachyon.ts'),
  'tachyon-fanout': () => import('../client/tachyon.ts').then(({ fanoutDriver }) => ({ driver: fanoutDriver })),
  'nats-jetstream': () => import('../client/nats-jetstream.ts'),
  'nats-core': () => import('../client/nats-core.ts'),
  redis: () => import('../client/redis.ts'),
  rabbitmq: () => import('../client/rabbitmq.ts'),
  mosquitto: () => import('../client/mosquitto.ts'),
};

/** The packages that the way `client` needs, by driver. */
const CLIENT_PACKAGES: Readonly<Record<Peer, readonly string[]>> = {
  tachyon: [],
  'tachyon-fanout': [],
  'nats-jetstream': ['@nats-io/transport-node', '@nats-io/jetstream'],
  'nats-core': ['@nats-io/transport-node'],
  redis: ['redis'],
  rabbitmq: ['amqplib'],
  mosquitto: ['mqtt'],
};

const hasClient = (name: DriverName): name is Peer => name in CLIENT;

export async function loadDriver(name: DriverName, way: Way): Promise<Driver> {
  if (way === 'raw') return (await RAW[name]()).driver;
  if (!hasClient(name)) throw new Error(`${name} has no client`);
  try {
    return (await CLIENT[name]()).driver;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`the client of ${name} is not installed: npm i -D ${CLIENT_PACKAGES[name].join(' ')}`, {
      cause: error,
    });
  }
}
