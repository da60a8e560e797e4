// Conformance: a full peer says so and holds up nobody, and no accepted message is lost without a word.

import { expect, test } from 'vitest';
import { asPeerId } from '../../domain/ids.ts';
import { eventually } from '../../testing/eventually.ts';
import { fillToTheBrim } from './filling.ts';
import { bytes, type ConformanceSettings, type World } from './harness.ts';

type OpenWorld = (settings?: Partial<ConformanceSettings>) => Promise<World>;

export function backpressureCases(open: OpenWorld): void {
  test('a slow reader is full, others are unaffected, and it gets everything accepted after it reads again', async () => {
    const world = await open();
    const slow = await world.peer('slow', { receiveHighWaterMark: 1 });
    const quick = await world.peer('quick');
    const accepted = await fillToTheBrim(world, slow.peer);
    expect(world.transport.send(slow.peer, [bytes('one more')])).toBe('full');
    for (let round = 0; round < 50; round += 1) await world.expectAlive(quick.dealer, quick.peer, `round ${round}`);

    const drains = world.recorder.drained.length;
    for (let number = 0; number < accepted; number += 1) {
      const [block] = await slow.dealer.receive();
      expect(block?.readUInt32LE()).toBe(number);
    }
    await eventually('the drain is told', () => world.recorder.drained.length > drains);
    expect(world.recorder.drained.every((peer) => peer === slow.peer)).toBe(true);
    await world.expectAlive(slow.dealer, slow.peer, 'awake again');
    expect(world.recorder.faults).toEqual([]);
  });

  test('of 100,000 sends to a slow reader each one arrives in order or was said to be full', async () => {
    const world = await open({ sendHighWaterMark: 64, backlogBytesMax: 64 * 1024 });
    const { dealer, peer } = await world.peer('slow', { receiveHighWaterMark: 2 });
    const sends = 100_000;
    const accepted: number[] = [];
    const arrived: number[] = [];
    let refused = 0;
    let sending = true;
    const reading = (async () => {
      while (sending || arrived.length < accepted.length) {
        const [frame] = await dealer.receive();
        arrived.push(frame?.readUInt32LE() ?? -1);
        // The slow part: every now and then the reader lets the sender run ahead by a round of the event loop.
        if (arrived.length % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let number = 0; number < sends; number += 1) {
      const frame = Buffer.alloc(100);
      frame.writeUInt32LE(number);
      const result = world.transport.send(peer, [frame]);
      if (result === 'accepted') {
        accepted.push(number);
      } else {
        expect(result).toBe('full');
        refused += 1;
        const drains = world.recorder.drained.length;
        await eventually('room again', () => world.recorder.drained.length > drains);
      }
    }
    sending = false;
    await reading;
    expect(arrived).toEqual(accepted);
    expect(accepted.length + refused).toBe(sends);
    expect(refused).toBeGreaterThan(0);
    expect(world.recorder.faults).toEqual([]);
  });

  test('a peer that was never there is gone', async () => {
    const world = await open();
    expect(world.transport.send(asPeerId(4_711), [bytes('anybody?')])).toBe('gone');
  });

  test('a peer that left is told as gone, at once or by the event, and its queue is told as lost', async () => {
    const world = await open();
    const leaving = await world.peer('leaving', { receiveHighWaterMark: 1 });
    const staying = await world.peer('staying');
    await fillToTheBrim(world, leaving.peer);
    world.hangUp(leaving.dealer);
    await eventually(
      'the peer is known to be gone',
      () => world.transport.send(leaving.peer, [bytes('there?')]) === 'gone',
    );
    expect(world.recorder.gone).toEqual([leaving.peer]);
    expect(world.recorder.lostBy(leaving.peer)).toBeGreaterThan(0);
    await world.expectAlive(staying.dealer, staying.peer, 'still here');
  });

  test('a dropped peer is gone for the sender, and what it was told just before still leaves', async () => {
    const world = await open();
    const { dealer, peer } = await world.peer('hello');
    expect(world.transport.send(peer, [bytes('first')])).toBe('accepted');
    expect(world.transport.send(peer, [bytes('goodbye')])).toBe('accepted');
    world.transport.drop(peer);
    expect(world.transport.send(peer, [bytes('too late')])).toBe('gone');
    expect((await dealer.receive()).toString()).toBe('first');
    expect((await dealer.receive()).toString()).toBe('goodbye');
  });
}
