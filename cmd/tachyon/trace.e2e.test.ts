// The life of a message by command: while it waits, is held, fails, dies, is replayed and settled; beside a live broker,
// over a restart, and from the files alone. And a message that nobody knows.

import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { connect } from '../../pkg/client/index.ts';

interface Story {
  readonly messages: readonly {
    readonly sequence: number;
    readonly queues: readonly Record<string, unknown>[];
    readonly steps: readonly Record<string, unknown>[];
  }[];
  readonly messages_left_out: number;
  readonly audit: readonly Record<string, unknown>[];
  readonly sources: Readonly<Record<string, Record<string, unknown>>>;
}

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

const good = (...args: readonly string[]) => tachyon.good(args);
const traced = async (...args: readonly string[]) => (await tachyon.parsed(['trace', ...args])) as Story;
const stepsOf = ({ messages }: Story) => messages.map(({ steps }) => steps.map(({ event }) => event));

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

it('tells a life from the first day to the last, and where the message is at each of its stations', async () => {
  const { broker } = await tachyon.readyBroker();
  await good(
    'queues',
    'declare',
    'orders',
    '--bind',
    'orders.>',
    '--attempts-max',
    '2',
    '--backoff-initial-ms',
    '600000',
  );
  await good('queues', 'declare', 'copy', '--bind', 'orders.>');
  await good('pub', 'orders.new', 'body', '--id', 'm1', '-H', `traceparent=${TRACEPARENT}`, '-H', 'tracestate=a=1');

  const waits = await traced('m1');
  expect(waits).toMatchObject({
    message_id: 'm1',
    messages: [
      {
        sequence: 1,
        topic: 'orders.new',
        durable: true,
        trace_context: { traceparent: TRACEPARENT, tracestate: 'a=1' },
        queues: [
          {
            queue: 'orders',
            state: 'ready',
            why: { reason: 'no_consumer' },
            next_step: 'start its consumers; to look without taking: tachyon queues browse orders',
          },
          { queue: 'copy', state: 'ready' },
        ],
        steps: [{ event: 'accepted', position: expect.any(Number), queues: ['orders', 'copy'] }],
      },
    ],
    sources: { broker: { asked: true }, journal: { asked: true, from: { position: 1 } }, audit: { asked: true } },
  });
  const text = await good('trace', 'm1');
  expect(text).toMatch(/^m1 .*number 1, topic orders\.new.*on disk\n/);
  expect(text).toContain(TRACEPARENT);
  expect(text).toMatch(
    /now {2}orders: ready\n +no_consumer: .*\n +next: start its consumers; to look without taking: tachyon queues browse orders\n/,
  );
  expect(text).toMatch(/positions 1 to \d+, from \d{4}-.*Z on\n$/);

  await good(
    'consume',
    '-q',
    'orders',
    '-n',
    '1',
    '--nack',
    'retryable',
    '--nack-reason',
    'no stock',
    '--consumer-id',
    'w1',
  );
  const failed = await traced('m1', '--queue', 'orders');
  expect(failed.messages[0]?.queues).toMatchObject([
    { queue: 'orders', state: 'waiting_retry', attempts: 1, retry_at: expect.stringContaining('T'), lease: null },
  ]);
  expect(failed.messages[0]?.steps).toMatchObject([
    { event: 'accepted' },
    { event: 'leased', consumer_id: 'w1', attempt: 1, until: expect.stringContaining('T') },
    { event: 'failed', consumer_id: 'w1', cause: 'nack_retryable', reason: 'no stock' },
  ]);

  await good(
    'consume',
    '-q',
    'copy',
    '-n',
    '1',
    '--nack',
    'terminal',
    '--nack-reason',
    'no address',
    '--consumer-id',
    'w2',
  );
  expect((await traced('m1', '--queue', 'copy')).messages[0]?.queues).toMatchObject([
    {
      state: 'dead_letter',
      dead_letter: { cause: 'nack_terminal', reason: 'no address' },
      next_step: 'tachyon dlq inspect --id m1',
    },
  ]);
  await good(
    ...['dlq', 'replay', '--ids', 'm1', '--target-consumer', 'w2', '--target-topic', 'orders.new'],
    ...['--confirm', 'REPLAY', '--actor', 'ann', '--reason', 'moved'],
  );
  const holder = tachyon.start(['consume', '-q', 'copy', '-n', '2', '--consumer-id', 'w3'], {
    env: { DATA_DIR: tachyon.dataFolder },
  });
  await holder.says('body');
  await expect
    .poll(async () => (await traced('m1', '--queue', 'copy')).messages[0]?.queues)
    .toMatchObject([{ state: 'settled' }]);
  holder.child.kill('SIGINT');
  await holder.end;
  const replayed = await traced('m1', '--queue', 'copy');
  expect(stepsOf(replayed)).toEqual([['accepted', 'leased', 'dead_lettered', 'replayed', 'leased', 'settled']]);
  expect(replayed.audit).toMatchObject([{ operation: 'replay_dead_letter', actor: 'ann', requested_reason: 'moved' }]);
  expect(await good('trace', 'm1')).toMatch(/audit log\n .*replay_dead_letter \(done\) by ann: moved\n/);

  await broker.kill('SIGKILL');
  const alone = await tachyon.run(['trace', 'm1', '-o', 'json']);
  const told = JSON.parse(alone.stdout) as Story;
  expect(alone.code).toBe(0);
  expect(told.sources).toMatchObject({
    broker: { asked: false, code: 'BROKER_UNREACHABLE' },
    journal: { asked: true },
    audit: { asked: false },
  });
  expect(told.messages[0]?.queues).toMatchObject([
    { queue: 'orders', state: 'waiting_retry' },
    { queue: 'copy', state: 'settled' },
  ]);
  expect(told.audit).toMatchObject([{ operation: 'replay_dead_letter', actor: 'ann' }]);
  const said = await tachyon.run(['trace', 'm1']);
  expect(said.stderr).toContain('the broker could not be asked (BROKER_UNREACHABLE)');

  await tachyon.readyBroker();
  expect(stepsOf(await traced('m1', '--queue', 'copy'))).toEqual(stepsOf(replayed));
  await good('queues', 'purge', 'orders', '--confirm', 'PURGE', '--actor', 'ann');
  expect((await traced('m1', '--queue', 'orders')).messages[0]).toMatchObject({
    queues: [{ state: 'purged' }],
    steps: [{}, {}, {}, { event: 'purged', actor: 'ann' }],
  });
});

