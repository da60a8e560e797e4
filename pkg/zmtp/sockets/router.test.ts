// ROUTER between our own ends and raw peers: routing ids, backpressure both ways, and what is told when a peer goes.

import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../internal/testing/eventually.ts';
import { Dealer, type DealerOptions, type Peer, Router, type RouterOptions } from '../index.ts';
import { Opened } from '../testing/opened.ts';
import { ascii, hex, opening, RawPeer } from '../testing/raw-peer.ts';
import { texts } from '../testing/texts.ts';

const opened = new Opened();
afterEach(() => opened.close());

class Watched {
  readonly got: string[][] = [];
  readonly batches: number[] = [];
  readonly peers: Peer[] = [];
  readonly gone: { readonly code: string; readonly unsent: number }[] = [];
  readonly refused: string[] = [];
  drained = 0;
  turnEnds = 0;
  readonly socket: Router;
  address = '';

  constructor(options: RouterOptions = {}) {
    this.socket = opened.add(
      new Router(
        {
          onMessages: (_peer, messages) => {
            this.batches.push(messages.length);
            this.got.push(...texts(messages));
          },
          onConnected: (peer) => this.peers.push(peer),
          onGone: (_peer, { code }, unsent) => this.gone.push({ code, unsent }),
          onRefused: ({ code }) => this.refused.push(code),
          onDrain: () => {
            this.drained += 1;
          },
          onTurnEnd: () => {
            this.turnEnds += 1;
          },
        },
        options,
      ),
    );
  }

  static async bound(options: RouterOptions = {}): Promise<Watched> {
    const watched = new Watched(options);
    watched.address = await watched.socket.bind('tcp://127.0.0.1:*');
    return watched;
  }

  raw(identity = ''): RawPeer {
    const peer = RawPeer.connect(this.address);
    opened.onClose(() => peer.destroy());
    peer.write(opening('DEALER', { identity }));
    return peer;
  }

  dealer(options: DealerOptions = {}): { socket: Dealer; got: string[][] } {
    const got: string[][] = [];
    const socket = opened.add(new Dealer({ onMessages: (_peer, messages) => got.push(...texts(messages)) }, options));
    socket.connect(this.address);
    return { socket, got };
  }

  async known(count: number): Promise<readonly Peer[]> {
    await eventually(`${count} peers`, () => this.peers.length === count);
    return this.peers;
  }
}

describe('routing ids', () => {
  it('are the identities of the peers, and made up for those without one', async () => {
    const router = await Watched.bound();
    router.dealer({ identity: 'named' });
    router.dealer();
    router.dealer();
    const peers = await router.known(3);
    const ids = peers.map(({ routingId }) => Buffer.from(routingId).toString('latin1'));
    expect(new Set(ids).size).toBe(3);
    expect(ids).toContain('named');
    for (const id of ids.filter((one) => one !== 'named')) expect([id.length, id.charCodeAt(0)]).toEqual([5, 0]);
    for (const peer of peers) expect(router.socket.peer(peer.routingId)).toBe(peer);
    expect([...router.socket.peers()]).toHaveLength(3);
  });

  it('in use are refused to a newcomer, until the first has left', async () => {
    const router = await Watched.bound();
    const first = router.raw('same');
    const [peer] = await router.known(1);
    const second = router.raw('same');
    await eventually('the refusal', () => router.refused.length === 1 && second.isClosed);
    expect(router.refused).toEqual(['IDENTITY_IN_USE']);
    expect(router.socket.send(peer!, [ascii('still you')])).toBe('accepted');
    await eventually('the message', () => first.received.includes('still you'));
    // No ERROR: the peer may come again.
    expect(second.received.includes('ERROR')).toBe(false);
    first.destroy();
    await eventually('the first gone', () => router.gone.length === 1);
    router.raw('same');
    await router.known(2);
  });

  it('in use are handed over to a newcomer, if so wished', async () => {
    const router = await Watched.bound({ identityInUse: 'handover' });
    const first = router.raw('same');
    await router.known(1);
    const second = router.raw('same');
    const [before, after] = await router.known(2);
    await eventually('the first closed', () => first.isClosed);
    expect(router.gone).toEqual([{ code: 'IDENTITY_TAKEN', unsent: 0 }]);
    expect(router.socket.peer(ascii('same'))).toBe(after);
    expect(router.socket.send(before!, [ascii('x')])).toBe('gone');
    expect(router.socket.send(after!, [ascii('yours now')])).toBe('accepted');
    await eventually('the message', () => second.received.includes('yours now'));
  });
});

