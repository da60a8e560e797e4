// The fuzz: peers of no good against live sockets, bound ones and dialled ones. What it promises to find: a throw that
// nobody catches, a connection that does not end, and a good peer, there all the time or come anew, that is not served.

import { connect, createServer, type Socket } from 'node:net';
import { latin1Of } from '../bytes.ts';
import { encodePing, encodeSubscribe } from '../commands.ts';
import { Dealer, type Peer, plainServer, Router, Sub, XPub, type ZmtpError, type ZmtpSocket } from '../index.ts';
import { type FuzzCase, fuzzCase } from './fuzz-case.ts';
import { ascii, opening } from './raw-peer.ts';
import { Seeded } from './seeded.ts';

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** A path that is free, to which names are added. */
  readonly path: string;
  readonly progress?: (done: number) => void;
}

export interface FuzzReport {
  readonly cases: number;
  readonly seed: number;
  /** How connections ended, by code. */
  readonly ends: Readonly<Record<string, number>>;
  /** Handshakes that went through, and messages that were heard. */
  readonly connected: number;
  readonly messages: number;
  /** The longest that a case took. */
  readonly longestMs: number;
}

const AT_ONCE = 16;
/** Longer than the topics of the cases, so that only good peers ask for it. */
const GOOD_TOPIC = ascii('a good topic');
/** A case that takes longer hangs. */
const CASE_MS_MAX = 10_000;
const LIMITS = { messageBytesMax: 1_000, framesMax: 20, handshakeMs: 5_000, subscriptionsMax: 8 };

interface Target {
  readonly like: { readonly type: string; readonly mechanism: string };
  run(one: FuzzCase): Promise<void>;
}

export async function fuzz({ cases, seed, path, progress }: FuzzOptions): Promise<FuzzReport> {
  const ends: Record<string, number> = {};
  let connected = 0;
  let messages = 0;
  const ended = ({ code }: ZmtpError): void => {
    ends[code] = (ends[code] ?? 0) + 1;
  };
  const handlers = {
    onMessages: (_peer: Peer, batch: Uint8Array[][]) => {
      messages += batch.length;
    },
    onConnected: () => {
      connected += 1;
    },
    onGone: (_peer: Peer, error: ZmtpError) => ended(error),
    onRefused: (error: ZmtpError) => ended(error),
  };
  const security = plainServer(({ password }) => password === 'p');
  const bound: readonly (readonly [ZmtpSocket, Target['like']])[] = [
    [new Router(handlers, { limits: LIMITS }), { type: 'DEALER', mechanism: 'NULL' }],
    [new Router(handlers, { limits: LIMITS, security }), { type: 'REQ', mechanism: 'PLAIN' }],
    [new XPub(handlers, { limits: LIMITS }), { type: 'SUB', mechanism: 'NULL' }],
  ];
  const targets: Target[] = [];
  for (const [index, [socket, like]] of bound.entries()) {
    const address = await socket.bind(`ipc://${path}.${index}`);
    targets.push({ like, run: (one) => play(connect({ path: address.slice('ipc://'.length) }), one) });
  }
  targets.push(
    dialling(`${path}.dealer`, { type: 'ROUTER', mechanism: 'NULL' }, () => new Dealer(handlers, { limits: LIMITS })),
    dialling(`${path}.sub`, { type: 'PUB', mechanism: 'NULL' }, () => new Sub(handlers, { limits: LIMITS })),
  );

  const atFirst = goodPeers(path);
  const random = new Seeded(seed);
  let longestMs = 0;
  let next = 0;
  const walk = async (): Promise<void> => {
    while (next < cases) {
      next += 1;
      const mine = next;
      const target = targets[mine % targets.length]!;
      const startMs = performance.now();
      await target.run(fuzzCase(random, target.like));
      longestMs = Math.max(longestMs, performance.now() - startMs);
      if (mine % 10_000 === 0) progress?.(mine);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, walk));
  for (const good of [atFirst, goodPeers(path)]) await areServed(good, bound[2]![0] as XPub);
  for (const [socket] of bound) await socket.close();
  return { cases, seed, ends, connected, messages, longestMs: Math.round(longestMs) };
}

/** Sends the chunks, each in an event of its own, and resolves when the other end has closed. */
function play(socket: Socket, { chunks, isReset }: FuzzCase): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the connection does not end')), CASE_MS_MAX);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    // A reset from the other end is a way of ending.
    socket.on('error', () => {});
    socket.resume();
    let at = 0;
    const step = (): void => {
      if (socket.destroyed || !socket.writable) return;
      const chunk = chunks[at];
      at += 1;
      if (chunk !== undefined) socket.write(chunk, () => setImmediate(step));
      else if (isReset) socket.destroy();
      else socket.end();
    };
    step();
  });
}

/** Cases against a socket that dials: a server of no good, and a fresh socket for each case. */
function dialling(path: string, like: Target['like'], open: () => ZmtpSocket): Target {
  let serial = 0;
  return {
    like,
    run: async (one) => {
      serial += 1;
      const own = `${path}.${serial}`;
      let played: Promise<void> | undefined;
      const server = createServer((socket) => {
        played = play(socket, one);
        server.close();
      });
      await new Promise<void>((resolve) => server.listen(own, resolve));
      const closed = new Promise<void>((resolve) => server.on('close', resolve));
      const socket = open();
      socket.connect(`ipc://${own}`);
      await closed;
      await played;
      await socket.close();
    },
  };
}

interface GoodPeer {
  readonly socket: Socket;
  heard: string;
}

function goodPeer(path: string, ...says: readonly Uint8Array[]): GoodPeer {
  const peer: GoodPeer = { socket: connect({ path }), heard: '' };
  for (const bytes of says) peer.socket.write(bytes);
  peer.socket.on('data', (chunk) => {
    peer.heard += chunk.toString('latin1');
  });
  return peer;
}

/** A DEALER of the first socket and a SUB of the third. */
const goodPeers = (path: string): readonly [GoodPeer, GoodPeer] => [
  goodPeer(`${path}.0`, opening('DEALER')),
  goodPeer(`${path}.2`, opening('SUB'), encodeSubscribe(GOOD_TOPIC)),
];

/** The DEALER gets its PONG, and the SUB a message of its topic. */
async function areServed([dealer, sub]: readonly [GoodPeer, GoodPeer], publisher: XPub): Promise<void> {
  const deadlineMs = performance.now() + CASE_MS_MAX;
  dealer.socket.write(encodePing(0));
  while (!dealer.heard.includes('PONG') || !sub.heard.includes(latin1Of(GOOD_TOPIC))) {
    if (performance.now() > deadlineMs) throw new Error('a good peer is not served any more');
    publisher.publish([GOOD_TOPIC]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  dealer.socket.destroy();
  sub.socket.destroy();
}
