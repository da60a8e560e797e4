// PUB, XPUB and SUB between our own ends and raw peers: counted subscriptions, their limits, and subscribers that are
// slow.

import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../internal/testing/eventually.ts';
import { encodeCancel, encodeSubscribe } from '../commands.ts';
import { type Peer, Pub, type PubOptions, Sub, XPub, type XPubOptions } from '../index.ts';
import { Opened } from '../testing/opened.ts';
import { ascii, hex, opening, RawPeer } from '../testing/raw-peer.ts';
import { longText, texts } from '../testing/texts.ts';

const opened = new Opened();
afterEach(() => opened.close());

async function bound(options: XPubOptions = {}) {
  const heard: string[][] = [];
  const gone: string[] = [];
  const full: Peer[] = [];
  const drained: Peer[] = [];
  const socket = opened.add(
    new XPub(
      {
        onMessages: (_peer, messages) => heard.push(...texts(messages)),
        onGone: (_peer, { code }) => gone.push(code),
        onFull: (peer) => full.push(peer),
        onDrain: (peer) => drained.push(peer),
      },
      options,
    ),
  );
  const address = await socket.bind('tcp://127.0.0.1:*');
  const raw = (type = 'SUB'): RawPeer => {
    const peer = RawPeer.connect(address);
    opened.onClose(() => peer.destroy());
    peer.write(opening(type));
    return peer;
  };
  return { socket, address, heard, gone, full, drained, raw };
}

function subscriber(address: string, ...prefixes: readonly string[]) {
  const got: string[][] = [];
  const socket = opened.add(new Sub({ onMessages: (_peer, messages) => got.push(...texts(messages)) }));
  for (const prefix of prefixes) socket.subscribe(prefix);
  socket.connect(address);
  return { socket, got };
}

describe('subscriptions', () => {
  it('reach the program as messages, the first of a prefix and the last cancel', async () => {
    const { address, heard } = await bound();
    const one = subscriber(address, 'a', 'b');
    await eventually('the first', () => heard.length === 2);
    const two = subscriber(address, 'a', 'c');
    await eventually('the new one', () => heard.length === 3);
    one.socket.unsubscribe('b');
    await eventually('the cancel', () => heard.length === 4);
    await one.socket.close();
    await two.socket.close();
    await eventually('all cancelled', () => heard.length === 6);
    expect(heard.slice(0, 4)).toEqual([['\x01a'], ['\x01b'], ['\x01c'], ['\0b']]);
    expect(heard.slice(4).flat().sort()).toEqual(['\0a', '\0c']);
  });

  it('are all told, if so wished', async () => {
    const { heard, raw } = await bound({ isVerbose: true });
    const subscribe = encodeSubscribe(ascii('a'));
    raw().write(subscribe, subscribe, encodeCancel(ascii('a')));
    raw().write(subscribe);
    await eventually('all four', () => heard.length === 4);
    expect(heard.flat().sort()).toEqual(['\0a', '\x01a', '\x01a', '\x01a']);
  });

  it('add up: of two that are alike, both are to be cancelled', async () => {
    const { socket, raw, heard } = await bound();
    const peer = raw();
    const [subscribe, cancel] = [encodeSubscribe(ascii('a')), encodeCancel(ascii('a'))];
    peer.write(subscribe, subscribe, cancel, encodeSubscribe(ascii('marker')));
    await eventually('all read', () => heard.length === 2);
    expect(socket.publish([ascii('abc')])).toBe(1);
    peer.write(cancel, cancel, cancel);
    await eventually('the last cancel', () => heard.length === 3);
    expect(socket.publish([ascii('abc')])).toBe(0);
    expect(heard).toEqual([['\x01a'], ['\x01marker'], ['\0a']]);
  });

  it('of our SUB are counted there, and asked for once, of each publisher and again after a reconnect', async () => {
    const { socket, address, heard, gone } = await bound();
    const sub = opened.add(new Sub({ onMessages: () => {} }, { reconnect: { delayMs: 1 } }));
    sub.subscribe('a');
    sub.subscribe('a');
    sub.connect(address);
    await eventually('the subscription', () => heard.length === 1);
    sub.unsubscribe('a');
    sub.subscribe('b');
    await eventually('the next', () => heard.length === 2);
    expect(socket.publish([ascii('a')])).toBe(1);
    sub.unsubscribe('a');
    sub.unsubscribe('never asked for');
    await eventually('the cancel', () => heard.length === 3);
    expect(heard).toEqual([['\x01a'], ['\x01b'], ['\0a']]);
    await socket.close();
    expect(gone).toEqual(['CLOSED']);
    const again = await bound();
    sub.connect(again.address);
    await eventually('asked again', () => again.heard.length === 1);
    expect(again.heard).toEqual([['\x01b']]);
  });

  it.each([
    [
      'one too long, as a command',
      { subscriptionBytesMax: 3 },
      encodeSubscribe(ascii('abcd')),
      'SUBSCRIPTION_TOO_LONG',
    ],
    ['one too long, as a message', { subscriptionBytesMax: 3 }, hex('00 05 01 61 62 63 64'), 'SUBSCRIPTION_TOO_LONG'],
    ['one too many', { subscriptionsMax: 1 }, encodeSubscribe(ascii('b')), 'TOO_MANY_SUBSCRIPTIONS'],
    ['one too many that is alike', { subscriptionsMax: 1 }, encodeSubscribe(ascii('a')), 'TOO_MANY_SUBSCRIPTIONS'],
    ['one far beyond any command', {}, hex('06 0000000000100000'), 'COMMAND_TOO_LONG'],
  ])('beyond a limit end the connection: %s', async (_what, limits, bytes, code) => {
    const { raw, heard, gone } = await bound({ limits });
    const peer = raw();
    peer.write(encodeSubscribe(ascii('a')), bytes);
    await eventually('the end', () => gone.length === 1 && peer.isClosed);
    expect(gone).toEqual([code]);
    expect(heard).toEqual([['\x01a'], ['\0a']]);
  });
});

