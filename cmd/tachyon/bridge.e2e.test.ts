// A bridge between two real brokers: what its queue is given arrives there once confirmed, and what came over a bridge
// does not go back.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

let here: Tachyon;
let there: Tachyon;

beforeEach(() => {
  here = new Tachyon();
  there = new Tachyon();
});
afterEach(async () => {
  await here.remove();
  await there.remove();
});

it('carries messages with their headers, each acknowledged here when it is durable there, and none back', async () => {
  const { ready: near } = await here.readyBroker();
  const { ready: far } = await there.readyBroker();
  await here.good(['routes', 'add', 'orders.>', '--type', 'bridge', '--to', 'out']);
  await there.good(['routes', 'add', 'orders.>', '--type', 'bridge', '--to', 'back']);
  await there.good(['queues', 'declare', 'orders', '--bind', 'orders.>']);
  await here.good(['pub', 'orders.eu', 'first', '--header', 'region=eu']);
  const bridge = here.start(['bridge', '--queue', 'out', '--to', far.router], { env: { DATA_DIR: here.dataFolder } });
  await bridge.says('"out" to');
  const got = await there.good(['consume', '-q', 'orders', '-n', '1', '-f', '%t %v %h\\n']);
  expect(got).toContain('orders.eu first');
  expect(got).toContain('tachyon_hops');
  await here.good(['pub', 'orders.us', 'x', '--count', '20']);
  expect(await there.good(['consume', '-q', 'orders', '-n', '20'])).toBe('orders.us x\n'.repeat(20));
  void bridge.kill('SIGTERM');
  expect(await bridge.finished()).toMatchObject({ code: 0, stdout: expect.stringContaining('21') });
  expect(await here.good(['queues', 'show', 'out'])).toMatch(/depth +0/);
  // What has come over one bridge is not led over another, unless its route says so.
  expect(await there.good(['queues', 'show', 'back'])).toMatch(/depth +0/);
  expect(await there.good(['routes', 'match', 'orders.eu', '--header', 'tachyon_hops=1'])).toContain('as many bridges');
  expect(near.router).not.toBe(far.router);
});
