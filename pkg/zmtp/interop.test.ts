// Proved against libzmq, through the `zeromq` package: every pair of socket types, with each of the two binding and
// connecting, over TCP and Unix sockets, without security and with PLAIN.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as libzmq from 'zeromq';
import { eventually } from '../../internal/testing/eventually.ts';
import { bufferOf } from './bytes.ts';
import { Dealer, type Peer, Pub, plainClient, plainServer, Req, Router, Sub, XPub, type ZmtpSocket } from './index.ts';
import { ascii } from './testing/raw-peer.ts';
import { longText, texts } from './testing/texts.ts';

const CREDENTIALS = { username: 'ada', password: 'engine' };
const folder = mkdtempSync(join(tmpdir(), 'zmtp-'));
let files = 0;

const opened: { close(): unknown }[] = [];
const own = <T extends { close(): unknown }>(socket: T): T => {
  opened.push(socket);
  return socket;
};
afterEach(async () => {
  for (const socket of opened.splice(0)) await socket.close();
});

// libzmq asks whoever answers here whether credentials are good (RFC 27).
const zap = new libzmq.Reply();
beforeAll(async () => {
  await zap.bind('inproc://zeromq.zap.01');
  void (async () => {
    for await (const [version, id, , , , , user, password] of zap) {
      const isGood = user?.toString() === CREDENTIALS.username && password?.toString() === CREDENTIALS.password;
      await zap.send([version!, id!, isGood ? '200' : '400', isGood ? 'OK' : 'no', user!, '']);
    }
  })();
});
afterAll(() => {
  zap.close();
  rmSync(folder, { recursive: true });
});

interface Way {
  readonly binds: 'ours' | 'theirs';
  readonly over: 'tcp' | 'ipc';
  readonly security: 'NULL' | 'PLAIN';
}

const WAYS: readonly Way[] = (['ours', 'theirs'] as const).flatMap((binds) =>
  (['tcp', 'ipc'] as const).flatMap((over) =>
    (['NULL', 'PLAIN'] as const).map((security) => ({ binds, over, security })),
  ),
);

/** Ours is the PLAIN server when it binds, theirs when they do. */
const ourSecurity = ({ binds, security }: Way) => {
  if (security === 'NULL') return {};
  if (binds === 'theirs') return { security: plainClient(CREDENTIALS) };
  const isGood = (given: typeof CREDENTIALS): boolean =>
    given.username === CREDENTIALS.username && given.password === CREDENTIALS.password;
  return { security: plainServer(isGood) };
};

function theirSecurity(socket: libzmq.Socket, { binds, security }: Way): void {
  if (security === 'NULL') return;
  if (binds === 'theirs') socket.plainServer = true;
  else Object.assign(socket, { plainUsername: CREDENTIALS.username, plainPassword: CREDENTIALS.password });
}

async function join2(ours: ZmtpSocket, theirs: libzmq.Socket, way: Way): Promise<void> {
  theirSecurity(theirs, way);
  files += 1;
  const free = way.over === 'tcp' ? 'tcp://127.0.0.1:*' : `ipc://${join(folder, `${files}.sock`)}`;
  if (way.binds === 'ours') {
    theirs.connect(await ours.bind(free));
  } else {
    await theirs.bind(free);
    ours.connect(theirs.lastEndpoint!);
  }
}

const name = ({ binds, over, security }: Way): string => `${binds} bind, over ${over}, ${security}`;

/** Short, empty, around the sizes where framing changes, long, and of a thousand parts. */
const MESSAGES: readonly string[][] = [
  ['hello'],
  [''],
  ['', ''],
  ['a', '', 'b'],
  ...[255, 256, 4_095, 4_096, 65_536, 1_500_000].map((size) => [longText(size)]),
  ['head', longText(1_200_000), 'tail'],
  Array.from({ length: 1_000 }, (_, index) => `part ${index}`),
];
const BYTES = MESSAGES.map((frames) => frames.map(ascii));

