// The limit of a socket in Node: blocks of length-prefixed messages over loopback TCP, each cut out and noted on receipt.
// No server between them; the window is held by the consumer's feedback.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { BlockRing, numberAt } from '../wire/numbered-block.ts';
import { chunkOf, type Driver } from '../work/driver.ts';
import { openLine } from './line.ts';

const LENGTH_BYTES = 4;
const NOTHING = new Uint8Array(0);

export const driver: Driver = {
  async openProducer(seat) {
    const { job, window } = seat;
    const line = await openLine(seat, () => undefined);
    const prefix = Buffer.alloc(LENGTH_BYTES);
    prefix.writeUInt32LE(job.payloadSize, 0);
    const count = chunkOf(job.window);
    const ring = new BlockRing({ prefix, bodyBytes: job.payloadSize, suffix: NOTHING, count }, job.window);
    window.use(count, (first, messages) => line.write(ring.next().numbered(first, messages)));
  },

  async openConsumer({ job, book }) {
    const server = createServer((socket) => {
      let rest: Buffer = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        let at = 0;
        while (at + LENGTH_BYTES <= bytes.length) {
          const end = at + LENGTH_BYTES + numberAt(bytes, at);
          if (end > bytes.length) break;
          book.note(0, numberAt(bytes, at + LENGTH_BYTES));
          at = end;
        }
        rest = bytes.subarray(at);
      });
      socket.on('error', () => socket.destroy());
    });
    server.listen(job.target.port, job.target.host);
    await once(server, 'listening');
    return {
      settled: () => Promise.resolve(),
    };
  },
};