it('tells each of several messages with one id', async () => {
  await tachyon.readyBroker();
  await good('queues', 'declare', 'q', '--bind', 'a');
  for (const body of ['one', 'two']) await good('pub', 'a', body, '--id', 'same');
  const holder = tachyon.start(['consume', '-q', 'q', '--consumer-id', 'w1', '-n', '1'], {
    env: { DATA_DIR: tachyon.dataFolder },
  });
  await holder.end;
  const { messages } = await traced('same');
  expect(messages).toMatchObject([
    { sequence: 1, queues: [{ state: 'settled' }] },
    { sequence: 2, queues: [{ state: 'ready' }] },
  ]);
  expect(await good('trace', 'same')).toMatch(/number 1[\s\S]*number 2/);
});

it('finds a message by its number, beside a broker and without, and calls it by its own id', async () => {
  const { broker } = await tachyon.readyBroker();
  await good('queues', 'declare', 'q', '--bind', 'a');
  const { position } = (await tachyon.parsed(['pub', 'a', 'one'])) as { readonly position: number };
  await good('pub', 'a', 'two', '--id', 'm2');
  const [accepted] = (await tachyon.lines([
    ...['journal', 'dump', '--from', `${position}`, '--to', `${position}`, '--type', 'accepted'],
  ])) as readonly { readonly sequence?: number; readonly sequences?: readonly number[] }[];
  expect(JSON.stringify(accepted)).toContain('#1');
  expect(await traced('#1')).toMatchObject({ messages: [{ message_id: '#1', sequence: 1 }] });
  await good('queues', 'pause', 'q');
  expect(await traced('#2')).toMatchObject({
    messages: [{ message_id: 'm2', sequence: 2, queues: [{ state: 'ready' }] }],
  });
  await broker.kill('SIGKILL');
  const alone = await tachyon.run(['trace', '#2', '-o', 'json']);
  expect(JSON.parse(alone.stdout)).toMatchObject({ messages: [{ message_id: 'm2', steps: [{ event: 'accepted' }] }] });
});

it('says of a message that nobody knows since when the journal would know it', async () => {
  await tachyon.readyBroker();
  const unknown = await tachyon.run(['trace', 'nobody']);
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toMatch(
    /MESSAGE_NOT_FOUND: .*holds no "nobody"; the journal tells .* since \d{4}-.*\(position 1\)/,
  );
  expect(unknown.stderr).toMatch(/next: .*tachyon journal dump --from P --to P/);
});