async function receive(socket: libzmq.Router | libzmq.Dealer | libzmq.Subscriber, count: number): Promise<string[][]> {
  const got: string[][] = [];
  while (got.length < count) got.push(...texts([await socket.receive()]));
  return got;
}

/** Receives until the socket closes. */
async function collect(socket: libzmq.Subscriber | libzmq.XSubscriber, into: string[][]): Promise<void> {
  try {
    for await (const frames of socket) into.push(...texts([frames]));
  } catch {
    // Closed under its reader.
  }
}

describe.each(WAYS.map((way) => ({ way, title: name(way) })))('with libzmq, $title', ({ way }) => {
  it('our ROUTER and their DEALER exchange all messages, and the identity is known', async () => {
    const got: Uint8Array[][] = [];
    let peer: Peer | undefined;
    const ours = own(
      new Router(
        {
          onConnected: (connected) => {
            peer = connected;
          },
          onMessages: (_peer, messages) => got.push(...messages),
        },
        ourSecurity(way),
      ),
    );
    const theirs = own(new libzmq.Dealer({ routingId: 'their-dealer', linger: 0 }));
    await join2(ours, theirs, way);
    for (const frames of BYTES) await theirs.send(frames.map(bufferOf));
    await eventually('all messages', () => got.length === MESSAGES.length);
    expect(texts(got)).toEqual(MESSAGES);
    expect(peer).toMatchObject({ socketType: 'DEALER', version: '3.1', identity: ascii('their-dealer') });
    expect(peer!.userId).toBe(way.security === 'PLAIN' && way.binds === 'ours' ? CREDENTIALS.username : null);
    for (const frames of BYTES) expect(ours.send(peer!, frames)).toBe('accepted');
    expect(await receive(theirs, MESSAGES.length)).toEqual(MESSAGES);
  });

  it('our DEALER and their ROUTER exchange all messages, and the identity is known', async () => {
    const got: Uint8Array[][] = [];
    const ours = own(
      new Dealer(
        { onMessages: (_peer, messages) => got.push(...messages) },
        { ...ourSecurity(way), identity: 'our-dealer' },
      ),
    );
    const theirs = own(new libzmq.Router({ linger: 0 }));
    await join2(ours, theirs, way);
    await eventually('a peer', () => ours.send(BYTES[0]!) === 'accepted');
    for (const frames of BYTES.slice(1)) expect(ours.send(frames)).toBe('accepted');
    const heard = await receive(theirs, MESSAGES.length);
    expect(heard).toEqual(MESSAGES.map((frames) => ['our-dealer', ...frames]));
    for (const frames of BYTES) await theirs.send([Buffer.from('our-dealer'), ...frames.map(bufferOf)]);
    await eventually('all messages', () => got.length === MESSAGES.length);
    expect(texts(got)).toEqual(MESSAGES);
  });

  it('our DEALER and their DEALER exchange messages', async () => {
    const got: Uint8Array[][] = [];
    const ours = own(new Dealer({ onMessages: (_peer, messages) => got.push(...messages) }, ourSecurity(way)));
    const theirs = own(new libzmq.Dealer({ linger: 0 }));
    await join2(ours, theirs, way);
    await theirs.send(['to', 'you']);
    await eventually('a message', () => got.length === 1);
    expect(texts(got)).toEqual([['to', 'you']]);
    expect(ours.send([ascii('and'), ascii('back')])).toBe('accepted');
    expect(texts([await theirs.receive()])).toEqual([['and', 'back']]);
  });

  it('our ROUTER and their ROUTER exchange messages by their identities', async () => {
    const got: [string, string[][]][] = [];
    const ours = own(
      new Router(
        { onMessages: (peer, messages) => got.push([String(Buffer.from(peer.routingId)), texts(messages)]) },
        { ...ourSecurity(way), identity: 'ours' },
      ),
    );
    const theirs = own(new libzmq.Router({ routingId: 'theirs', linger: 0, mandatory: true }));
    await join2(ours, theirs, way);
    await eventually('the peer', () => ours.peer(ascii('theirs')));
    await eventually('theirs knows ours', () => theirs.send(['ours', 'hi']).then(() => true));
    await eventually('a message', () => got.length === 1);
    expect(got).toEqual([['theirs', [['hi']]]]);
    expect(ours.send(ours.peer(ascii('theirs'))!, [ascii('back')])).toBe('accepted');
    expect(texts([await theirs.receive()])).toEqual([['ours', 'back']]);
  });

  // A REQ of libzmq that is a PLAIN server drops every peer at its first reply, those of libzmq too: it takes the
  // credential that its engine puts before the first message for a broken envelope.
  if (way.security === 'NULL' || way.binds === 'ours')
    it('our ROUTER answers their REQ, ten times in lock-step', async () => {
      const ours = own(
        new Router(
          {
            onMessages: (peer, messages) => {
              for (const [delimiter, body] of messages) ours.send(peer, [delimiter!, ascii('re:'), body!]);
            },
          },
          ourSecurity(way),
        ),
      );
      const theirs = own(new libzmq.Request({ linger: 0 }));
      await join2(ours, theirs, way);
      for (let turn = 0; turn < 10; turn += 1) {
        await theirs.send(`question ${turn}`);
        expect(texts([await theirs.receive()])).toEqual([['re:', `question ${turn}`]]);
      }
    });

  it.each(['Reply', 'Router'] as const)('our REQ is answered by their %s, ten times in lock-step', async (kind) => {
    const replies: string[][] = [];
    const ours = own(new Req({ onReply: (_peer, frames) => replies.push(...texts([frames])) }, ourSecurity(way)));
    const theirs = own(kind === 'Reply' ? new libzmq.Reply({ linger: 0 }) : new libzmq.Router({ linger: 0 }));
    await join2(ours, theirs, way);
    void (async () => {
      for await (const frames of theirs as AsyncIterable<Buffer[]>) await theirs.send([...frames, 'too']);
    })().catch(() => {});
    for (let turn = 0; turn < 10; turn += 1) {
      await eventually('the request taken', () => ours.send([ascii('q'), ascii(String(turn))]) === 'accepted');
      await eventually('the reply', () => replies.length === turn + 1);
    }
    expect(replies).toEqual(Array.from({ length: 10 }, (_, turn) => ['q', String(turn), 'too']));
  });

  it.each([libzmq.Subscriber, libzmq.XSubscriber])(
    'our PUB reaches their $name by prefix, and no more after the cancel',
    async (Theirs) => {
      const ours = own(new Pub({}, ourSecurity(way)));
      const theirs = own(new Theirs({ linger: 0 }));
      await join2(ours, theirs, way);
      // A libzmq socket that bound takes in new peers, and tells them its subscriptions, only while its program calls it.
      const got: string[][] = [];
      void collect(theirs, got);
      const change = (what: 'subscribe' | 'unsubscribe', topic: string): unknown =>
        theirs instanceof libzmq.Subscriber
          ? theirs[what](topic)
          : theirs.send(Buffer.concat([Buffer.of(what === 'subscribe' ? 1 : 0), Buffer.from(topic)]));
      await change('subscribe', 'a.');
      await change('subscribe', 'end');
      await eventually(
        'both subscriptions',
        () => ours.publish([ascii('a.first')]) === 1 && ours.publish([ascii('end.')]) === 1,
      );
      expect(ours.publish([ascii('b.'), ascii('nobody')])).toBe(0);
      const long = longText(1_100_000);
      expect(ours.publish([ascii('a.long'), ascii(long)])).toBe(1);
      await eventually('the last', () => got.at(-1)?.[0] === 'a.long');
      expect(got.at(-1)).toEqual(['a.long', long]);
      expect(new Set(got.map(([topic]) => topic))).toEqual(new Set(['a.first', 'end.', 'a.long']));
      await change('unsubscribe', 'a.');
      await eventually('the cancel', () => ours.publish([ascii('a.second')]) === 0);
      expect(ours.publish([ascii('end.')])).toBe(1);
    },
  );

  it('our XPUB hears the first subscription and the last cancel of their SUBs as messages', async () => {
    const heard: string[][] = [];
    const ours = own(new XPub({ onMessages: (_peer, messages) => heard.push(...texts(messages)) }, ourSecurity(way)));
    const theirs = own(new libzmq.Subscriber({ linger: 0 }));
    await join2(ours, theirs, way);
    const got: string[][] = [];
    void collect(theirs, got);
    theirs.subscribe('x');
    await eventually('the subscription', () => heard.length === 1);
    expect(ours.publish([ascii('x1')])).toBe(1);
    await eventually('the message', () => got.length === 1);
    expect(got).toEqual([['x1']]);
    theirs.close();
    await eventually('the cancel', () => heard.length === 2);
    expect(heard).toEqual([['\x01x'], ['\0x']]);
  });

  it.each([libzmq.Publisher, libzmq.XPublisher])(
    'our SUB hears their $name by prefix, and no more after the cancel',
    async (Theirs) => {
      const got: string[][] = [];
      const ours = own(new Sub({ onMessages: (_peer, messages) => got.push(...texts(messages)) }, ourSecurity(way)));
      ours.subscribe('a.');
      const theirs = own(new Theirs({ linger: 0 }));
      await join2(ours, theirs, way);
      await eventually('the first', async () => {
        await theirs.send(['a.1', 'x']);
        return got.length > 0;
      });
      await theirs.send(['b.1', 'x']);
      ours.subscribe('c.');
      await eventually('a later subscription', async () => {
        await theirs.send(['c.1', longText(70_000)]);
        return got.at(-1)?.[0] === 'c.1';
      });
      ours.unsubscribe('a.');
      let before = -1;
      await eventually('nothing after the cancel', async () => {
        before = got.filter(([topic]) => topic === 'a.2').length;
        const ends = got.filter(([topic]) => topic === 'c.2').length;
        await theirs.send(['a.2']);
        await theirs.send(['c.2']);
        await eventually('the later one', () => got.filter(([topic]) => topic === 'c.2').length > ends);
        return got.filter(([topic]) => topic === 'a.2').length === before;
      });
      expect(got.some(([topic]) => topic === 'b.1')).toBe(false);
    },
  );
});