describe('messages', () => {
  it('of one read come in one call, in order', async () => {
    const router = await Watched.bound();
    const peer = router.raw();
    await router.known(1);
    peer.write(...Array.from({ length: 500 }, (_, index) => Uint8Array.of(0, 1, index % 256)));
    await eventually('all', () => router.got.length === 500);
    expect(router.batches.length).toBeLessThan(10);
    expect(router.got.map(([text]) => text!.charCodeAt(0))).toEqual(
      Array.from({ length: 500 }, (_, index) => index % 256),
    );
    expect(router.turnEnds).toBeGreaterThan(0);
    expect(router.turnEnds).toBeLessThanOrEqual(router.batches.length);
  });

  it('that are sent in one turn leave in one write, in order', async () => {
    const router = await Watched.bound();
    const peer = router.raw();
    const [known] = await router.known(1);
    await eventually('its handshake', () => peer.received.includes('READY'));
    const before = peer.received.length;
    let reads = 0;
    peer.socket.on('data', () => {
      reads += 1;
    });
    for (let index = 0; index < 300; index += 1) router.socket.send(known!, [Uint8Array.of(index % 256)]);
    await eventually('all', () => peer.received.length === before + 900);
    expect(reads).toBe(1);
    const bodies = peer.received.subarray(before).filter((_octet, at) => at % 3 === 2);
    expect([...bodies]).toEqual(Array.from({ length: 300 }, (_, index) => index % 256));
  });

  it('without a frame are a mistake of the program', async () => {
    const router = await Watched.bound();
    router.raw();
    const [peer] = await router.known(1);
    expect(() => router.socket.send(peer!, [])).toThrow(RangeError);
  });

  it('of a context that the program hung on the peer come with it', async () => {
    const seen: unknown[] = [];
    const router = opened.add(
      new Router({
        onConnected: (peer) => {
          peer.context = { name: 'mine' };
        },
        onMessages: (peer) => seen.push(peer.context),
      }),
    );
    const peer = RawPeer.connect(await router.bind('tcp://127.0.0.1:*'));
    opened.onClose(() => peer.destroy());
    peer.write(opening('DEALER'), hex('00 01 61'));
    await eventually('the message', () => seen.length === 1);
    expect(seen).toEqual([{ name: 'mine' }]);
  });
});

describe('a peer that does not read', () => {
  it.each([
    ['messages', { queueMessagesMax: 100, queueBytesMax: 1_000_000 }, 1_000],
    ['bytes', { queueMessagesMax: 10_000, queueBytesMax: 1_000_000 }, 10_000],
    ['bytes of long frames', { queueMessagesMax: 10_000, queueBytesMax: 10_000_000 }, 1_000_000],
  ])(
    'is full at its bound of %s, grows no further, holds up nobody, and takes all when it reads again',
    async (_what, limits, size) => {
      const router = await Watched.bound({ limits });
      const idle = router.raw('idle');
      await eventually('its handshake', () => idle.received.includes('READY'));
      const handshake = idle.received.length;
      const slow = router.raw('slow');
      slow.socket.pause();
      const [, peer] = await router.known(2);
      const other = router.dealer({ identity: 'other' });
      await router.known(3);

      const body = new Uint8Array(size).fill(1);
      let accepted = 0;
      // The kernel takes some megabytes before the queue begins to fill.
      await eventually(
        'full',
        () => {
          while (router.socket.send(peer!, [body]) === 'accepted') accepted += 1;
          return peer!.queuedMessages > 1 && router.drained === 0;
        },
        { everyMs: 20 },
      );
      const { queuedMessages, queuedBytes } = peer!;
      expect(queuedMessages).toBeLessThanOrEqual(limits.queueMessagesMax);
      expect(queuedBytes).toBeLessThanOrEqual(limits.queueBytesMax);
      for (let tries = 0; tries < 1_000; tries += 1) expect(router.socket.send(peer!, [body])).toBe('full');
      expect(peer).toMatchObject({ queuedMessages, queuedBytes });

      expect(router.socket.send(router.socket.peer(ascii('other'))!, [ascii('not held up')])).toBe('accepted');
      await eventually('the other', () => other.got.length === 1);

      slow.socket.resume();
      await eventually('drain', () => router.drained > 0);
      expect(router.socket.send(peer!, [ascii('again')])).toBe('accepted');
      const total = handshake + accepted * (size + 9) + 7;
      await eventually('every byte', () => slow.received.length === total && peer!.queuedBytes === 0);
      expect(slow.received.subarray(-5).toString()).toBe('again');
    },
  );

  it('takes one message larger than its bound of bytes, if nothing waits', async () => {
    const router = await Watched.bound({ limits: { queueBytesMax: 100 } });
    const peer = router.raw();
    const [known] = await router.known(1);
    expect(router.socket.send(known!, [new Uint8Array(5_000)])).toBe('accepted');
    expect(router.socket.send(known!, [new Uint8Array(1)])).toBe('full');
    await eventually('drain', () => router.drained === 1 && peer.received.length > 5_000);
  });

  it('and goes is told with the number of messages that were not sent', async () => {
    const router = await Watched.bound();
    const slow = router.raw();
    slow.socket.pause();
    const [peer] = await router.known(1);
    await eventually('waiting messages', () => {
      for (let index = 0; index < 10; index += 1) router.socket.send(peer!, [new Uint8Array(100_000)]);
      return peer!.queuedMessages > 20;
    });
    const waiting = peer!.queuedMessages;
    router.socket.drop(peer!);
    expect(router.gone).toEqual([{ code: 'CLOSED', unsent: waiting }]);
    expect(router.socket.send(peer!, [ascii('x')])).toBe('gone');
  });
});

