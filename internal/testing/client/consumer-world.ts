// A consumer of a scripted broker, for tests, and words for what the tests do with deliveries.

import { afterEach } from 'vitest';
import type { ConsumeOptions, DeliveryHandler } from '../../../pkg/client/consume/options.ts';
import { type Client, connect, type Delivery, type Status } from '../../../pkg/client/index.ts';
import { FakeBroker, type FakeBrokerOptions, type FakePeer, type Sent } from './fake-broker.ts';

export const opened: { client?: Client; broker?: FakeBroker } = {};

export async function world(
  options: ConsumeOptions = {},
  handler?: DeliveryHandler,
  brokerOptions: FakeBrokerOptions = {},
) {
  const broker = await FakeBroker.start({ confirms: true, ...brokerOptions });
  opened.broker = broker;
  const client = await connect({ router: broker.address, reconnect: { initialMs: 5, maxMs: 20 }, timeoutMs: 2_000 });
  opened.client = client;
  const told: Status[] = [];
  client.on('*', (status) => told.push(status));
  const consumer = await client.consume({ queue: 'q', consumerId: 'c', ...options }, handler);
  return { broker, client, consumer, told, peer: peerOf(broker) };
}

function peerOf(broker: FakeBroker): FakePeer {
  const peer = broker.consumers.at(-1);
  if (peer === undefined) throw new Error('nobody registered');
  return peer;
}

afterEach(async () => {
  await opened.client?.close();
  await opened.broker?.stop();
});

export const nacked = (peer: FakePeer) => peer.of('nack').flatMap((nack): readonly object[] => nack.items);
export const messages = (count: number): Sent[] =>
  Array.from({ length: count }, (_, i) => ({ topic: 'a.b', text: `m${i}` }));
export const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/** Settles from outside; counts who waits. */
export function gate() {
  const open: ((error?: Error) => void)[] = [];
  return {
    open,
    pass: (): Promise<void> =>
      new Promise((resolve, reject) => open.push((error) => (error === undefined ? resolve() : reject(error)))),
  };
}

export async function take(iterator: AsyncIterator<Delivery>): Promise<Delivery> {
  const next = await iterator.next();
  if (next.done === true) throw new Error('the iteration ended');
  return next.value;
}
