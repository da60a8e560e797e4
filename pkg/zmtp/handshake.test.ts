// What a peer may get wrong before it is let in, by octets written by hand: each ends that connection with its code, and
// a good peer of the same socket stays.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { concat } from './bytes.ts';
import { decodeErrorReason, encodeCommand } from './commands.ts';
import { encodeGreeting } from './greeting.ts';
import { Dealer, type Peer, plainClient, plainServer, Router, type RouterOptions } from './index.ts';
import { decodeMetadata, encodeMetadata } from './metadata.ts';
import { Opened } from './testing/opened.ts';
import { ascii, hex, opening, RawPeer } from './testing/raw-peer.ts';

const opened = new Opened();
afterEach(() => opened.close());

let refused: string[] = [];
let gone: string[] = [];
let peers: Peer[] = [];
beforeEach(() => {
  refused = [];
  gone = [];
  peers = [];
});

async function router(options: RouterOptions = {}): Promise<{ socket: Router; address: string }> {
  const socket = opened.add(
    new Router(
      {
        onMessages: () => {},
        onConnected: (peer) => peers.push(peer),
        onGone: (_peer, error) => gone.push(error.code),
        onRefused: (error) => refused.push(error.code),
      },
      options,
    ),
  );
  return { socket, address: await socket.bind('tcp://127.0.0.1:*') };
}

function raw(address: string): RawPeer {
  const peer = RawPeer.connect(address);
  opened.onClose(() => peer.destroy());
  return peer;
}

const greeting = encodeGreeting('NULL', false);
const ready = (properties: [string, Uint8Array][]): Uint8Array => encodeCommand('READY', encodeMetadata(properties));
const DEALER: [string, Uint8Array] = ['Socket-Type', ascii('DEALER')];

describe('a handshake', () => {
  it('goes through at every cut of what the peer sends', async () => {
    const { address } = await router();
    const bytes = opening('DEALER', { identity: 'a' });
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const peer = raw(address);
      peer.socket.setNoDelay(true);
      peer.write(bytes.subarray(0, cut));
      await eventually('the first half', () => peer.received.length >= 11 || cut < 11);
      peer.write(bytes.subarray(cut));
      await eventually('the peer', () => peers.length === cut);
      peer.destroy();
      await eventually('its end', () => gone.length === cut);
    }
    expect(refused).toEqual([]);
  });

  it('tells what the peer said of itself: properties by name in lower case, type, identity and address', async () => {
    const { address } = await router();
    raw(address).write(greeting, ready([DEALER, ['IDENTITY', ascii('me')], ['X-Colour', ascii('red')]]));
    await eventually('the peer', () => peers.length === 1);
    const [peer] = peers;
    expect(peer).toMatchObject({ socketType: 'DEALER', identity: ascii('me'), routingId: ascii('me'), version: '3.1' });
    expect(Buffer.from(peer!.metadata.get('x-colour')!).toString()).toBe('red');
    expect(peer!.address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
  });

  it('carries properties of both ends', async () => {
    const { address } = await router({ properties: { 'X-Name': 'the router' } });
    let heard = '';
    const dealer = opened.add(
      new Dealer(
        {
          onMessages: () => {},
          onConnected: (peer) => {
            heard = Buffer.from(peer.metadata.get('x-name') ?? '').toString();
          },
        },
        { properties: { 'X-Name': Uint8Array.of(0, 255) } },
      ),
    );
    dealer.connect(address);
    await eventually('both', () => heard !== '' && peers.length === 1);
    expect(heard).toBe('the router');
    expect([...peers[0]!.metadata.get('x-name')!]).toEqual([0, 255]);
  });
});

