// What is particular to libzmq: the bound on routing ids, IPC, failed greetings, and a linger that outlives the process's
// own queue. The rest is in the conformance suite.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { bytes, Recorder, SETTINGS, text, World } from '../conformance/harness.ts';
import { RouterTransport, type RouterTransportOptions } from './router-transport.ts';

const worlds: World[] = [];
const open = async (options: Partial<RouterTransportOptions> = {}): Promise<World> => {
  const world = await World.open((settings) => new RouterTransport({ ...settings, ...options }));
  worlds.push(world);
  return world;
};

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.closeAll()));
});

test('beyond the bound on peers the one that was silent longest is told as gone, and may come back as a new one', async () => {
  const world = await open({ peersMax: 3 });
  const first = await world.peer('first');
  await world.peer('second');
  await world.peer('third');
  await world.peer('fourth');
  expect(world.recorder.gone).toEqual([first.peer]);
  expect(world.transport.send(first.peer, [bytes('?')])).toBe('gone');
  await first.dealer.send('first, again');
  const again = await eventually('the first comes back', () => world.peerThatSaid('first, again'));
  expect(again).not.toBe(first.peer);
  expect(world.transport.send(again, [bytes('welcome')])).toBe('accepted');
  expect(text((await first.dealer.receive())[0])).toBe('welcome');
});

test('a second connection with a routing id in use does not take the place of the first', async () => {
  const world = await open();
  const owner = await world.peer('owner', { routingId: 'seat' });
  const rival = world.dealer({ routingId: 'seat' });
  await rival.send('mine now');
  for (let round = 0; round < 20; round += 1) await world.expectAlive(owner.dealer, owner.peer, `round ${round}`);
  expect(world.peerThatSaid('mine now')).toBeUndefined();
});

test('peers connect over ipc as over tcp', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'router-'));
  try {
    const world = await open({ address: `ipc://${join(folder, 'broker.sock')}` });
    const { dealer, peer } = await world.peer('hello');
    await world.expectAlive(dealer, peer, 'over ipc');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a greeting in another security mechanism is counted as malformed', async () => {
  const world = await open();
  const socket = await world.tcp();
  const greeting = Buffer.alloc(64);
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]).copy(greeting);
  greeting.write('PLAIN', 12);
  socket.write(greeting);
  await eventually('the fault', () =>
    world.recorder.faults.some((entry) => entry.fault === 'malformed' && entry.peer === null),
  );
});

test('when close resolves, a process that exits at once still leaves everything with its peer', async () => {
  // The child is the receiver, so that stopping it fills the pipes while this process is the sender that closes.
  const world = await open({ sendHighWaterMark: 1_000, backlogBytesMax: 64 * 1024 * 1024 });
  const script = `
    const { Dealer } = require('zeromq');
    const dealer = new Dealer({ linger: 0, receiveHighWaterMark: 1 });
    dealer.connect(process.argv[1]);
    (async () => {
      await dealer.send('child');
      let count = 0;
      while (count < 40) { await dealer.receive(); count += 1; }
      process.stdout.write('got ' + count);
      dealer.close();
    })();`;
  const child = spawn(process.execPath, ['-e', script, world.transport.address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const peer = await eventually('the child speaks', () => world.peerThatSaid('child'));
  child.kill('SIGSTOP');
  for (let count = 0; count < 40; count += 1) {
    expect(world.transport.send(peer, [Buffer.alloc(1024 * 1024)])).toBe('accepted');
  }
  let closed = false;
  const closing = world.transport.close(20_000).then(() => {
    closed = true;
  });
  // As long as the peer is stopped its messages cannot be out, so close may not have ended.
  await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toBe(false);
  child.kill('SIGCONT');
  await closing;
  await exited;
  expect(output).toBe('got 40');
  expect(world.recorder.faults).toEqual([]);
});

test('close before and during listen leaves no socket behind', async () => {
  const early = new RouterTransport(SETTINGS);
  const listening = early.listen(new Recorder());
  await early.close(0);
  await listening;
  const again = await open({ address: early.address });
  expect(again.transport.address).toMatch(/:\d+$/);
});
