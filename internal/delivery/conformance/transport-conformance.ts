// What every transport must do, as one suite that each of them runs. The clients are plain DEALER sockets, so the wire is
// the public one. A capability that a transport does not declare is not tested.

import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { backpressureCases } from './backpressure-cases.ts';
import { closingCases } from './closing-cases.ts';
import { deliveryCases } from './delivery-cases.ts';
import { bytes, type ConformanceSettings, SETTINGS, type TransportFactory, World } from './harness.ts';
import { hostileCases } from './hostile-cases.ts';

export function transportConformance(name: string, factory: TransportFactory): void {
  const worlds = new Set<World>();
  const open = async (settings: Partial<ConformanceSettings> = {}): Promise<World> => {
    const world = await World.open(factory, settings);
    worlds.add(world);
    return world;
  };
  const { capabilities } = factory(SETTINGS);

  afterEach(async () => {
    await Promise.all([...worlds].map((world) => world.closeAll()));
    worlds.clear();
  });

  describe(`${name}: what arrives`, () => deliveryCases(open));
  describe(`${name}: backpressure`, () => backpressureCases(open));
  describe(`${name}: hostile bytes`, () => hostileCases(open));
  describe(`${name}: closing`, () => closingCases(open));

  if (capabilities.peerEvents) {
    test(`${name}: a peer that left is told as gone without a send`, async () => {
      const world = await open();
      const { dealer, peer } = await world.peer('hello');
      world.hangUp(dealer);
      await eventually('the event', () => world.recorder.gone.includes(peer));
    });
  }

  test(`${name}: pause and resume are there exactly when they are declared`, async () => {
    const world = await open();
    expect(typeof world.transport.pause).toBe(capabilities.peerPause ? 'function' : 'undefined');
    expect(typeof world.transport.resume).toBe(capabilities.peerPause ? 'function' : 'undefined');
    if (!capabilities.peerPause) return;
    const paused = await world.peer('paused');
    const other = await world.peer('other');
    world.transport.pause?.(paused.peer);
    const before = world.recorder.from(paused.peer).length;
    await paused.dealer.send(bytes('held back'));
    await world.expectAlive(other.dealer, other.peer, 'passes');
    expect(world.recorder.from(paused.peer).length).toBe(before);
    world.transport.resume?.(paused.peer);
    await eventually('the held message', () => world.recorder.from(paused.peer).length === before + 1);
  });
}