describe('what breaks a handshake', () => {
  it.each([
    ['rubbish', ascii('GET / HTTP/1.1\r\n\r\n'), 'UNSUPPORTED_VERSION'],
    ['another mechanism', encodeGreeting('CURVE', false), 'MECHANISM_MISMATCH'],
    ['a message instead of READY', concat([greeting, hex('00 01 61')]), 'BAD_HANDSHAKE'],
    ['another command than READY', concat([greeting, encodeCommand('HELLO')]), 'BAD_HANDSHAKE'],
    ['a command without a name', concat([greeting, hex('04 00')]), 'BAD_COMMAND'],
    ['a command with a cut name', concat([greeting, hex('04 02 05 52')]), 'BAD_COMMAND'],
    ['a property without a name', concat([greeting, encodeCommand('READY', hex('00 00000000'))]), 'BAD_HANDSHAKE'],
    ['a cut property', concat([greeting, encodeCommand('READY', hex('01 61 00000009 62'))]), 'BAD_HANDSHAKE'],
    ['a property of 4 GiB', concat([greeting, encodeCommand('READY', hex('01 61 ffffffff'))]), 'BAD_HANDSHAKE'],
    ['no socket type', concat([greeting, ready([])]), 'INCOMPATIBLE_SOCKET'],
    ['an illegal socket type', opening('SUB'), 'INCOMPATIBLE_SOCKET'],
    [
      'a long identity',
      concat([greeting, ready([DEALER, ['Identity', new Uint8Array(256).fill(65)]])]),
      'BAD_HANDSHAKE',
    ],
    ['a reserved identity', concat([greeting, ready([DEALER, ['Identity', hex('00 61')]])]), 'BAD_HANDSHAKE'],
    ['properties beyond the limit', concat([greeting, hex('06 0000000000002100')]), 'COMMAND_TOO_LONG'],
    ['an ERROR', concat([greeting, encodeCommand('ERROR', hex('02 6e 6f'))]), 'REFUSED_BY_PEER'],
    ['a reserved flag', concat([greeting, hex('40 00')]), 'BAD_FRAME'],
  ])('%s: that connection ends with its code, a good one stays', async (_what, bytes, code) => {
    const { address } = await router();
    const good = raw(address);
    good.write(opening('DEALER'));
    await eventually('the good one', () => peers.length === 1);
    const bad = raw(address);
    bad.write(bytes);
    await eventually('the end', () => refused.length === 1 && bad.isClosed);
    expect({ refused, gone, good: good.isClosed }).toEqual({ refused: [code], gone: [], good: false });
  });

  it('is told to the peer, where it cannot help itself', async () => {
    const { address } = await router();
    const bad = raw(address);
    bad.write(opening('SUB'));
    await eventually('the end', () => bad.isClosed);
    const at = bad.received.indexOf('\x05ERROR', 0, 'latin1');
    expect(decodeErrorReason(bad.received.subarray(at + 6))).toBe('Invalid socket type');
  });

  it('is silence: the connection ends in time', async () => {
    const { address } = await router({ limits: { handshakeMs: 20 } });
    const silent = raw(address);
    const slow = raw(address);
    slow.write(opening('DEALER').subarray(0, 70));
    await eventually('the end', () => refused.length === 2 && silent.isClosed && slow.isClosed);
    expect(refused).toEqual(['HANDSHAKE_TIMEOUT', 'HANDSHAKE_TIMEOUT']);
  });

  it('is one connection too many: it is closed, and there is room again when another leaves', async () => {
    const { address } = await router({ limits: { connectionsMax: 2 } });
    const [first] = [raw(address), raw(address)];
    await eventually('both accepted', () => first!.received.length === 11);
    const third = raw(address);
    await eventually('the end', () => third.isClosed && refused.length === 1);
    expect(refused).toEqual(['TOO_MANY_CONNECTIONS']);
    first!.destroy();
    await eventually('room', () => refused.length === 2);
    raw(address).write(opening('DEALER'));
    await eventually('the peer', () => peers.length === 1);
  });
});

