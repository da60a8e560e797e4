// Redis Streams with node-redis, which sends the commands of a turn together: XADD and its promise, XREADGROUP, and one
// XACK of all ids of a read. Commands go through `sendCommand`, which costs half of what the method of each command does.

import { createClient, RESP_TYPES } from 'redis';
import { BLOCK_MS, CONSUMER, FIELD, GROUP, readCountOf, STREAM } from '../systems/redis.ts';
import { numberAt, numberedBody } from '../wire/numbered-block.ts';
import type { Driver } from '../work/driver.ts';
import type { Target } from '../work/words.ts';

/** Without the timer that the client else starts for each command. */
const optionsOf = ({ host, port }: Target) =>
  ({
    url: `redis://${host}:${port}`,
    socket: { reconnectStrategy: false },
    commandOptions: { timeout: 0 },
    RESP: 2,
  }) as const;

/** What a read gives: of each stream its name and its entries, of each entry its id, and names and values of its fields. */
type Read = readonly (readonly [Buffer, readonly (readonly [Buffer, readonly [Buffer, Buffer]])[]])[];

const AS_BUFFERS = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } as const;

export const driver: Driver = {
  async openProducer({ job, window, fail }) {
    const client = createClient(optionsOf(job.target));
    client.on('error', fail);
    await client.connect();
    const confirmed = (): void => window.confirm(1);
    window.use(1, (index) => {
      const body = numberedBody(job.payloadSize, index);
      client.sendCommand(['XADD', STREAM, '*', FIELD, body]).then(confirmed, fail);
    });
  },

  async openConsumer({ job, book, fail }) {
    const client = createClient(optionsOf(job.target));
    client.on('error', fail);
    await client.connect();
    await client.xGroupCreate(STREAM, GROUP, '$', { MKSTREAM: true });
    const limits = ['COUNT', String(readCountOf(job.window)), 'BLOCK', String(BLOCK_MS)];
    const command = ['XREADGROUP', 'GROUP', GROUP, CONSUMER, ...limits, 'STREAMS', STREAM, '>'];
    let acknowledged: Promise<unknown> = Promise.resolve();
    const read = async (): Promise<void> => {
      for (;;) {
        const streams = await client.sendCommand<Read | null>(command, AS_BUFFERS);
        const entries = streams?.[0]?.[1];
        if (entries === undefined) continue;
        // Sent with the next read, before it.
        acknowledged = client.sendCommand(['XACK', STREAM, GROUP, ...entries.map(([id]) => id)]);
        acknowledged.catch(fail);
        for (const [, fields] of entries) book.note(0, numberAt(fields[1], 0));
      }
    };
    read().catch(fail);
    return {
      async settled() {
        await acknowledged;
      },
    };
  },
};
