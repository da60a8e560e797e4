// DEALER and its dialling: messages in turn, peers that are full or gone, connections that come again.

import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../internal/testing/eventually.ts';
import { Dealer, type DealerOptions, type Peer, Router } from '../index.ts';
import { Opened } from '../testing/opened.ts';
import { ascii, opening, RawPeer } from '../testing/raw-peer.ts';
import { texts } from '../testing/texts.ts';

const opened = new Opened();
afterEach(() => opened.close());

async function routerAt(address = 'tcp://127.0.0.1:*') {
  const got: string[][] = [];
  const peers: Peer[] = [];
  const socket = opened.add(
    new Router({
      onMessages: (_peer, messages) => got.push(...texts(messages)),
      onConnected: (peer) => peers.push(peer),
    }),
  );
  return { socket, got, peers, address: await socket.bind(address) };
}

function dealerTo(addresses: readonly string[], options: DealerOptions = {}) {
  const got: string[][] = [];
  const peers: Peer[] = [];
  const gone: string[] = [];
  const retries: { readonly code: string; readonly delayMs: number | null }[] = [];
  let drained = 0;
  const socket = opened.add(
    new Dealer(
      {
        onMessages: (_peer, messages) => got.push(...texts(messages)),
        onConnected: (peer) => peers.push(peer),
        onGone: (_peer, { code }) => gone.push(code),
        onRetry: (_address, { code }, delayMs) => retries.push({ code, delayMs }),
        onDrain: () => {
          drained += 1;
        },
      },
      { reconnect: { delayMs: 2, delayMsMax: 20 }, ...options },
    ),
  );
  for (const address of addresses) socket.connect(address);
  return { socket, got, peers, gone, retries, drained: () => drained };
}

