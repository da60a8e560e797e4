// What leaves for a peer while a body of its is away: it waits in its order, the core hears that nothing more can be given,
// and what was settled for nobody is counted once.

import { beforeEach, expect, it } from 'vitest';
import { COMPRESSION_LZ4, encodeBlock } from '../../../pkg/protocol/block.ts';
import type { Command } from '../../domain/command.ts';
import { DeliverEntries } from '../../domain/deliver-entries.ts';
import type { Deliver } from '../../domain/effect.ts';
import { asPeerId, asSequence, NO_POSITION } from '../../domain/ids.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import type { Frames, SendResult } from '../transport.ts';
import { PeerOutbox } from './peer-outbox.ts';
import { PeerSender } from './peer-sender.ts';
import { type ServedSession, WirePeer } from './wire-peer.ts';

const SERVED = { session: {}, form: 'frames', indexOf: new Map() } as unknown as ServedSession;
const BLOCK = encodeBlock({ topic: 'a', compression: COMPRESSION_LZ4, body: new Uint8Array(8) });

let sent: Frames[];
let commands: Command[];
let lost: number;
let arrive: (body: Uint8Array) => void;
let away: Promise<Uint8Array>;
let transport: () => SendResult;
let peer: WirePeer;
let sender: PeerSender;

beforeEach(() => {
  sent = [];
  commands = [];
  lost = 0;
  away = new Promise((resolve) => {
    arrive = resolve;
  });
  transport = () => 'accepted';
  const count = (messages: number): void => {
    lost += messages;
  };
  const outbox = new PeerOutbox(
    (frames) => {
      sent.push(frames);
      return transport();
    },
    () => [],
    { dropped: () => undefined, lost: count },
  );
  peer = new WirePeer(asPeerId(4), outbox, 0);
  peer.served = SERVED;
  const options = { nowMs: () => 0, wake: () => undefined, unpack: { here: () => null, away: () => away } };
  sender = new PeerSender(options as unknown as ConstructorParameters<typeof PeerSender>[0], {
    peer: () => (peer.closed ? undefined : peer),
    put: (_peer, command) => void commands.push(command),
    refused: () => undefined,
    lost: count,
    gone: () => {
      peer.closed = true;
      sender.forget(peer);
    },
  });
});

/** To a consumer that does not ack: settled before it leaves. */
function settled(messages: number): Outgoing {
  const entries = new DeliverEntries();
  const { length } = BLOCK;
  for (let i = 0; i < messages; i += 1) entries.push(asSequence(1), NO_POSITION, 0, length, length, 0, 1, 0);
  const effect = {
    type: 'deliver',
    peer: peer.id,
    queue: { name: 'q', tenant: '' },
    firstDelivery: 0,
    deadlineMs: 0,
    entries,
  } as unknown as Deliver;
  return { effect, position: NO_POSITION, blocks: Array.from({ length: messages }, () => BLOCK) };
}

const blocked = (): unknown[] => commands.flatMap((one) => (one.type === 'peer-blocked' ? [one.blocked] : []));

it('the core is told that nothing more can be given, each time that it gives more, and when it can again', async () => {
  sender.send([settled(1)]);
  expect(blocked()).toEqual([true]);
  // A session that began since then is open in the core.
  sender.send([settled(1)]);
  expect(blocked()).toEqual([true, true]);
  arrive(new Uint8Array(1));
  await new Promise(setImmediate);
  expect(sent).toHaveLength(2);
  // The second one's body was away too.
  expect(blocked()).toEqual([true, true, true, false]);
});

it('what waited for a session that has ended meanwhile is counted as lost, once', async () => {
  sender.send([settled(1)]);
  peer.served = null;
  sender.send([settled(3)]);
  expect(lost).toBe(0);
  arrive(new Uint8Array(1));
  await away;
  expect(sent).toHaveLength(1);
  expect(lost).toBe(3);
});

it('a peer that is forgotten while a body is away costs what was settled for it, once, and gets nothing more', async () => {
  sender.send([settled(2)]);
  sender.send([settled(3)]);
  peer.closed = true;
  sender.forget(peer);
  expect(lost).toBe(5);
  arrive(new Uint8Array(1));
  await away;
  expect(sent).toEqual([]);
  expect(lost).toBe(5);
});

it('a transport that finds the peer gone in the middle of a delivery ends it there', async () => {
  transport = () => {
    peer.closed = true;
    sender.forget(peer);
    return 'gone';
  };
  sender.send([settled(2)]);
  arrive(new Uint8Array(1));
  await away;
  await away;
  expect(sent).toHaveLength(1);
  expect(lost).toBe(2);
});

it('confirms leave before what others get, and behind what their own peer was told before', () => {
  const order: string[] = [];
  const names = new Map<number, WirePeer>();
  for (const id of [4, 8, 12]) {
    const outbox = new PeerOutbox(
      () => 'accepted',
      () => [],
      { dropped: () => undefined, lost: () => undefined },
    );
    outbox.deliver = () => void order.push(`${id} delivery`);
    outbox.confirm = () => void order.push(`${id} confirm`);
    const one = new WirePeer(asPeerId(id), outbox, 0);
    one.greeting = { version: 2 } as WirePeer['greeting'];
    one.served = SERVED;
    names.set(id, one);
  }
  const options = { nowMs: () => 0, wake: () => undefined, server: {}, durability: 'disk' };
  const many = new PeerSender(options as unknown as ConstructorParameters<typeof PeerSender>[0], {
    peer: (id) => names.get(id),
    put: () => undefined,
    refused: () => undefined,
    lost: () => undefined,
    gone: () => undefined,
  });
  const to = (id: number, outgoing: Outgoing): Outgoing => ({
    ...outgoing,
    effect: { ...outgoing.effect, peer: asPeerId(id) } as Outgoing['effect'],
  });
  const delivery = (id: number): Outgoing => to(id, settled(1));
  const confirm = (id: number): Outgoing => {
    const one = names.get(id);
    one?.owe('run', 1, 1, '');
    const effect = { type: 'published', first: 1, count: 1, durability: 'journal', duplicates: [], refusals: [] };
    return to(id, { effect, position: NO_POSITION, blocks: null } as unknown as Outgoing);
  };
  many.send([delivery(4), confirm(8), delivery(12), confirm(12), confirm(8)]);
  expect(order).toEqual(['8 confirm', '8 confirm', '4 delivery', '12 delivery', '12 confirm']);
});