describe('PLAIN with libzmq', () => {
  it('a wrong password is refused by ours', async () => {
    const refused: string[] = [];
    const ours = own(
      new Router(
        { onMessages: () => {}, onRefused: (error) => refused.push(error.code) },
        { security: plainServer(({ password }) => password === CREDENTIALS.password) },
      ),
    );
    const theirs = own(new libzmq.Dealer({ linger: 0, plainUsername: 'ada', plainPassword: 'wrong' }));
    theirs.connect(await ours.bind('tcp://127.0.0.1:*'));
    await eventually('the refusal', () => refused.length > 0);
    expect(refused[0]).toBe('AUTHENTICATION_FAILED');
  });

  it('a wrong password is refused by theirs', async () => {
    const refused: string[] = [];
    const theirs = own(new libzmq.Router({ linger: 0, plainServer: true }));
    await theirs.bind('tcp://127.0.0.1:*');
    const ours = own(
      new Dealer(
        { onMessages: () => {}, onRefused: (error) => refused.push(error.code) },
        { security: plainClient({ username: 'ada', password: 'wrong' }) },
      ),
    );
    ours.connect(theirs.lastEndpoint!);
    await eventually('the refusal', () => refused.length > 0);
    expect(refused).toEqual(['REFUSED_BY_PEER']);
  });

  it('does not talk to NULL, in either direction', async () => {
    const refused: string[] = [];
    const ours = own(
      new Router(
        { onMessages: () => {}, onRefused: (error) => refused.push(error.code) },
        { security: plainServer(() => true) },
      ),
    );
    const theirs = own(new libzmq.Dealer({ linger: 0 }));
    theirs.connect(await ours.bind('tcp://127.0.0.1:*'));
    await eventually('the refusal', () => refused.length > 0);
    expect(refused[0]).toBe('MECHANISM_MISMATCH');
  });
});