describe('PLAIN', () => {
  const hello = (user: string, password: string): Uint8Array =>
    encodeCommand(
      'HELLO',
      concat([Uint8Array.of(user.length), ascii(user), Uint8Array.of(password.length), ascii(password)]),
    );
  const plain = encodeGreeting('PLAIN', false);

  it('vouches for the user name, and may take its time to do so', async () => {
    let answer: (good: boolean) => void = () => {};
    const asked: string[] = [];
    const { address } = await router({
      security: plainServer(({ username, password }, from) => {
        asked.push(username, password, from.slice(0, 16));
        return new Promise((resolve) => {
          answer = resolve;
        });
      }),
    });
    const dealer = opened.add(
      new Dealer({ onMessages: () => {} }, { security: plainClient({ username: 'zoë', password: 'päss' }) }),
    );
    dealer.connect(address);
    await eventually('the question', () => asked.length === 3);
    expect({ asked, peers }).toEqual({ asked: ['zoë', 'päss', 'tcp://127.0.0.1:'], peers: [] });
    answer(true);
    await eventually('the peer', () => peers.length === 1);
    expect(peers[0]!.userId).toBe('zoë');
  });

  it.each([
    ['no', () => false],
    [
      'a throw',
      () => {
        throw new Error('the database is away');
      },
    ],
    ['a rejection', () => Promise.reject(new Error('the database is away'))],
  ])('answers %s with ERROR, and the peer does not come back', async (_what, authenticate) => {
    const { address } = await router({ security: plainServer(authenticate) });
    const retries: unknown[] = [];
    const dealer = opened.add(
      new Dealer(
        { onMessages: () => {}, onRetry: (_address, error, delayMs) => retries.push(error.code, delayMs) },
        { security: plainClient({ username: 'u', password: 'p' }) },
      ),
    );
    dealer.connect(address);
    await eventually('the refusal', () => refused.length === 1 && retries.length === 2);
    expect({ refused, retries }).toEqual({ refused: ['AUTHENTICATION_FAILED'], retries: ['REFUSED_BY_PEER', null] });
  });

  it.each([
    ['INITIATE without HELLO', [encodeCommand('INITIATE')]],
    ['a HELLO that is cut', [encodeCommand('HELLO', hex('05 61'))]],
    ['a HELLO with more behind it', [encodeCommand('HELLO', hex('01 61 01 62 63'))]],
    ['an empty HELLO', [encodeCommand('HELLO')]],
    ['READY instead of HELLO', [ready([DEALER])]],
    ['INITIATE while HELLO is being judged', [hello('u', 'p'), encodeCommand('INITIATE')]],
  ])('refuses %s', async (_what, commands) => {
    const { address } = await router({ security: plainServer(() => true) });
    const peer = raw(address);
    peer.write(plain, ...commands);
    await eventually('the end', () => peer.isClosed && refused.length === 1);
    expect(refused).toEqual(['BAD_HANDSHAKE']);
  });

  it('lets nobody in who left while being judged', async () => {
    let answer: (good: boolean) => void = () => {};
    let asked = false;
    const { address } = await router({
      security: plainServer(() => {
        asked = true;
        return new Promise((resolve) => {
          answer = resolve;
        });
      }),
    });
    const peer = raw(address);
    peer.write(plain, hello('u', 'p'));
    await eventually('the question', () => asked);
    peer.destroy();
    await eventually('the end', () => refused.length === 1);
    answer(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(peers).toEqual([]);
  });

  it('takes no credential that does not fit', () => {
    expect(() => plainClient({ username: 'é'.repeat(128), password: '' })).toThrow(RangeError);
  });
});

describe('metadata', () => {
  it('of a name given twice keeps the first, whatever its case', () => {
    const block = encodeMetadata([
      ['A', ascii('1')],
      ['a', ascii('2')],
    ]);
    expect([...decodeMetadata(block)].map(([name, value]) => [name, Buffer.from(value).toString()])).toEqual([
      ['a', '1'],
    ]);
  });

  it('is not encoded under a name that no peer would take', () => {
    expect(() => encodeMetadata([['no spaces', ascii('')]])).toThrow(RangeError);
  });
});