describe('sending', () => {
  it('and flushing has it with the kernel in the same turn, again and again', async () => {
    const router = await routerAt();
    const dealer = dealerTo([router.address]);
    const peer = await eventually('the peer', () => dealer.peers[0]);
    for (let i = 0; i < 5; i += 1) {
      dealer.socket.send([ascii(`${i}`), new Uint8Array(5_000)]);
      expect(peer.queuedMessages).toBe(1);
      dealer.socket.flush(peer);
      expect(peer.queuedMessages).toBe(0);
    }
    await eventually('all', () => router.got.length === 5);
    expect(router.got.map(([first]) => first)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('without a peer says full, and tells when there is one', async () => {
    const router = await routerAt();
    const dealer = dealerTo([]);
    expect(dealer.socket.send([ascii('nobody')])).toBe('full');
    dealer.socket.connect(router.address);
    await eventually('drain', () => dealer.drained() === 1);
    expect(dealer.socket.send([ascii('somebody')])).toBe('accepted');
    await eventually('the message', () => router.got.length === 1);
    expect(router.got).toEqual([['somebody']]);
  });

  it('goes to the peers in turn', async () => {
    const routers = [await routerAt(), await routerAt(), await routerAt()];
    const dealer = dealerTo(routers.map(({ address }) => address));
    await eventually('all', () => dealer.peers.length === 3);
    for (let index = 0; index < 9; index += 1) dealer.socket.send([ascii(String(index))]);
    await eventually('all messages', () => routers.every(({ got }) => got.length === 3));
    const turns = routers.map(({ got }) => got.flat().map((text) => Number(text) % 3));
    expect(turns.map((turn) => new Set(turn).size)).toEqual([1, 1, 1]);
  });

  it('passes over a peer without room, and one that has left', async () => {
    const router = await routerAt();
    const slow: RawPeer[] = [];
    const server = opened.add(
      await RawPeer.listen((peer) => {
        slow.push(peer);
        peer.socket.pause();
        peer.write(opening('ROUTER'));
        opened.onClose(() => peer.destroy());
      }),
    );
    const dealer = dealerTo([router.address, server.address], {
      limits: { queueMessagesMax: 4, queueBytesMax: 4_000_000 },
    });
    await eventually('both', () => dealer.peers.length === 2);
    const body = new Uint8Array(1_000_000);
    const slowPeer = (): Peer => dealer.peers.find(({ address }) => address === server.address)!;
    let accepted = 0;
    await eventually('the slow one full', () => {
      if (dealer.socket.send([body]) === 'accepted') accepted += 1;
      return slowPeer().queuedMessages >= 3;
    });
    const before = router.got.length;
    let more = 0;
    await eventually('ten more', () => {
      if (dealer.socket.send([ascii('small')]) === 'accepted') more += 1;
      return more === 10;
    });
    await eventually('at the other', () => router.got.filter(([text]) => text === 'small').length >= 9);
    expect(before).toBeLessThanOrEqual(accepted);
    slow[0]!.destroy();
    await eventually('gone', () => dealer.gone.length >= 1);
    dealer.socket.disconnect(server.address);
    expect(dealer.socket.send([ascii('x')])).toBe('accepted');
  });
});

describe('a connection that is lost', () => {
  it('is made again, and traffic goes on', async () => {
    const first = await routerAt();
    const dealer = dealerTo([first.address]);
    await eventually('connected', () => dealer.peers.length === 1);
    await first.socket.close();
    await eventually('gone', () => dealer.gone.length === 1);
    expect(dealer.socket.send([ascii('x')])).toBe('full');
    await eventually(
      'refused a few times',
      () => dealer.retries.filter(({ code }) => code === 'CONNECT_FAILED').length > 2,
    );
    const second = await routerAt(first.address);
    await eventually('connected again', () => dealer.peers.length === 2);
    expect(dealer.drained()).toBeGreaterThan(0);
    expect(dealer.socket.send([ascii('back')])).toBe('accepted');
    await eventually('the message', () => second.got.length === 1);
    expect(dealer.peers[0]!.id).not.toBe(dealer.peers[1]!.id);
  });

  it('is waited for longer each time, up to the bound, and from the start after a success', async () => {
    const first = await routerAt();
    await first.socket.close();
    const dealer = dealerTo([first.address], { reconnect: { delayMs: 1, delayMsMax: 8 } });
    await eventually('attempts', () => dealer.retries.length >= 6);
    const delays = dealer.retries.map(({ delayMs }) => delayMs!);
    for (const [index, delay] of delays.entries()) {
      const bound = Math.min(8, 2 ** index);
      expect(delay).toBeGreaterThanOrEqual(bound / 2);
      expect(delay).toBeLessThanOrEqual(bound);
    }
    const second = await routerAt(first.address);
    await eventually('connected', () => dealer.peers.length === 1);
    const before = dealer.retries.length;
    await second.socket.close();
    await eventually('lost', () => dealer.retries.length > before);
    expect(dealer.retries[before]!.delayMs).toBeLessThanOrEqual(1);
  });

  it('to a peer that never answers is given up in time, and tried again', async () => {
    let connections = 0;
    const server = opened.add(
      await RawPeer.listen((peer) => {
        connections += 1;
        opened.onClose(() => peer.destroy());
      }),
    );
    const dealer = dealerTo([server.address], { limits: { handshakeMs: 10 } });
    await eventually('three attempts', () => connections >= 3);
    expect(new Set(dealer.retries.map(({ code }) => code))).toEqual(new Set(['HANDSHAKE_TIMEOUT']));
  });

  it('is made no more after disconnect', async () => {
    const router = await routerAt();
    const dealer = dealerTo([router.address]);
    await eventually('connected', () => dealer.peers.length === 1);
    dealer.socket.send([ascii('last words')]);
    dealer.socket.disconnect(router.address, 1_000);
    await eventually('gone', () => dealer.gone.length === 1);
    await eventually('the last words', () => router.got.length === 1);
    expect({ gone: dealer.gone, retries: dealer.retries }).toEqual({ gone: ['CLOSED'], retries: [] });
  });

  it('by our own drop is made again', async () => {
    const router = await routerAt();
    const dealer = dealerTo([router.address]);
    await eventually('connected', () => dealer.peers.length === 1);
    dealer.socket.drop(dealer.peers[0]!);
    await eventually('again', () => dealer.peers.length === 2);
  });
});
