// Conformance: closing sends what was accepted, ends in time, and gives the address back.

import { expect, test } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { fillToTheBrim } from './filling.ts';
import { bytes, type ConformanceSettings, text, type World } from './harness.ts';

type OpenWorld = (settings?: Partial<ConformanceSettings>) => Promise<World>;

export function closingCases(open: OpenWorld): void {
  test('close sends everything that was accepted, in order', async () => {
    const world = await open();
    const { dealer, peer } = await world.peer('hello');
    const count = 200;
    for (let number = 0; number < count; number += 1) {
      const block = Buffer.alloc(4_000);
      block.write(String(number));
      expect(world.transport.send(peer, [block])).toBe('accepted');
    }
    const closed = world.transport.close(10_000);
    for (let number = 0; number < count; number += 1) {
      expect(text((await dealer.receive())[0]).replace(/\0+$/, '')).toBe(String(number));
    }
    await closed;
    expect(world.recorder.faults).toEqual([]);
  });

  test('close ends within the linger when a peer never reads, and tells what it could not hand over', async () => {
    const world = await open();
    const { peer } = await world.peer('deaf', { receiveHighWaterMark: 1 });
    const accepted = await fillToTheBrim(world, peer);
    const startMs = performance.now();
    await world.transport.close(300);
    expect(performance.now() - startMs).toBeLessThan(3_000);
    expect(world.recorder.lostBy(peer)).toBeGreaterThan(0);
    expect(world.recorder.lostBy(peer)).toBeLessThanOrEqual(accepted);
  });

  test('after close nothing is sent or heard, and the address can be bound again at once', async () => {
    const world = await open();
    const { dealer, peer } = await world.peer('hello');
    await world.transport.close(0);
    expect(world.transport.send(peer, [bytes('too late')])).toBe('gone');
    const heard = world.recorder.from(peer).length;
    const again = await open({ address: world.transport.address });
    expect(again.transport.address).toBe(world.transport.address);
    await dealer.send('after the reconnect');
    await eventually('the dealer finds the new transport', () => again.peerThatSaid('after the reconnect'));
    expect(world.recorder.from(peer).length).toBe(heard);
  });

  test('close may be called twice, and before anybody connected', async () => {
    const world = await open();
    await Promise.all([world.transport.close(100), world.transport.close(100)]);
    await world.transport.close(100);
  });

  test('an address in use is refused by its name', async () => {
    const world = await open();
    await expect(open({ address: world.transport.address })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: expect.stringContaining(world.transport.address),
    });
  });
}
