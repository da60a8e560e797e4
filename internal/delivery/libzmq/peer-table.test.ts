// Who sits in the table, and who has to leave when it is full.

import { expect, test } from 'vitest';
import type { PeerId } from '../../domain/ids.ts';
import { PeerTable } from './peer-table.ts';

interface Guest {
  readonly id: PeerId;
  readonly routingId: Uint8Array;
  recent: boolean;
  busy: boolean;
}

const tableOf = (peersMax: number) =>
  new PeerTable<Guest>(peersMax, (id, routingId) => ({ id, routingId, recent: false, busy: false }));
const named = (name: string) => Buffer.from(name);

test('routing ids that differ in one bit are different peers, given by libzmq or chosen', () => {
  const table = tableOf(100);
  const ids = [[0, 0, 0, 0, 1], [0, 0x80, 0, 0, 1], [0, 1, 0, 0, 1], [1, 0, 0, 0, 1], [0xff], [0xfe], [49]].map((id) =>
    Buffer.from(id),
  );
  const peers = ids.map((id) => table.admit(id)?.peer);
  expect(new Set(peers.map((peer) => peer?.id)).size).toBe(ids.length);
  expect(ids.map((id) => table.find(Buffer.from(id)))).toEqual(peers);
});

test('a peer that was forgotten and speaks again has a new number', () => {
  const table = tableOf(100);
  const first = table.admit(named('a'))?.peer;
  if (first === undefined) throw new Error('no seat in an empty table');
  table.forget(first);
  expect(table.find(named('a'))).toBeUndefined();
  expect(table.get(first.id)).toBeUndefined();
  expect(table.admit(named('a'))?.peer.id).not.toBe(first.id);
});

test('a full table gives the seat of the peer that was silent longest, not of one heard or busy', () => {
  const table = tableOf(4);
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => table.admit(named(name))?.peer);
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('no seat');
  a.recent = true;
  b.busy = true;
  const admission = table.admit(named('e'));
  expect(admission?.evicted).toBe(c);
  expect(table.size).toBe(4);
  expect(table.get(c.id)).toBeUndefined();
});

test('when everybody was heard, somebody idle still has to leave', () => {
  const table = tableOf(3);
  const guests = ['a', 'b', 'c'].map((name) => table.admit(named(name))?.peer);
  for (const guest of guests) if (guest !== undefined) guest.recent = true;
  expect(table.admit(named('d'))?.evicted).toBe(guests[0]);
});

test('a table of busy peers has no seat', () => {
  const table = tableOf(2);
  for (const name of ['a', 'b']) {
    const admission = table.admit(named(name));
    if (admission !== undefined) admission.peer.busy = true;
  }
  expect(table.admit(named('c'))).toBeUndefined();
  expect(table.size).toBe(2);
});
