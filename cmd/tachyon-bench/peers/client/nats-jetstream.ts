// JetStream with nats.js, as its documentation shows it: `publish` and its promise, `consume` of a durable pull consumer
// with a callback, `ack` of each message.

import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { DURABLE, JS_STREAM, JS_SUBJECT, jsConsumer, jsStream } from '../systems/jetstream.ts';
import { numberAt, numberedBody } from '../wire/numbered-block.ts';
import type { Driver } from '../work/driver.ts';
import { open } from './nats.ts';

/** A window that a slow disk holds up is no fault yet. */
const OPTIONS = { timeout: 60_000 } as const;

export const driver: Driver = {
  async openProducer({ job, window, fail }) {
    const connection = await open(job.target);
    const stream = jetstream(connection);
    const confirmed = (): void => window.confirm(1);
    window.use(1, (index) => {
      stream.publish(JS_SUBJECT, numberedBody(job.payloadSize, index), OPTIONS).then(confirmed, fail);
    });
  },

  async openConsumer({ job, book }) {
    const connection = await open(job.target);
    const manager = await jetstreamManager(connection);
    await manager.streams.add({
      ...jsStream(),
      subjects: [JS_SUBJECT],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
    });
    await manager.consumers.add(JS_STREAM, {
      ...jsConsumer(job.window),
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    });
    const consumer = await jetstream(connection).consumers.get(JS_STREAM, DURABLE);
    await consumer.consume({
      max_messages: job.window,
      callback: (message) => {
        book.note(0, numberAt(message.data, 0));
        message.ack();
      },
    });
    return {
      async settled() {
        // The server itself says that nothing is out any more.
        for (;;) {
          const info = await manager.consumers.info(JS_STREAM, DURABLE);
          if (info.num_ack_pending === 0) return;
        }
      },
    };
  },
};
