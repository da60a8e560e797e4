// What the port promises, over both transports, against ROUTER sockets of both.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { Router as LibzmqRouter } from 'zeromq';
import { eventually } from '../../../internal/testing/eventually.ts';
import { type Peer, Router } from '../../zmtp/index.ts';
import type { Frames, Link } from './link.ts';
import { type ClientTransport, openLinkOver } from './transport.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

interface Far {
  readonly address: string;
  readonly got: string[][];
  reply(words: string): void;
  /** Breaks the connections. */
  end(): Promise<void>;
}

async function zmtpFar(): Promise<Far> {
  const got: string[][] = [];
  let peer: Peer | undefined;
  const router = new Router({
    onMessages: (from, messages) => {
      peer = from;
      got.push(...messages.map((frames) => frames.map(text)));
    },
  });
  closing.push(() => router.close());
  const address = await router.bind('tcp://127.0.0.1:*');
  return { address, got, reply: (words) => void router.send(peer!, [bytes(words)]), end: () => router.close() };
}

async function libzmqFar(): Promise<Far> {
  const got: string[][] = [];
  let id: Buffer = Buffer.alloc(0);
  const router = new LibzmqRouter({ linger: 0 });
  closing.push(() => router.close());
  await router.bind('tcp://127.0.0.1:*');
  const read = async (): Promise<void> => {
    for await (const [from, ...frames] of router) {
      id = from as Buffer;
      got.push(frames.map(text));
    }
  };
  void read();
  return {
    address: router.lastEndpoint ?? '',
    got,
    reply: (words) => void router.send([id, words]),
    end: async () => router.close(),
  };
}

interface Near {
  readonly link: Link;
  readonly got: string[][];
  readonly lost: string[];
}

describe.each(['zmtp', 'libzmq'] as const)('a link over %s', (transport: ClientTransport) => {
  const open = (address: string): Near => {
    const got: string[][] = [];
    const lost: string[] = [];
    const link = openLinkOver(transport)(address, {
      message: (frames: Frames) => got.push(frames.map(text)),
      lost: (reason) => lost.push(reason),
    });
    closing.push(() => link.close());
    return { link, got, lost };
  };

  describe.each([
    ['zmtp', zmtpFar],
    ['libzmq', libzmqFar],
  ] as const)('to a ROUTER of %s', (_name, farOf) => {
    it('takes messages before the connection stands, and keeps the order of the sends', async () => {
      const far = await farOf();
      const { link } = open(far.address);
      const sent = Array.from({ length: 2_000 }, (_, i) => [`${i}`, 'x'.repeat((i % 7) * 3_000)]);
      for (const frames of sent.slice(0, 10)) expect(link.send(frames.map(bytes))).toBe(true);
      await eventually('the first', () => far.got.length === 10);
      for (const frames of sent.slice(10)) expect(link.send(frames.map(bytes))).toBe(true);
      await eventually('all', () => far.got.length === sent.length);
      expect(far.got).toEqual(sent);
    });

    it('hands on what the other end sends', async () => {
      const far = await farOf();
      const { link, got } = open(far.address);
      link.send([bytes('question')]);
      await eventually('the question', () => far.got.length === 1);
      far.reply('answer');
      await eventually('the answer', () => got.length === 1);
      expect(got).toEqual([['answer']]);
    });

    it('is lost once, with its connection, and never mends itself', async () => {
      const far = await farOf();
      const { link, lost } = open(far.address);
      link.send([bytes('hello')]);
      await eventually('hello', () => far.got.length === 1);
      await far.end();
      await eventually('the loss', () => lost.length > 0);
      expect(link.send([bytes('more')])).toBe(false);
      const next = new LibzmqRouter({ linger: 0 });
      closing.push(() => next.close());
      await eventually('the address is free', () =>
        next.bind(far.address).then(
          () => true,
          () => false,
        ),
      );
      // Another link gets through to who listens there now; the lost one has said nothing in the meantime.
      const other = open(far.address);
      other.link.send([bytes('from the other')]);
      const [, first] = await next.receive();
      expect(text(first as Uint8Array)).toBe('from the other');
      expect(lost).toHaveLength(1);
    });
  });

  it('is lost where nobody listens, and where the address cannot be read', async () => {
    for (const address of ['tcp://127.0.0.1:1', 'tcp://nowhere', 'ipc:///nowhere/at-all.sock']) {
      const { link, lost } = open(address);
      expect(link.send([bytes('x')])).toBe(true);
      expect(lost).toEqual([]);
      await eventually('the loss', () => lost.length > 0);
      expect(link.send([bytes('y')])).toBe(false);
      expect(lost).toHaveLength(1);
    }
  });

  it('that was closed says nothing any more, and takes nothing', async () => {
    const far = await zmtpFar();
    const { link, lost, got } = open(far.address);
    link.send([bytes('hello')]);
    await eventually('hello', () => far.got.length === 1);
    link.close();
    link.close();
    expect(link.send([bytes('more')])).toBe(false);
    far.reply('late');
    await far.end();
    const other = await zmtpFar();
    const second = open(other.address);
    second.link.send([bytes('x')]);
    await eventually('a later one', () => other.got.length === 1);
    expect([got, lost]).toEqual([[], []]);
  });

  it('has sent what it took although the event loop is blocked from then on', async () => {
    const far = await zmtpFar();
    // Sends three messages in one turn, of which the first is answered, and blocks until its process is ended.
    const program = `
      import { openLinkOver } from ${JSON.stringify(join(import.meta.dirname, 'transport.ts'))};
      const link = openLinkOver(${JSON.stringify(transport)})(process.argv[1], {
        message: () => {
          for (const word of ['a', 'b', 'c']) link.send([new TextEncoder().encode(word)]);
          for (;;);
        },
        lost: () => undefined,
      });
      link.send([new TextEncoder().encode('ready')]);
    `;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program, far.address];
    const blocked = promisify(execFile)(process.execPath, args, { cwd: join(import.meta.dirname, '../../..') });
    const ended = blocked.catch(() => undefined);
    closing.push(async () => {
      blocked.child.kill('SIGKILL');
      await ended;
    });
    await eventually('it stands', () => far.got.length === 1, { withinMs: 20_000 });
    far.reply('go');
    await eventually('what it sent', () => far.got.length === 4);
    expect(far.got).toEqual([['ready'], ['a'], ['b'], ['c']]);
  });
});
