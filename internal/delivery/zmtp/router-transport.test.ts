// What is particular to the ROUTER over `pkg/zmtp`: one connection is one peer. The rest is in the conformance suite.

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { bytes, Recorder, SETTINGS, World } from '../conformance/harness.ts';
import { type ZmtpRouterOptions, ZmtpRouterTransport } from './router-transport.ts';

const worlds: World[] = [];
const open = async (options: Partial<ZmtpRouterOptions> = {}): Promise<World> => {
  const world = await World.open((settings) => new ZmtpRouterTransport({ ...settings, ...options }));
  worlds.push(world);
  return world;
};

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.closeAll()));
});

test('beyond the bound on connections a further one is refused, and those there are go on', async () => {
  const world = await open({ peersMax: 2 });
  const first = await world.peer('first');
  const second = await world.peer('second');
  await world.dealer().send('third');
  await eventually('the refusal', () => world.recorder.faults.some(({ fault }) => fault === 'refused'));
  await world.expectAlive(first.dealer, first.peer, 'first again');
  await world.expectAlive(second.dealer, second.peer, 'second again');
  expect(world.peerThatSaid('third')).toBeUndefined();
  world.hangUp(first.dealer);
  await eventually('room for the third', () => world.peerThatSaid('third'));
});

test('a second connection with a routing id in use is refused, and the first goes on', async () => {
  const world = await open();
  const owner = await world.peer('owner', { routingId: 'seat' });
  await world.dealer({ routingId: 'seat' }).send('mine now');
  await eventually('the refusal', () => world.recorder.faults.some(({ fault }) => fault === 'refused'));
  await world.expectAlive(owner.dealer, owner.peer, 'still mine');
  expect(world.peerThatSaid('mine now')).toBeUndefined();
});

test('peers connect over ipc as over tcp, also where a dead process left its socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'router-'));
  try {
    const path = join(folder, 'broker.sock');
    const address = `ipc://${path}`;
    const script = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', script, path]).signal).toBe('SIGKILL');
    const world = await open({ address });
    const { dealer, peer } = await world.peer('hello');
    await world.expectAlive(dealer, peer, 'over ipc');
    await expect(open({ address })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('what lies at an ipc path and is no socket is never taken away', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'router-'));
  try {
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'mine');
    await expect(open({ address: `ipc://${path}` })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    const long = join(folder, 'x'.repeat(120));
    await expect(open({ address: `ipc://${long}` })).rejects.toMatchObject({ code: 'SOCKET_PATH_TOO_LONG' });
    await expect(open({ address: 'ipc://*' })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('an interface of this machine may be named; a name of no interface and no host is refused', async () => {
  const [name] = Object.entries(networkInterfaces()).find(([, at]) => at?.some(({ internal }) => internal)) ?? [];
  const world = await open({ address: `tcp://${name}:*` });
  expect(world.transport.address).toMatch(/^tcp:\/\/127\.\d+\.\d+\.\d+:\d+$/);
  await expect(open({ address: 'tcp://no-such-interface.invalid:*' })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
  });
});

test('a peer that was dropped hears what it was told last, and its connection ends', async () => {
  const world = await open();
  const { dealer, peer } = await world.peer('hello');
  const ended = new Promise((resolve) => dealer.events.on('disconnect', resolve));
  world.transport.send(peer, [bytes('goodbye')]);
  world.transport.drop(peer);
  expect(String(await dealer.receive())).toBe('goodbye');
  await ended;
  expect(world.recorder.gone).toEqual([]);
});

test('an oversized message is told with its peer, before the word that the peer is gone', async () => {
  const world = await open({ frameBytesMax: 1_024 });
  const { dealer, peer } = await world.peer('hello');
  await dealer.send([Buffer.alloc(600), Buffer.alloc(600)]);
  await eventually('the end', () => world.recorder.gone.includes(peer));
  expect(world.recorder.faults).toEqual([{ peer, fault: 'oversized', messages: 1 }]);
});

test('close before and during listen leaves no socket behind', async () => {
  const early = new ZmtpRouterTransport(SETTINGS);
  const listening = early.listen(new Recorder());
  await early.close(0);
  await listening;
  const again = await open({ address: early.address });
  expect(again.transport.address).toMatch(/:\d+$/);
});
