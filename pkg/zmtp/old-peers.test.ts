// Peers of earlier versions, by octets written by hand: ZMTP 2.0 as libzmq 3.2 speaks it, and ZMTP 3.0, which sends its
// subscriptions as messages.

import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { Dealer, type Peer, Pub, plainServer, Router, Sub, XPub } from './index.ts';
import { Opened } from './testing/opened.ts';
import { ascii, hex, opening, RawPeer } from './testing/raw-peer.ts';
import { texts } from './testing/texts.ts';

const SIGNATURE = 'ff 00 00 00 00 00 00 00 01 7f';
const LOOPBACK = 'tcp://127.0.0.1:*';
/** Signature and major version: what this end says before it knows to whom. */
const OWN_OPENING = hex('ff 00 00 00 00 00 00 00 00 7f 03');

const opened = new Opened();
afterEach(() => opened.close());

function raw(address: string): RawPeer {
  const peer = RawPeer.connect(address);
  opened.onClose(() => peer.destroy());
  return peer;
}

/** A server of raw peers, which are gone with it. */
async function listen(peers: RawPeer[]): Promise<{ readonly address: string }> {
  const server = opened.add(await RawPeer.listen((peer) => peers.push(peer)));
  opened.onClose(() => {
    for (const peer of peers) peer.destroy();
  });
  return server;
}

const received = (peer: RawPeer, ...parts: readonly Uint8Array[]): Promise<true> =>
  eventually('these octets', () => {
    expect(peer.received).toEqual(Buffer.concat(parts));
    return true;
  });