describe('a message', () => {
  it('comes once to each subscriber with a matching prefix, and to no other', async () => {
    const { socket, address, heard } = await bound();
    const all = subscriber(address, '');
    const both = subscriber(address, 'a', 'ab');
    const other = subscriber(address, 'x');
    await eventually('all subscriptions', () => heard.length === 4);
    expect(socket.publish([ascii('abc'), ascii('body')])).toBe(2);
    expect(socket.publish([ascii('')])).toBe(1);
    expect(socket.publish([ascii('x')])).toBe(2);
    await eventually('all', () => all.got.length === 3 && both.got.length === 1 && other.got.length === 1);
    expect(all.got).toEqual([['abc', 'body'], [''], ['x']]);
    expect([both.got, other.got]).toEqual([[['abc', 'body']], [['x']]]);
  });

  it('of any size and any number of parts arrives as it was, for subscribers with different matches, in order', async () => {
    const { socket, address, heard } = await bound();
    const all = subscriber(address, '');
    const odd = subscriber(address, 'odd');
    await eventually('both', () => heard.length === 2);
    const messages = Array.from({ length: 600 }, (_, index) => [
      index % 2 === 1 ? 'odd' : 'even',
      longText([3, 300, 5_000, 70_000][index % 4]!),
      String(index),
    ]);
    for (const message of messages) expect(socket.publish(message.map(ascii))).toBe(message[0] === 'odd' ? 2 : 1);
    await eventually('all', () => all.got.length === 600 && odd.got.length === 300);
    expect(all.got).toEqual(messages);
    expect(odd.got).toEqual(messages.filter(([topic]) => topic === 'odd'));
  });

  it('for a subscriber without room is dropped for that one, which is told, and goes on when there is room', async () => {
    const { socket, address, heard, raw, full, drained } = await bound({ limits: { queueMessagesMax: 50 } });
    const slow = raw();
    slow.socket.pause();
    slow.write(encodeSubscribe(ascii('')));
    const fast = subscriber(address, '');
    await eventually('both', () => heard.length === 1 && socket.publish([ascii('first')]) === 2);
    let published = 1;
    const body = ascii(longText(100_000));
    await eventually('the slow one full', () => {
      for (let index = 0; index < 10; index += 1) socket.publish([ascii('next'), body]);
      published += 10;
      return socket.dropped > 100;
    });
    expect(full).toHaveLength(1);
    expect(full[0]!.queuedMessages).toBeLessThanOrEqual(50);
    await eventually('the fast one has all', () => fast.got.length === published);
    slow.socket.resume();
    await eventually('drain', () => drained.length === 1);
    expect(drained).toEqual(full);
    expect(socket.publish([ascii('last')])).toBe(2);
    await eventually('the last', () => slow.received.subarray(-4).toString() === 'last');
  });

  it('that a subscriber sends is heard by XPUB, and passed over by PUB', async () => {
    const { raw, heard } = await bound();
    raw('XSUB').write(hex('00 02 68 69'), hex('01 01 01 00 01 61'));
    await eventually('both', () => heard.length === 2);
    expect(heard).toEqual([['hi'], ['\x01', 'a']]);

    const options: PubOptions = {};
    const gone: string[] = [];
    const pub = opened.add(new Pub({ onGone: (_peer, { code }) => gone.push(code) }, options));
    const peer = RawPeer.connect(await pub.bind('tcp://127.0.0.1:*'));
    opened.onClose(() => peer.destroy());
    peer.write(opening('XSUB'), hex('00 02 68 69'), encodeSubscribe(ascii('a')));
    await eventually('the subscription', () => pub.publish([ascii('a')]) === 1);
    expect(gone).toEqual([]);
  });

  it('without a frame is a mistake of the program', () => {
    expect(() => opened.add(new Pub()).publish([])).toThrow(RangeError);
  });
});

describe('a run of one topic', () => {
  it('reaches those who asked for it, and a peer without room misses all of it, each counted', async () => {
    const { socket, address, heard } = await bound({ limits: { queueMessagesMax: 5 } });
    const { got } = subscriber(address, 'a');
    await eventually('the subscription', () => heard.length === 1);
    const run = Array.from({ length: 8 }, (_, index) => [ascii('a'), ascii(`${index}`)]);
    socket.publishAll(run);
    socket.publishAll(run);
    socket.publishAll([[ascii('b'), ascii('for nobody')]]);
    socket.publishAll([]);
    expect(socket.dropped).toBe(8);
    await eventually('the first run', () => got.length === 8);
    expect(got).toEqual(run.map(([, body]) => ['a', Buffer.from(body as Uint8Array).toString()]));
  });
});
