// The simulated wire delays, drops and disconnects as it says, and replays by its seed.

import { expect, test } from 'vitest';
import type { Frames, TransportHandlers } from '../../../delivery/transport.ts';
import type { PeerId } from '../../../domain/ids.ts';
import { Random } from '../random.ts';
import { type Connection, SimTransport, type Wire } from './sim-transport.ts';
import { Life, VirtualTime } from './virtual-time.ts';

const frame = (n: number): Frames => [Uint8Array.of(n)];
const numbers = (messages: readonly Frames[]): number[] => messages.map((frames) => frames[0]?.[0] ?? -1);

function aWire(over: Partial<Wire> = {}) {
  const time = new VirtualTime();
  const wire = { latencyMs: 5, highWaterMark: 4, noticeMs: 50, peerEvents: true, ...over };
  const transport = new SimTransport('test', time, new Life(), new Random(1), wire);
  const seen = {
    arrived: [] as number[],
    gone: [] as PeerId[],
    drained: [] as PeerId[],
    heard: [] as number[],
    lost: 0,
  };
  const handlers: TransportHandlers = {
    onBatch: (_peer, messages) => void seen.arrived.push(...numbers(messages)),
    onIdle: () => undefined,
    onPeerGone: (peer) => void seen.gone.push(peer),
    onDrain: (peer) => void seen.drained.push(peer),
    onFault: () => undefined,
  };
  void transport.listen(handlers);
  const connect = (identity = 'client'): Connection => {
    const end = {
      receive: (messages: readonly Frames[]) => void seen.heard.push(...numbers(messages)),
      lost: () => {
        seen.lost += 1;
      },
    };
    return transport.connect(identity, end) as Connection;
  };
  const run = (): void => {
    while (time.step());
  };
  return { transport, seen, connect, run };
}

test('messages arrive late, and in order', () => {
  const { transport, seen, connect, run } = aWire({ highWaterMark: 100 });
  const connection = connect();
  for (let n = 0; n < 40; n += 1) {
    connection.send(frame(n));
    expect(transport.send(connection.peer, frame(n))).toBe('accepted');
  }
  expect([seen.arrived, seen.heard]).toEqual([[], []]);
  run();
  const all = Array.from({ length: 40 }, (_, n) => n);
  expect([seen.arrived, seen.heard]).toEqual([all, all]);
});

test('a queue at its bound is full until it was drained', () => {
  const { transport, seen, connect, run } = aWire();
  const { peer } = connect();
  const results = [1, 2, 3, 4, 5, 6].map((n) => transport.send(peer, frame(n)));
  expect(results).toEqual(['accepted', 'accepted', 'accepted', 'accepted', 'full', 'full']);
  run();
  expect([seen.heard, seen.drained]).toEqual([[1, 2, 3, 4], [peer]]);
  expect(transport.send(peer, frame(7))).toBe('accepted');
});

test('a cut loses what is on its way, and both sides learn of it', () => {
  const { transport, seen, connect, run } = aWire();
  const connection = connect();
  connection.send(frame(1));
  transport.send(connection.peer, frame(2));
  connection.cut();
  expect(transport.send(connection.peer, frame(3))).toBe('accepted');
  run();
  expect([seen.arrived, seen.heard, seen.gone, seen.lost]).toEqual([[], [], [connection.peer], 1]);
  expect(transport.send(connection.peer, frame(4))).toBe('gone');
});

test('without peer events an identity that comes back is the same peer, and one that was dropped is another', () => {
  const { transport, seen, connect, run } = aWire({ peerEvents: false });
  const first = connect();
  first.cut();
  const second = connect();
  expect(second.peer).toBe(first.peer);
  transport.drop(second.peer);
  expect(second.peer).not.toBe(first.peer);
  second.send(frame(1));
  run();
  expect([seen.arrived, seen.gone]).toEqual([[1], []]);
});