describe('a ZMTP 2.0 peer', () => {
  it('talks to a ROUTER as DEALER, under its identity, both ways', async () => {
    const got: string[][] = [];
    let peer: Peer | undefined;
    const router = opened.add(
      new Router({
        onConnected: (connected) => {
          peer = connected;
        },
        onMessages: (_peer, messages) => got.push(...texts(messages)),
      }),
    );
    const old = raw(await router.bind(LOOPBACK));
    // Signature, revision 1, DEALER, identity "old"; then "a", "bc" as one message, and a long one.
    old.write(hex(`${SIGNATURE} 01 05 00 03 6f 6c 64`), hex('01 01 61 00 02 62 63'), hex('02 0000000000000001 7a'));
    await eventually('the messages', () => got.length === 2);
    expect(got).toEqual([['a', 'bc'], ['z']]);
    expect(peer).toMatchObject({ version: '2.0', socketType: 'DEALER', identity: ascii('old'), userId: null });
    router.send(peer!, [ascii('x'), ascii('y')]);
    // ROUTER is 6; no identity; then the message in frames that 2.0 and 3 share.
    await received(old, OWN_OPENING, hex('06 00 00'), hex('01 01 78 00 01 79'));
  });

  it('is understood octet by octet', async () => {
    const got: string[][] = [];
    const router = opened.add(new Router({ onMessages: (_peer, messages) => got.push(...texts(messages)) }));
    const old = raw(await router.bind(LOOPBACK));
    old.socket.setNoDelay(true);
    for (const octet of hex(`${SIGNATURE} 01 03 00 00 01 00 00 02 68 69`)) {
      old.write(Uint8Array.of(octet));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('the message', () => got.length === 1);
    expect(got).toEqual([['', 'hi']]);
  });

  it('is dialled by a DEALER, which tells its identity', async () => {
    const peers: RawPeer[] = [];
    const server = await listen(peers);
    const connected: string[] = [];
    const dealer = opened.add(
      new Dealer({ onMessages: () => {}, onConnected: (peer) => connected.push(peer.socketType) }, { identity: 'me' }),
    );
    dealer.connect(server.address);
    await eventually('the opening', () => peers[0]?.received.length === 11);
    peers[0]!.write(hex(`${SIGNATURE} 01 06 00 00`));
    await eventually('the peer', () => connected.length === 1);
    dealer.send([ascii('hi')]);
    await received(peers[0]!, OWN_OPENING, hex('05 00 02 6d 65'), hex('00 02 68 69'));
    expect(connected).toEqual(['ROUTER']);
  });

  it('subscribes and cancels by messages, and gets what it asked for', async () => {
    const heard: string[][] = [];
    const xpub = opened.add(new XPub({ onMessages: (_peer, messages) => heard.push(...texts(messages)) }));
    const old = raw(await xpub.bind(LOOPBACK));
    old.write(hex(`${SIGNATURE} 01 02 00 00`), hex('00 02 01 61'));
    await eventually('the subscription', () => heard.length === 1);
    expect([xpub.publish([ascii('a1')]), xpub.publish([ascii('b1')])]).toEqual([1, 0]);
    // As PUB, 1: XPUB is no name on the wire of 2.0.
    await received(old, OWN_OPENING, hex('01 00 00'), hex('00 02 61 31'));
    old.write(hex('00 02 00 61'));
    await eventually('the cancel', () => heard.length === 2);
    expect(heard).toEqual([['\x01a'], ['\0a']]);
  });

  it('as publisher is asked by messages', async () => {
    const peers: RawPeer[] = [];
    const server = await listen(peers);
    const got: string[][] = [];
    const sub = opened.add(new Sub({ onMessages: (_peer, messages) => got.push(...texts(messages)) }));
    sub.subscribe('top');
    sub.connect(server.address);
    await eventually('the opening', () => peers[0]?.received.length === 11);
    peers[0]!.write(hex(`${SIGNATURE} 01 01 00 00`), hex('00 03 74 6f 70'));
    await eventually('the message', () => got.length === 1);
    sub.unsubscribe('top');
    await received(peers[0]!, OWN_OPENING, hex('02 00 00'), hex('00 04 01 74 6f 70'), hex('00 04 00 74 6f 70'));
    expect(got).toEqual([['top']]);
  });

  it('gets no way around a security mechanism', async () => {
    const refused: string[] = [];
    const router = opened.add(
      new Router(
        { onMessages: () => {}, onRefused: (error) => refused.push(error.code) },
        { security: plainServer(() => true) },
      ),
    );
    const old = raw(await router.bind(LOOPBACK));
    old.write(hex(`${SIGNATURE} 01 05 00 00 00 01 61`));
    await eventually('the refusal', () => refused.length === 1 && old.isClosed);
    expect(refused).toEqual(['MECHANISM_MISMATCH']);
  });

  it('of the wrong type is closed without a word', async () => {
    const refused: string[] = [];
    const router = opened.add(new Router({ onMessages: () => {}, onRefused: (error) => refused.push(error.code) }));
    const old = raw(await router.bind(LOOPBACK));
    old.write(hex(`${SIGNATURE} 01 02 00 00`));
    await eventually('the refusal', () => refused.length === 1 && old.isClosed);
    expect(refused).toEqual(['INCOMPATIBLE_SOCKET']);
  });
});

describe('a ZMTP 3.0 peer', () => {
  it('subscribes by messages', async () => {
    const pub = opened.add(new Pub());
    const old = raw(await pub.bind(LOOPBACK));
    old.write(opening('SUB', { minor: 0 }), hex('00 03 01 61 62'));
    await eventually('the subscription', () => pub.publish([ascii('abc')]) === 1);
    expect(pub.publish([ascii('b')])).toBe(0);
    old.write(hex('00 03 00 61 62'));
    await eventually('the cancel', () => pub.publish([ascii('abc')]) === 0);
  });

  it('as publisher is asked by messages, and never sent a PING', async () => {
    const peers: RawPeer[] = [];
    const server = await listen(peers);
    const versions: string[] = [];
    const sub = opened.add(
      new Sub(
        { onMessages: () => {}, onConnected: (peer) => versions.push(peer.version) },
        { heartbeat: { intervalMs: 1 } },
      ),
    );
    sub.subscribe('ab');
    sub.connect(server.address);
    await eventually('a connection', () => peers.length === 1);
    peers[0]!.write(opening('PUB', { minor: 0 }));
    const request = hex('00 03 01 61 62');
    await eventually('the request', () => peers[0]!.received.subarray(-request.length).equals(request));
    expect(versions).toEqual(['3.0']);
    // Twenty intervals later there is still nothing behind it.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(peers[0]!.received.includes('PING')).toBe(false);
  });
});

describe('a ZMTP 1.0 peer', () => {
  it.each([
    ['with a short identity', '01 00'],
    ['with a long identity', 'ff 00 00 00 00 00 00 00 04 00'],
    ['of revision 0', `${SIGNATURE} 00`],
  ])('%s is refused at once, and others stay', async (_what, octets) => {
    const refused: string[] = [];
    const got: string[][] = [];
    const router = opened.add(
      new Router({
        onMessages: (_peer, messages) => got.push(...texts(messages)),
        onRefused: (error) => refused.push(error.code),
      }),
    );
    const address = await router.bind(LOOPBACK);
    const good = raw(address);
    good.write(opening('DEALER'));
    await eventually('the good one', () => [...router.peers()].length === 1);
    const old = raw(address);
    old.write(hex(octets));
    await eventually('the refusal', () => refused.length === 1 && old.isClosed);
    expect(refused).toEqual(['UNSUPPORTED_VERSION']);
    good.write(hex('00 02 6f 6b'));
    await eventually('the good one is heard', () => got.length === 1);
  });
});
