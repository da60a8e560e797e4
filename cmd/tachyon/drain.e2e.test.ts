// A queue is drained by command: nothing new comes in, what is there goes out, a restart changes nothing, and it opens
// again when an operator says so.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
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

const waitingDrain = (...args: readonly string[]) =>
  tachyon.start(['queues', 'drain', 'orders', '--wait', ...args], { env: { DATA_DIR: tachyon.dataFolder } });

const tellsWhy = async (waiting: ReturnType<typeof waitingDrain>, reason: RegExp): Promise<void> => {
  await eventually('it says what it waits for', () => reason.test(waiting.stderr), { withinMs: 15_000 });
};

it('says what --wait waits for, and ends where the queue was resumed meanwhile', async () => {
  await tachyon.readyBroker([], { env: { TRUST_CLIENT_TENANT: 'true' } });
  await good('queues', 'declare', 'orders', '--bind', 'orders.>', '--tenant', 'acme');
  await good('pub', 'orders.new', 'body', '--tenant', 'acme');
  await good('queues', 'pause', 'orders', '--tenant', 'acme');
  const waiting = waitingDrain('--tenant', 'acme');
  await tellsWhy(
    waiting,
    /1 messages are left in "orders": paused, .*\n {2}next: tachyon queues resume orders --tenant acme\n/,
  );
  await good('queues', 'resume', 'orders', '--tenant', 'acme');
  const { code, stderr } = await waiting.finished();
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /NOT_DRAINING: .*resumed meanwhile\n {2}next: tachyon queues drain orders --tenant acme --wait/,
  );
  expect(stderr.match(/an operator paused it/g)).toHaveLength(1);
}, 60_000);
