// NATS core with nats.js: `publish`, and `subscribe` with a callback, on a connection for each subscriber.

import { CORE_SUBJECT } from '../systems/nats-core.ts';
import { numberAt, numberedBody } from '../wire/numbered-block.ts';
import type { Driver } from '../work/driver.ts';
import { open } from './nats.ts';

export const driver: Driver = {
  async openProducer({ job, window }) {
    const connection = await open(job.target);
    window.use(1, (index) => connection.publish(CORE_SUBJECT, numberedBody(job.payloadSize, index)));
  },

  async openConsumer({ job, book, fail }) {
    for (let subscriber = 0; subscriber < job.subscribers; subscriber += 1) {
      const connection = await open(job.target);
      connection.subscribe(CORE_SUBJECT, {
        callback: (error, message) => (error === null ? book.note(subscriber, numberAt(message.data, 0)) : fail(error)),
      });
      await connection.flush();
    }
    return {
      settled: () => Promise.resolve(),
    };
  },
};
