// The event stream towards a reader that does not keep up, and towards nobody: over a real connection, with fanout that
// the test makes.

import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../internal/testing/eventually.ts';
import type { FanoutMessage } from '../../../pkg/client/subscribe/fanout-message.ts';
import { Streams } from '../../streams.ts';
import { ADMIN_TOKEN, aGateway, type GatewayFixture } from '../../testing/a-gateway.ts';

let gateway: GatewayFixture | null = null;
let reader: Socket | null = null;
afterEach(async () => {
  reader?.destroy();
  await gateway?.remove();
});

const message = (text: string): FanoutMessage => ({
  topic: 'news.today',
  body: Buffer.from(text),
  messageId: 'n1',
  attributes: {},
  text: () => text,
  json: () => null,
});

async function aReader(query = '') {
  const takes: ((message: FanoutMessage) => void)[] = [];
  let closed = 0;
  const streams = new Streams(1);
  gateway = await aGateway({
    context: {
      streams,
      openWatch: (_patterns, take) => {
        takes.push(take);
        return Promise.resolve({
          close: () => {
            closed += 1;
            return Promise.resolve();
          },
        });
      },
    },
  });
  await gateway.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = gateway.app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  reader = socket;
  let seen = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
  });
  socket.write(`GET /api/v1/watch?${query} HTTP/1.1\r\nhost: x\r\nx-admin-token: ${ADMIN_TOKEN}\r\n\r\n`);
  await eventually('the stream', () => seen.includes('event: ready'));
  return {
    socket,
    streams,
    publish: (text: string) => takes[0]?.(message(text)),
    seen: () => seen,
    closed: () => closed,
  };
}

describe('a watcher', () => {
  it('that does not read loses messages, is told how many, and costs a bounded amount of memory', async () => {
    const { socket, publish, seen } = await aReader();
    socket.pause();
    const text = 'x'.repeat(60_000);
    for (let n = 0; n < 1_000; n += 1) publish(text);
    socket.resume();
    await eventually('the news of what was lost', () => {
      publish('again');
      return seen().includes('event: dropped');
    });
    const dropped = Number(/event: dropped\ndata: \{"count":(\d+)\}/.exec(seen())?.[1]);
    const arrived = seen().split('event: message').length - 1;
    expect(dropped).toBeGreaterThan(900);
    expect(arrived).toBeLessThan(100);
  });

  it('gets as much of each body as it asked for', async () => {
    const { publish, seen } = await aReader('body_bytes=4');
    publish('0123456789');
    await eventually('the message', () => seen().includes('event: message'));
    const data = /event: message\r?\ndata: (.*)/.exec(seen())?.[1] ?? '';
    const payload = Buffer.from('0123').toString('base64');
    expect(JSON.parse(data)).toMatchObject({ body_bytes: 10, truncated: true, payload });
  });

  it('that goes leaves nothing behind', async () => {
    const { socket, streams, closed } = await aReader();
    expect(streams.open.events).toBe(1);
    socket.destroy();
    await eventually('the end of the subscription', () => closed() === 1 && streams.open.events === 0);
  });
});
