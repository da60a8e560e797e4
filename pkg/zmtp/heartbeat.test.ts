// Signs of life between our socket and peers written by hand, with intervals of some milliseconds.

import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { encodeCommand } from './commands.ts';
import { Dealer, type Peer, Router, type RouterOptions } from './index.ts';
import { Opened } from './testing/opened.ts';
import { ascii, hex, opening, RawPeer } from './testing/raw-peer.ts';

const opened = new Opened();
afterEach(() => opened.close());

async function pair(options: RouterOptions): Promise<{ peer: RawPeer; gone: string[]; known: Peer; router: Router }> {
  const gone: string[] = [];
  let known: Peer | undefined;
  const router = opened.add(
    new Router(
      {
        onMessages: () => {},
        onConnected: (connected) => {
          known = connected;
        },
        onGone: (_peer, error) => gone.push(error.code),
      },
      options,
    ),
  );
  const peer = RawPeer.connect(await router.bind('tcp://127.0.0.1:*'));
  opened.onClose(() => peer.destroy());
  peer.write(opening('DEALER'));
  await eventually('the peer', () => known);
  return { peer, gone, known: known!, router };
}

const count = (peer: RawPeer, text: string): number => peer.received.toString('latin1').split(text).length - 1;

describe('a PING', () => {
  it('is answered with a PONG that carries its context', async () => {
    const { peer } = await pair({});
    peer.write(encodeCommand('PING', hex('0000 6162')));
    const pong = encodeCommand('PONG', ascii('ab'));
    await eventually('the PONG', () => peer.received.subarray(-pong.length).equals(pong));
  });

  it('of ours tells the time to live in tenths of a second', async () => {
    const { peer } = await pair({ heartbeat: { intervalMs: 5, timeoutMs: 5_000, ttlMs: 1_234 } });
    const ping = encodeCommand('PING', hex('000d'));
    await eventually('the PING', () => peer.received.includes(Buffer.from(ping)));
  });

  it('that is asked a thousand times by a peer that does not read costs one answer, not a thousand', async () => {
    const { peer, known } = await pair({});
    peer.socket.pause();
    for (let turn = 0; turn < 20; turn += 1) {
      peer.write(...Array.from({ length: 1_000 }, () => encodeCommand('PING', hex('0000'))));
      await new Promise((resolve) => setImmediate(resolve));
      expect(known.queuedBytes).toBeLessThan(100);
    }
  });
});

describe('silence after a PING', () => {
  it('ends the connection', async () => {
    const { peer, gone } = await pair({ heartbeat: { intervalMs: 10 } });
    await eventually('the end', () => gone.length === 1 && peer.isClosed);
    expect(gone).toEqual(['HEARTBEAT_TIMEOUT']);
    expect(count(peer, 'PING')).toBeGreaterThan(0);
  });

  it('is broken by PONG, and by single bytes of a long frame just as well', async () => {
    const { peer, gone } = await pair({ heartbeat: { intervalMs: 40, timeoutMs: 200 } });
    // A frame of 255 bytes, one byte with every look: for well over three times the timeout.
    peer.write(hex('00 ff'));
    const startMs = performance.now();
    await eventually(
      'three times the timeout',
      () => {
        peer.socket.write(Uint8Array.of(1));
        return performance.now() - startMs > 600;
      },
      { everyMs: 5 },
    );
    expect(gone).toEqual([]);
    await eventually('the end of the silent', () => gone.length === 1);
    expect(gone).toEqual(['HEARTBEAT_TIMEOUT']);
  });

  it('is not held against a peer whose answer lay unread while this process stood still', async () => {
    const { gone, peer } = await pair({ heartbeat: { intervalMs: 20, timeoutMs: 40 } });
    await eventually('a PING', () => count(peer, 'PING') > 0);
    // Behind an immediate come the timers, and only then what has arrived.
    await new Promise((resolve) => setImmediate(resolve));
    peer.write(encodeCommand('PONG', hex('')));
    // The loop stands still for longer than the timeout: the answer is with the kernel all that time.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(gone).toEqual([]);
    await eventually('the end of the silent', () => gone.length === 1);
  });

  it('is not held against a peer while something blocks our own event loop', async () => {
    const heartbeat = { intervalMs: 20, timeoutMs: 200 };
    const { peer, gone } = await pair({ heartbeat });
    await eventually('a PING', () => count(peer, 'PING') > 0);
    // What it sends while we are away lies in the kernel, and our timers run before anything is read.
    const untilMs = performance.now() + 3 * heartbeat.timeoutMs;
    while (performance.now() < untilMs);
    peer.write(encodeCommand('PONG', new Uint8Array()));
    const pings = count(peer, 'PING');
    await eventually('the next PINGs', () => count(peer, 'PING') > pings + 2);
    expect(gone).toEqual([]);
    await eventually('the end of the silent', () => gone.length === 1);
  });

  it('is not held against a peer that we do not read from', async () => {
    const { gone, known, router, peer } = await pair({ heartbeat: { intervalMs: 5 } });
    router.pause(known);
    await eventually('many intervals', () => count(peer, 'PING') > 10);
    expect(gone).toEqual([]);
    router.resume(known);
    await eventually('the end', () => gone.length === 1);
  });
});

describe('a time to live', () => {
  it('that the peer told ends the connection, when the peer is silent for so long', async () => {
    const { peer, gone } = await pair({});
    peer.write(encodeCommand('PING', hex('0001')));
    await eventually('the end', () => gone.length === 1);
    expect(gone).toEqual(['HEARTBEAT_TIMEOUT']);
  });

  it('starts anew with every byte', async () => {
    const { peer, gone } = await pair({});
    peer.write(encodeCommand('PING', hex('0002')), hex('00 ff'));
    const startMs = performance.now();
    await eventually(
      'three times that long',
      () => {
        peer.socket.write(Uint8Array.of(1));
        return performance.now() - startMs > 600;
      },
      { everyMs: 5 },
    );
    expect(gone).toEqual([]);
    await eventually('the end', () => gone.length === 1);
  });
});

describe('two of ours', () => {
  it('keep each other alive', async () => {
    const gone: string[] = [];
    const heartbeat = { intervalMs: 5, timeoutMs: 1_000, ttlMs: 1_000 };
    let connected = 0;
    const handlers = {
      onMessages: () => {},
      onConnected: () => {
        connected += 1;
      },
      onGone: (_peer: Peer, { code }: { code: string }) => gone.push(code),
    };
    const router = opened.add(new Router(handlers, { heartbeat }));
    const dealer = opened.add(new Dealer(handlers, { heartbeat }));
    dealer.connect(await router.bind('tcp://127.0.0.1:*'));
    await eventually('both', () => connected === 2);
    const startMs = performance.now();
    await eventually('many times the interval', () => performance.now() - startMs > 300);
    expect(gone).toEqual([]);
  });
});
