// Conformance: bytes that are not the protocol, and peers that break its bounds, harm only themselves.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { PeerId } from '../../domain/ids.ts';
import { eventually } from '../../testing/eventually.ts';
import { type ConformanceSettings, text, type World } from './harness.ts';

type OpenWorld = (settings?: Partial<ConformanceSettings>) => Promise<World>;

/** The start of a ZMTP 3 greeting: the signature and half of the rest. */
const HALF_GREETING = Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0, 0x4e, 0x55]);
const STORM = 200;
const ROUNDS = 20;

/**
 * Garbage may turn out to be a message of an old protocol version, then it comes from a peer of its own: what nobody may
 * do is put words into the mouth of another.
 */
const expectOwnWordsOnly = (world: World, peer: PeerId, rounds: number): void => {
  const words = world.recorder.from(peer).map((message) => text(message[0]));
  expect(words).toEqual(['good', ...Array.from({ length: rounds }, (_, round) => `round ${round}`)]);
};

export function hostileCases(open: OpenWorld): void {
  test('an oversized message reaches nobody and costs only the peer that sent it', async () => {
    const world = await open({ frameBytesMax: 256 * 1024 });
    const good = await world.peer('good');
    const bad = await world.peer('bad');
    await bad.dealer.send(Buffer.alloc(1024 * 1024));
    // The peer comes back by itself with a later message: by then the oversized one has been judged.
    await eventually('the offender is heard again', async () => {
      await bad.dealer.send('after');
      return world.peerThatSaid('after');
    });
    const sizes = [...world.recorder.messages.values()].flat(2).map((frame) => frame.byteLength);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
    await world.expectAlive(good.dealer, good.peer, 'still here');
  });

  test.for([
    [
      'random bytes',
      Buffer.concat(Array.from({ length: 64 }, (_, index) => createHash('sha256').update(`${index}`).digest())),
    ],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['zeros', Buffer.alloc(4_096)],
    ['a whole greeting and then random bytes', Buffer.concat([greeting(), createHash('sha512').update('x').digest()])],
  ] as const)('%s on the port leave the others untouched', async ([, garbage]) => {
    const world = await open();
    const good = await world.peer('good');
    for (let round = 0; round < ROUNDS; round += 1) {
      const socket = await world.tcp();
      socket.write(garbage);
      await world.expectAlive(good.dealer, good.peer, `round ${round}`);
    }
    expectOwnWordsOnly(world, good.peer, ROUNDS);
  });

  test('a greeting that stops half way, and connections that never say a word, leave the others untouched', async () => {
    const world = await open();
    const good = await world.peer('good');
    for (let count = 0; count < 20; count += 1) {
      const half = await world.tcp();
      half.write(HALF_GREETING);
      await world.tcp();
    }
    for (let round = 0; round < ROUNDS; round += 1) await world.expectAlive(good.dealer, good.peer, `round ${round}`);
    expectOwnWordsOnly(world, good.peer, ROUNDS);
  });

  test(`a storm of ${STORM} connections that come and go leaves the others untouched`, async () => {
    const world = await open();
    const good = await world.peer('good');
    const storm = Array.from({ length: STORM }, async (_, index) => {
      const socket = await world.tcp();
      if (index % 3 === 0) socket.write(HALF_GREETING);
      if (index % 3 === 1) socket.resetAndDestroy();
      else socket.destroy();
    });
    for (let round = 0; round < ROUNDS; round += 1) await world.expectAlive(good.dealer, good.peer, `round ${round}`);
    await Promise.all(storm);
    await world.expectAlive(good.dealer, good.peer, `round ${ROUNDS}`);
    expectOwnWordsOnly(world, good.peer, ROUNDS + 1);
  });
}

/** ZMTP 3.0 with the NULL mechanism, as a client. */
function greeting(): Buffer {
  const whole = Buffer.alloc(64);
  HALF_GREETING.subarray(0, 12).copy(whole);
  whole.write('NULL', 12);
  return whole;
}
