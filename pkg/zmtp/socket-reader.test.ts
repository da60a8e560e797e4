// Memory that is read into again and again, and messages that are kept: neither may show in the other.

import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { Dealer, Router } from './index.ts';
import { SocketReader } from './socket-reader.ts';
import { Opened } from './testing/opened.ts';
import { Seeded } from './testing/seeded.ts';

const opened = new Opened();
afterEach(() => opened.close());

it('messages that are kept stay what they were, while a thousand more are read, at both ends', async () => {
  const random = new Seeded(5);
  const sizes = [0, 1, 200, 4_095, 4_096, 60_000, 131_072, 400_000];
  const messages = Array.from({ length: 1_000 }, (_, index) => [
    Buffer.from(String(index)),
    random.bytes(random.below(random.pick(sizes) + 1)),
  ]);
  const asked: Uint8Array[][] = [];
  const answered: Uint8Array[][] = [];
  const unlimited = { queueMessagesMax: 1e9, queueBytesMax: 1e9 };
  const router = opened.add(
    new Router(
      {
        onMessages: (peer, arrived) => {
          asked.push(...arrived);
          for (const frames of arrived) router.send(peer, frames);
        },
      },
      { limits: unlimited },
    ),
  );
  const address = await router.bind('tcp://127.0.0.1:*');
  const dealer: Dealer = opened.add(
    new Dealer(
      {
        onConnected: () => {
          for (const frames of messages) dealer.send(frames);
        },
        onMessages: (_peer, arrived) => answered.push(...arrived),
      },
      { limits: unlimited },
    ),
  );
  dealer.connect(address);
  await eventually('all of them, there and back', () => answered.length === messages.length);
  for (const kept of [asked, answered])
    for (const [index, frames] of messages.entries())
      expect(frames.every((frame, at) => Buffer.from(frame).equals(kept[index]?.[at] ?? Buffer.alloc(0)))).toBe(true);
});

async function accepted(): Promise<{ readonly far: Socket; readonly near: Socket }> {
  const server = createServer({ pauseOnConnect: true });
  opened.onClose(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  const near = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const far = connect({ host: '127.0.0.1', port });
  opened.onClose(() => far.destroy());
  return { far, near: await near };
}

it('an accepted socket is read into lent memory, the same for each read, and still tells its end', async () => {
  const { far, near } = await accepted();
  const reader = SocketReader.accepted(near);
  opened.onClose(() => reader.socket.destroy());
  const memories = new Set<ArrayBufferLike>();
  let text = '';
  let ended = false;
  reader.onBytes((bytes, areLent) => {
    expect(areLent).toBe(true);
    memories.add(bytes.buffer);
    text += Buffer.from(bytes).toString();
  });
  reader.socket.on('end', () => {
    ended = true;
  });
  far.write('one ');
  await eventually('the first', () => text === 'one ');
  far.end('two');
  await eventually('the rest and the end', () => ended);
  expect(text).toBe('one two');
  expect(memories.size).toBe(1);
});

it('where a socket does not show its handle, it is read as sockets are', async () => {
  const { far, near } = await accepted();
  const hidden = new Proxy(near, {
    get: (target, name) => {
      const value: unknown = name === '_handle' ? undefined : Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const reader = SocketReader.accepted(hidden);
  opened.onClose(() => near.destroy());
  const got: string[] = [];
  reader.onBytes((bytes, areLent) => got.push(`${Buffer.from(bytes).toString()} ${areLent}`));
  far.write('plain');
  await eventually('what was written', () => got.length > 0);
  expect(got).toEqual(['plain false']);
});
