// RabbitMQ with amqplib: a confirm channel with a callback for each publish, `ack` of each delivery.

import { type ChannelModel, connect } from 'amqplib';
import { AMQP_PASSWORD, AMQP_USER, FRAME_BYTES_MAX, QUEUE, queueArguments } from '../systems/amqp.ts';
import { numberAt, numberedBody } from '../wire/numbered-block.ts';
import type { Driver } from '../work/driver.ts';
import type { Target } from '../work/words.ts';

const PREFETCH_MAX = 65_535;

const open = ({ host, port }: Target): Promise<ChannelModel> =>
  connect(
    { hostname: host, port, username: AMQP_USER, password: AMQP_PASSWORD, frameMax: FRAME_BYTES_MAX },
    { noDelay: true },
  );

export const driver: Driver = {
  async openProducer({ job, window, fail }) {
    const connection = await open(job.target);
    connection.on('error', fail);
    const channel = await connection.createConfirmChannel();
    channel.on('error', fail);
    const confirmed = (error: unknown): void => {
      if (error === null || error === undefined) window.confirm(1);
      else fail(new Error('the server refused a publish', { cause: error }));
    };
    window.use(1, (index) => {
      channel.sendToQueue(QUEUE, numberedBody(job.payloadSize, index), { persistent: true }, confirmed);
    });
  },

  async openConsumer({ job, book, fail }) {
    const connection = await open(job.target);
    connection.on('error', fail);
    const channel = await connection.createChannel();
    channel.on('error', fail);
    await channel.assertQueue(QUEUE, { durable: true, arguments: queueArguments(job.target.flavour) });
    await channel.prefetch(Math.min(job.window, PREFETCH_MAX));
    await channel.consume(QUEUE, (message) => {
      if (message === null) return fail(new Error('the server ended the consumer'));
      book.note(0, numberAt(message.content, 0));
      channel.ack(message);
    });
    return {
      // What the channel was told before is done before it answers this.
      async settled() {
        await channel.checkQueue(QUEUE);
      },
    };
  },
};
