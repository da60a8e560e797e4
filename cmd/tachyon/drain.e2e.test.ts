// A queue is drained by command: nothing new comes in, what is there goes out, a restart changes nothing, and it opens
// again when an operator says so.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

const good = (...args: readonly string[]) => tachyon.good(args);

async function refusedPublish(): Promise<void> {
  const refused = await tachyon.run(['pub', 'orders.new', 'late']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('QUEUE_DRAINING') });
}

it('takes nothing new, hands over what is there, stays closed over a restart, and opens by resume', async () => {
  const { broker } = await tachyon.readyBroker();
  await good('queues', 'declare', 'orders', '--bind', 'orders.>');
  await good('pub', 'orders.new', 'body', '--count', '3');
  expect(await tachyon.parsed(['queues', 'drain', 'orders', '--actor', 'ann', '--reason', 'move'])).toMatchObject({
    queue: 'orders',
    draining: true,
    depth: 3,
  });
  await refusedPublish();
  const late = await tachyon.run(['queues', 'drain', 'orders', '--wait', '--timeout', '0']);
  expect(late).toMatchObject({ code: 3, stderr: expect.stringContaining('3 messages are left in "orders"') });

  await broker.kill('SIGKILL');
  await tachyon.readyBroker();
  await refusedPublish();
  expect(await tachyon.parsed(['queues', 'show', 'orders'])).toMatchObject({ draining: true, depth: 3 });

  const waiting = tachyon.start(['queues', 'drain', 'orders', '--wait', '-o', 'json'], {
    env: { DATA_DIR: tachyon.dataFolder },
  });
  expect(await good('consume', '-q', 'orders', '-n', '3')).toBe('orders.new body\n'.repeat(3));
  const { code, stdout } = await waiting.finished();
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ depth: 0, draining: true });
  expect(await good('why', 'orders')).toMatch(/delivery +drained: .*\n +next: tachyon queues resume orders\n/);
  await refusedPublish();

  await good('queues', 'resume', 'orders', '--actor', 'ann');
  await good('pub', 'orders.new', 'again');
  expect(await tachyon.parsed(['queues', 'show', 'orders'])).toMatchObject({ draining: false, depth: 1 });
  expect(await tachyon.parsed(['audit', 'list', '--actor', 'ann'])).toMatchObject([
    { requested_reason: 'move' },
    { operation: expect.stringContaining('resume') },
  ]);
});
