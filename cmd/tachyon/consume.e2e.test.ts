// Whoever takes messages and gets none is told why, on standard error; and a queue that was not emptied is not called so.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

const good = (...args: readonly string[]) => tachyon.good(args);

async function withFive(): Promise<{ readonly router: string }> {
  const { ready } = await tachyon.readyBroker();
  await good('queues', 'declare', 'orders', '--bind', 'orders.>', '--backoff-initial-ms', '600000');
  await good('pub', 'orders.new', 'x', '--count', '5');
  return ready;
}

it('is told that the queue is paused, once, and goes on when it is resumed', async () => {
  await withFive();
  await good('queues', 'pause', 'orders');
  expect(await good('queues', 'list')).toMatch(/^queue +state .*\norders +paused /);
  const waiting = tachyon.start(['consume', '--queue', 'orders', '-n', '5'], { env: { DATA_DIR: tachyon.dataFolder } });
  await waiting.says('next: tachyon queues resume orders');
  await good('queues', 'resume', 'orders');
  const end = await waiting.finished();
  expect(end).toMatchObject({ code: 0, stdout: 'orders.new x\n'.repeat(5) });
  expect(end.stderr).toMatch(
    /^waiting: queue "orders": .*paused it \(5 ready\)\n +next: tachyon queues resume orders\n$/,
  );
  expect(await good('queues', 'list')).toMatch(/\norders +open /);
});

it('ends with 1 where a queue holds what cannot come, and with 0 where it is empty or others have it', async () => {
  await withFive();
  const emptied = () => tachyon.run(['consume', '-q', 'orders', '--exit-when-empty']);
  await good('queues', 'pause', 'orders');
  expect(await emptied()).toMatchObject({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringMatching(
      /not empty: queue "orders": .*paused it, 5 ready\n +next: tachyon queues resume orders\n$/,
    ),
  });
  await good('queues', 'resume', 'orders');
  // Handed back on purpose: they wait because they were asked to.
  expect(await tachyon.run(['consume', '-q', 'orders', '-n', '1', '--nack'])).toMatchObject({ code: 0, stderr: '' });
  const rest = await emptied();
  expect(rest).toMatchObject({ code: 1, stdout: 'orders.new x\n'.repeat(4) });
  expect(rest.stderr).toMatch(/not empty: queue "orders": 1 waiting for a retry\n/);
  await good('queues', 'purge', 'orders', '--confirm', 'PURGE');
  expect(await emptied()).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

it('is told that a queue was made to which nothing leads, and not of one that was there or is led to', async () => {
  const { router } = await withFive();
  const made = await tachyon.run(['consume', '--queue', 'ordrs', '--exit-when-empty']);
  expect(made).toMatchObject({ code: 0, stdout: '' });
  expect(made.stderr).toMatch(
    /queue "ordrs" was not there: it was made, and nothing leads to it\n +next: .* queues bind ordrs /,
  );
  for (const words of [
    ['--queue', 'ordrs'],
    ['--queue', 'new', 'new.>'],
  ]) {
    expect(await tachyon.run(['consume', ...words, '--exit-when-empty'])).toMatchObject({ code: 0, stderr: '' });
  }
  // The same broker by its endpoint is known by its socket; where that is not there nothing is said.
  const byEndpoint = ['consume', '--queue', 'other', '--exit-when-empty', '--router', router];
  expect((await tachyon.run(byEndpoint)).stderr).toContain('nothing leads to it');
  const alone = { env: { DATA_DIR: '/no/such/folder' } };
  expect(await tachyon.run([...byEndpoint, '--consumer-id', 'c1'], alone)).toMatchObject({ code: 0, stderr: '' });
});

it('of another broker than the data folder’s is told nothing by it', async () => {
  await withFive();
  const elsewhere = new Tachyon();
  try {
    const { ready } = await elsewhere.readyBroker();
    await good('queues', 'pause', 'orders');
    const end = await tachyon.run(['consume', '--queue', 'orders', '--exit-when-empty', '--router', ready.router]);
    expect(end).toMatchObject({ code: 0, stdout: '', stderr: '' });
    await eventually('the queue of the other broker', async () => {
      const queues = (await elsewhere.parsed(['queues', 'list'])) as readonly object[];
      return queues.length === 1;
    });
  } finally {
    await elsewhere.remove();
  }
});