describe('a peer that is paused', () => {
  it('is not read from, without loss, while others are', async () => {
    const router = await Watched.bound();
    const peer = router.raw('paused');
    const [known] = await router.known(1);
    router.socket.pause(known!);
    expect(known!.isPaused).toBe(true);
    const body = new Uint8Array(1_000).fill(65);
    const message = Buffer.concat([hex('02 00000000000003e8'), body]);
    let written = 0;
    // Until the kernels hold no more: its writes wait.
    await eventually('the peer waits', () => {
      for (let index = 0; index < 1_000; index += 1) peer.socket.write(message);
      written += 1_000;
      return peer.socket.writableLength > 5_000_000;
    });
    const heard = router.got.length;
    expect(heard).toBeLessThan(200);
    const other = router.dealer({ identity: 'other' });
    await eventually('the other', () => other.socket.send([ascii('hello')]) === 'accepted');
    await eventually('the other is heard', () => router.got.some(([text]) => text === 'hello'));
    expect(router.got.length).toBe(heard + 1);
    router.socket.resume(known!);
    await eventually('everything', () => router.got.length === written + 1);
  });
});

describe('the end', () => {
  it('sends what was accepted within the linger, then closes, and resolves when all are gone', async () => {
    const router = await Watched.bound();
    const peer = router.raw();
    const [known] = await router.known(1);
    await eventually('its handshake', () => peer.received.includes('READY'));
    const before = peer.received.length;
    for (let index = 0; index < 1_000; index += 1) router.socket.send(known!, [new Uint8Array(9_991)]);
    await router.socket.close(5_000);
    expect(router.gone).toEqual([{ code: 'CLOSED', unsent: 0 }]);
    await eventually('every byte', () => peer.received.length === before + 10_000_000 && peer.isEnded);
  });

  it('does not wait longer than the linger for a peer that does not read', async () => {
    const router = await Watched.bound();
    const slow = router.raw();
    slow.socket.pause();
    const [known] = await router.known(1);
    await eventually('waiting messages', () => {
      router.socket.send(known!, [new Uint8Array(1_000_000)]);
      return known!.queuedMessages > 3;
    });
    await router.socket.close(30);
    expect(router.gone[0]?.code).toBe('CLOSED');
    expect(router.gone[0]?.unsent).toBeGreaterThan(0);
  });

  it('of a peer is told once, and its socket can be bound again', async () => {
    const router = await Watched.bound();
    const peer = router.raw();
    await router.known(1);
    peer.socket.end();
    await eventually('gone', () => router.gone.length === 1);
    expect(router.gone).toEqual([{ code: 'CLOSED_BY_PEER', unsent: 0 }]);
    await router.socket.close();
    await expect(router.socket.bind('tcp://127.0.0.1:*')).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => router.socket.connect(router.address)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    const next = new Watched();
    expect(await next.socket.bind(router.address)).toBe(router.address);
  });

  it('by a reset is a lost connection', async () => {
    const router = await Watched.bound();
    const peer = router.raw();
    await router.known(1);
    peer.socket.resetAndDestroy();
    await eventually('gone', () => router.gone.length === 1);
    expect(router.gone[0]?.code).toBe('CONNECTION_LOST');
  });
});
