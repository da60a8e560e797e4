// Fills a queue that nobody takes from: declares it and publishes, the next half window as soon as a half is confirmed.

import type { BrokerProcess } from '../../../cmd/tachyon-bench/processes/broker-process.ts';
import { type Client, connect, type PublishOptions } from '../../../pkg/client/index.ts';

const WINDOW = 16_384;

export interface Filling {
  readonly queue: string;
  readonly messages: number;
  readonly size: number;
  /** Of each message. */
  readonly options?: PublishOptions;
}

/** Resolves with the seconds that it took, once every message is confirmed. */
export async function fillQueue(broker: BrokerProcess, { queue, messages, size, options }: Filling): Promise<number> {
  await declareQueue(broker, queue);
  const client = await connect({ router: broker.router, pub: broker.pub, timeoutMs: 30_000 });
  const startedMs = performance.now();
  await publishAll(client, `${queue}.one`, messages, size, options);
  const seconds = (performance.now() - startedMs) / 1e3;
  await client.close();
  return seconds;
}

/** A queue for all topics that begin with its name. */
export async function declareQueue(broker: BrokerProcess, queue: string): Promise<void> {
  const admin = await broker.openAdmin();
  await admin.request('queues.declare', { queue, patterns: [`${queue}.>`], actor: 'bench', reason: 'a measurement' });
  await admin.close();
}

function publishAll(
  client: Client,
  topic: string,
  messages: number,
  size: number,
  options: PublishOptions | undefined,
): Promise<void> {
  const body = Buffer.alloc(size, 0x78);
  return new Promise((resolve, reject) => {
    let next = 0;
    let underWay = 0;
    const refill = (): void => {
      for (; next < messages && underWay < WINDOW; next += 1) {
        underWay += 1;
        client.publish(topic, body, options).then(settle, reject);
      }
    };
    const settle = (): void => {
      underWay -= 1;
      if (next === messages && underWay === 0) resolve();
      else if (underWay === WINDOW >>> 1) refill();
    };
    refill();
  });
}
