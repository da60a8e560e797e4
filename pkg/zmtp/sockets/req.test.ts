// REQ: lock-step, and what becomes of a request whose peer is gone or answers nonsense.

import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../internal/testing/eventually.ts';
import { encodeCommand } from '../commands.ts';
import { Req } from '../index.ts';
import { Opened } from '../testing/opened.ts';
import { ascii, hex, opening, RawPeer } from '../testing/raw-peer.ts';
import { texts } from '../testing/texts.ts';

const opened = new Opened();
afterEach(() => opened.close());

async function pair(count = 1) {
  const peers: RawPeer[] = [];
  const replies: string[][] = [];
  const lost: string[] = [];
  const gone: string[] = [];
  let drained = 0;
  const socket = opened.add(
    new Req(
      {
        onReply: (_peer, frames) => replies.push(...texts([frames])),
        onReplyLost: (_peer, { code }) => lost.push(code),
        onGone: (_peer, { code }) => gone.push(code),
        onDrain: () => {
          drained += 1;
        },
      },
      { reconnect: { delayMs: 1, delayMsMax: 5 } },
    ),
  );
  for (let index = 0; index < count; index += 1) {
    const server = opened.add(
      await RawPeer.listen((peer) => {
        peers.push(peer);
        peer.write(opening('REP'));
        opened.onClose(() => peer.destroy());
      }),
    );
    socket.connect(server.address);
  }
  const ask = (text: string): Promise<unknown> =>
    eventually('the request taken', () => socket.send([ascii(text)]) === 'accepted');
  return { socket, peers, replies, lost, gone, ask, drained: () => drained };
}

describe('a request', () => {
  it('goes out behind an empty frame, and the reply comes without it', async () => {
    const { peers, replies, ask, socket } = await pair();
    await ask('q');
    await eventually('the request', () => peers[0]!.received.subarray(-5).equals(hex('01 00 00 01 71')));
    expect(socket.isWaiting).toBe(true);
    peers[0]!.write(hex('01 00 01 01 61 00 01 62'));
    await eventually('the reply', () => replies.length === 1);
    expect({ replies, waiting: socket.isWaiting }).toEqual({ replies: [['a', 'b']], waiting: false });
  });

  it('waits until the one before was answered', async () => {
    const { peers, replies, ask, socket } = await pair();
    await ask('first');
    expect(socket.send([ascii('second')])).toBe('full');
    peers[0]!.write(hex('01 00 00 01 31'));
    await eventually('the reply', () => replies.length === 1);
    expect(socket.send([ascii('second')])).toBe('accepted');
  });

  it('tells when a peer comes, after a full for want of one', async () => {
    const { socket, drained } = await pair();
    expect(socket.send([ascii('too early')])).toBe('full');
    await eventually('a peer', () => drained() === 1);
    expect(socket.send([ascii('now')])).toBe('accepted');
  });

  it('goes to the peers in turn, and only the one that was asked is heard', async () => {
    const { peers, replies, ask, socket } = await pair(2);
    await eventually('both', () => peers.length === 2 && peers.every((peer) => peer.received.includes('READY')));
    for (const turn of ['one', 'two']) {
      await ask(turn);
      const asked = await eventually('the request', () => peers.find((peer) => peer.received.includes(turn)));
      const other = peers.find((peer) => peer !== asked)!;
      other.write(hex('01 00 00 05 77726f6e67'));
      asked.write(hex('01 00 00 05'), ascii('right'));
      await eventually('the reply', () => !socket.isWaiting);
    }
    expect(peers.map((peer) => ['one', 'two'].filter((turn) => peer.received.includes(turn)).length)).toEqual([1, 1]);
    expect(replies).toEqual([['right'], ['right']]);
  });
});

describe('a reply', () => {
  it.each([
    ['without the empty frame', '00 01 61'],
    ['with another frame in its place', '01 01 61 00 01 62'],
    ['with nothing behind it', '00 00'],
  ])('%s ends the connection, and is told as lost', async (_what, bytes) => {
    const { peers, replies, lost, gone, ask } = await pair();
    await ask('q');
    await eventually('the request', () => peers[0]!.received.subarray(-1).toString() === 'q');
    peers[0]!.write(hex(bytes));
    await eventually('the end', () => lost.length === 1);
    expect({ replies, lost, gone }).toEqual({ replies: [], lost: ['BAD_ENVELOPE'], gone: ['BAD_ENVELOPE'] });
  });

  it('that nobody asked for is passed over', async () => {
    const { peers, replies, gone, ask } = await pair();
    await eventually('connected', () => peers[0]?.received.includes('READY'));
    peers[0]!.write(hex('01 00 00 01 61'), hex('00 01 62'), encodeCommand('PING', hex('0000')));
    await eventually('all of that read', () => peers[0]!.received.includes('PONG'));
    await ask('q');
    await eventually('the request', () => peers[0]!.received.subarray(-1).toString() === 'q');
    peers[0]!.write(hex('01 00 00 01 63'));
    await eventually('the reply', () => replies.length === 1);
    expect({ replies, gone }).toEqual({ replies: [['c']], gone: [] });
  });

  it('is told as lost when the peer goes, and the next request may be sent', async () => {
    const { peers, replies, lost, ask } = await pair();
    await ask('q');
    peers[0]!.destroy();
    await eventually('the loss', () => lost.length === 1);
    await ask('again');
    await eventually('the request', () => peers[1]?.received.includes('again'));
    peers[1]!.write(hex('01 00 00 01 61'));
    await eventually('the reply', () => replies.length === 1);
  });

  it('that comes after cancel reaches nobody', async () => {
    const { socket, peers, replies, lost, ask } = await pair();
    await ask('slow');
    await eventually('the request', () => peers[0]!.received.includes('slow'));
    socket.cancel();
    expect({ lost, waiting: socket.isWaiting }).toEqual({ lost: ['CLOSED'], waiting: false });
    peers[0]!.write(hex('01 00 00 04 6c617465'));
    await ask('next');
    await eventually('the request', () => peers[1]?.received.includes('next'));
    peers[1]!.write(hex('01 00 00 02 6f6b'));
    await eventually('the reply', () => replies.length === 1);
    expect(replies).toEqual([['ok']]);
  });
});
