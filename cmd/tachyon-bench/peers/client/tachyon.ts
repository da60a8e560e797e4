// Tachyon with its own client, as an application uses it: a promise for each publish, an `ack` for each delivery.

import { type Client, connect, type Delivery, type PublishOptions } from '../../../../pkg/client/index.ts';
import { checkTransport } from '../../settings.ts';
import { PATTERN, PROBE_EVERY_MS, QUEUE, TIMEOUT_MS, TOPIC } from '../systems/tachyon.ts';
import { numberAt, numberedBody } from '../wire/numbered-block.ts';
import { PROBE } from '../work/delivery-book.ts';
import type { Driver, ProducerSeat } from '../work/driver.ts';
import type { Target } from '../work/words.ts';

const FANOUT: PublishOptions = { mode: 'fanout' };

const open = ({ router, pub, flavour }: Target, name: string): Promise<Client> =>
  connect({ router, pub, name, transport: checkTransport(flavour), timeoutMs: TIMEOUT_MS });

export const driver: Driver = {
  async openProducer({ job, window, fail }: ProducerSeat) {
    const client = await open(job.target, 'race-producer');
    const confirmed = ({ durability }: { readonly durability: string }): void => {
      if (durability === 'disk') window.confirm(1);
      else fail(new Error(`a confirm of durability ${durability}`));
    };
    window.use(1, (index) => {
      client.publish(TOPIC, numberedBody(job.payloadSize, index)).then(confirmed, fail);
    });
  },

  async openConsumer({ job, book }) {
    const client = await open(job.target, 'race-consumer');
    // The last one of a phase waits for `settled`: its answer says that all before it are settled too.
    let last: Delivery | null = null;
    let settling = later();
    await client.consume(
      { queue: QUEUE, subscriptions: [PATTERN], window: { messages: job.window } },
      (delivery: Delivery): unknown => {
        book.note(0, numberAt(delivery.body, 0));
        if (!book.isComplete) return delivery.ack();
        last = delivery;
        return settling.promise;
      },
    );
    return {
      async settled() {
        await last?.ack({ durable: true });
        settling.resolve();
        settling = later();
      },
    };
  },
};

export const fanoutDriver: Driver = {
  async openProducer({ job, window, fail }) {
    const client = await open(job.target, 'race-producer');
    window.use(1, (index) => {
      client.publish(TOPIC, numberedBody(job.payloadSize, index), FANOUT).catch(fail);
    });
  },

  async openConsumer({ job, book, fail }) {
    const clients: Client[] = [];
    for (let subscriber = 0; subscriber < job.subscribers; subscriber += 1) {
      const client = await open(job.target, `race-consumer-${subscriber}`);
      await client.subscribe(PATTERN, ({ body }) => book.note(subscriber, numberAt(body, 0)));
      clients.push(client);
    }
    // The broker does not tell when a subscription is in force: messages are sent until each subscriber has got one.
    while (!book.isProbed) {
      clients[0]?.publish(TOPIC, numberedBody(job.payloadSize, PROBE), FANOUT).catch(fail);
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    }
    return {
      settled: () => Promise.resolve(),
    };
  },
};

interface Later {
  readonly promise: Promise<void>;
  resolve(): void;
}

function later(): Later {
  let resolve!: () => void;
  const promise = new Promise<void>((give) => {
    resolve = give;
  });
  return { promise, resolve };
}