it('tells from the files alone how a message stands whose acceptance they do not reach back to', async () => {
  const small = { WAL_SEGMENT_MAX_BYTES: '1048576', MESSAGE_BYTES_MAX: '262144', CHECKPOINT_BYTES: '262144' };
  const { ready, broker } = await tachyon.readyBroker([], { env: { ...small, TRUST_CLIENT_TENANT: 'true' } });
  const queues = ['dead', 'leased', 'waiting', 'ready'];
  const policy = ['--lease-ms', '600000', '--backoff-initial-ms', '600000', '--backoff-max-ms', '600000'];
  for (const queue of queues) {
    await good('queues', 'declare', queue, '--bind', queue, '--tenant', 'acme', ...policy);
    await good('pub', queue, 'body', '--id', queue, '--tenant', 'acme');
  }
  await good('queues', 'declare', 'flood', '--bind', 'flood');
  const own = await connect({ router: ready.router, timeoutMs: 20_000 });
  const acme = await connect({ router: ready.router, timeoutMs: 20_000, tenant: 'acme' });
  let held = false;
  await acme.consume({ queue: 'dead', consumerId: 'w1' }, (delivery) =>
    delivery.nack({ status: 'terminal', reason: 'bad' }),
  );
  await acme.consume({ queue: 'waiting', consumerId: 'w2' }, (delivery) => delivery.nack({ reason: 'no stock' }));
  await acme.consume({ queue: 'leased', consumerId: 'w3' }, () => {
    held = true;
    return new Promise(() => undefined);
  });
  await eventually('it is held', () => held);
  await own.consume({ queue: 'flood' }, () => undefined);
  const body = new Uint8Array(3_000);
  await eventually(
    'the segments that told of them are gone',
    async () => {
      await Promise.all(Array.from({ length: 400 }, () => own.publish('flood', body)));
      return (await traced('ready')).messages[0]?.steps[0]?.['position'] === null;
    },
    { withinMs: 60_000 },
  );
  const stands = async (): Promise<unknown> =>
    Promise.all(
      queues.map(async (queue) => {
        const { stdout } = await tachyon.run(['trace', queue, '-o', 'json']);
        const [message] = (JSON.parse(stdout) as Story).messages;
        const { why: _, ...place } = message?.queues[0] ?? {};
        const steps = message?.steps.filter(({ event }) => event !== 'relocated').map(({ event }) => event);
        return { ...place, next_step: place['state'] === 'dead_letter' ? place['next_step'] : '', steps };
      }),
    );
  const live = await stands();
  expect(live).toMatchObject([
    {
      state: 'dead_letter',
      attempts: 1,
      deliveries: 1,
      dead_letter: { cause: 'nack_terminal', reason: 'bad' },
      next_step: 'tachyon dlq inspect --id dead --tenant acme',
      steps: ['accepted', 'dead_lettered'],
    },
    { state: 'leased', attempts: 0, deliveries: 1, lease: { consumer_id: 'w3' } },
    { state: 'waiting_retry', attempts: 1, retry_at: expect.stringContaining('T'), steps: ['accepted', 'failed'] },
    { state: 'ready', attempts: 0, steps: ['accepted'] },
  ]);
  await broker.kill('SIGKILL');
  expect(await stands()).toEqual(live);
  await Promise.all([own.close(), acme.close()]);
}, 120_000);

it('tells a replay into another queue from both of its ends', async () => {
  await tachyon.readyBroker();
  for (const queue of ['q', 'r']) await good('queues', 'declare', queue, '--bind', queue);
  await good('pub', 'q', 'body', '--id', 'm1');
  await good('consume', '-q', 'q', '-n', '1', '--nack', 'terminal');
  await good('dlq', 'replay', '--id', 'm1', '--to-queue', 'r', '--confirm', 'REPLAY', '--actor', 'ann');
  expect((await traced('m1')).messages).toMatchObject([
    {
      sequence: 1,
      queues: [{ queue: 'q', state: 'moved' }],
      steps: [{}, {}, {}, { into_queue: 'r', into_sequence: 2 }],
    },
    {
      sequence: 2,
      queues: [{ queue: 'r', state: 'ready' }],
      steps: [{ event: 'accepted' }, { of_queue: 'q', of_sequence: 1 }],
    },
  ]);
  const text = await good('trace', 'm1');
  expect(text).toMatch(/replayed +q {2}into r, as number 2, by operator ann/);
  expect(text).toMatch(/replayed +r {2}by operator ann, out of q, where it was number 1/);
});

it('tells at most so many messages of one id, and counts the others once', async () => {
  await tachyon.readyBroker();
  await good('queues', 'declare', 'q', '--bind', 'a');
  await good('pub', 'a', 'body', '--id', 'same', '--count', '1500');
  const { messages, messages_left_out: leftOut } = await traced('same');
  expect({ told: messages.length, leftOut }).toEqual({ told: 1_000, leftOut: 500 });
  expect(messages.filter(({ steps }) => steps[0]?.['position'] === null)).toEqual([]);
  expect(await good('trace', 'same')).toMatch(/\n500 more messages have this id\n$/);
}, 60_000);

it('needs one source at least', async () => {
  rmSync(tachyon.dataFolder, { recursive: true, force: true });
  expect(await tachyon.run(['trace', 'm1'])).toMatchObject({ code: 3, stdout: '' });
});
