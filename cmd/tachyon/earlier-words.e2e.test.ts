// The earlier command line, word by word, on a live broker: each sub-command with each of its options and its defaults, what
// it prints where no terminal is, and how it ends.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { EarlierClient } from '../../internal/testing/parity/earlier-client.ts';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

let tachyon: Tachyon;
let router: string;
const clients: EarlierClient[] = [];

beforeEach(async () => {
  tachyon = new Tachyon();
  router = (await tachyon.readyBroker()).ready.router;
});
afterEach(async () => {
  for (const one of clients.splice(0)) one.close();
  await tachyon.remove();
});

type Fields = Readonly<Record<string, unknown>>;

const run = (...args: readonly string[]) => tachyon.run(['dlq', ...args]);

/** What a sub-command prints as a script would read it: one JSON value, indented by two spaces, and nothing else. */
async function printed(...args: readonly string[]): Promise<unknown> {
  const text = await tachyon.good(['dlq', ...args]);
  const value: unknown = JSON.parse(text);
  expect(text).toBe(`${JSON.stringify(value, null, 2)}\n`);
  return value;
}
const records = async (...args: readonly string[]): Promise<readonly Fields[]> => (await printed(...args)) as Fields[];
const idsOf = (found: readonly Fields[]): readonly unknown[] => found.map(({ message_id }) => message_id);

function client(): EarlierClient {
  const one = new EarlierClient(router);
  clients.push(one);
  return one;
}

/** A consumer of the earlier kind that takes these messages and says `status` to each, for good. */
async function died(consumerId: string, topic: string, ids: readonly string[], status: string): Promise<EarlierClient> {
  const consumer = client();
  await consumer.register(consumerId, [topic], 16);
  const producer = client();
  for (const id of ids) {
    await producer.publish(topic, id);
    expect((await consumer.nextEvent()).ID).toBe(id);
    await consumer.nack(id, status);
  }
  const all = () => records('list', '--consumer', consumerId);
  await eventually('the dead letters', async () => (await all()).length === ids.length);
  return consumer;
}

const TARGET = ['--target-consumer', 'worker-1', '--target-topic', 'orders.created'] as const;

describe('dlq list', () => {
  it('prints an array of records with the earlier fields, by --consumer, --topic and --reason, alone and together', async () => {
    await died('worker-1', 'orders.created', ['m1', 'm2'], 'no_stock');
    await died('worker-2', 'bills.sent', ['m3'], 'no_address');
    const [first, second, ...more] = await records('list', '--consumer', 'worker-1');
    expect(more).toEqual([]);
    expect(second).toMatchObject({ message_id: 'm2' });
    expect(first).toMatchObject({
      message_id: 'm1',
      consumer_id: 'worker-1',
      session_id: '',
      tenant_id: '',
      topic: 'orders.created',
      payload: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      priority: '',
      enqueue_sequence: expect.any(Number),
      attempt: 1,
      reason: 'no_stock',
      dead_lettered_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      replay_count: 0,
      last_replay_at: null,
      last_replay_target: '',
    });
    const payload = Buffer.from(String(first?.['payload']), 'base64').toString();
    expect(JSON.parse(payload)).toMatchObject({ ID: 'm1', Data: { amount: 7 } });
    expect(idsOf(await records('list'))).toEqual(['m1', 'm2', 'm3']);
    expect(idsOf(await records('list', '--topic', 'bills.sent'))).toEqual(['m3']);
    expect(idsOf(await records('list', '--reason=no_stock'))).toEqual(['m1', 'm2']);
    const both = ['list', '--consumer', 'worker-2', '--topic', 'bills.sent', '--reason'];
    expect(idsOf(await records(...both, 'no_address'))).toEqual(['m3']);
    expect(await records(...both, 'no_stock')).toEqual([]);
  });
});

describe('dlq inspect', () => {
  it('prints the one record of --id, which it needs', async () => {
    await died('worker-1', 'orders.created', ['m1', 'm2'], 'no_stock');
    const [, second] = await records('list');
    expect(await printed('inspect', '--id', 'm2')).toEqual(second);
    expect(await run('inspect')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--id') });
    expect(await run('inspect', '--id', 'm3')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/./),
    });
  });
});

describe('dlq replay', () => {
  it('of --ids a,b to the restated target gives each to its consumer again, as if it had never been tried', async () => {
    const consumer = await died('worker-1', 'orders.created', ['m1', 'm2'], 'no_stock');
    expect(await printed('replay', '--ids', 'm1,m2', ...TARGET, '--confirm', 'REPLAY')).toEqual({
      requested: 2,
      replayed: 2,
      failed: 0,
      failures: [],
      dry_run: false,
    });
    for (const id of ['m1', 'm2']) {
      expect(await consumer.nextEvent()).toMatchObject({ ID: id, attempt: 1 });
      await consumer.ack(id);
    }
    expect(await records('list')).toEqual([]);
    expect(await records('audit')).toMatchObject([
      { operation: 'replay_dead_letter', actor: 'cli', requested_reason: '', target_message_ids: ['m1', 'm2'] },
    ]);
  });

  it('records --actor and --reason, and names for each failure the record and why', async () => {
    await died('worker-1', 'orders.created', ['m1'], 'no_stock');
    const said = ['--actor', 'ops@example.com', '--reason', 'customer asked', '--confirm', 'REPLAY'];
    const failuresOf = async (...target: readonly string[]): Promise<unknown> => {
      const end = await run('replay', '--ids', 'm1,absent', ...target, ...said);
      expect([end.code, end.stderr]).toEqual([1, 'tachyon: 2 of 2 records failed\n']);
      const outcome = JSON.parse(end.stdout) as Fields;
      expect(outcome).toMatchObject({ requested: 2, replayed: 0, failed: 2 });
      return outcome['failures'];
    };
    const absent = { message_id: 'absent', error: 'record not found' };
    expect(await failuresOf('--target-consumer', 'worker-2', '--target-topic', 'orders.created')).toMatchObject([
      absent,
      { message_id: 'm1', error: expect.stringMatching(/^target consumer mismatch/) },
    ]);
    expect(await failuresOf('--target-consumer', 'worker-1', '--target-topic', 'orders')).toMatchObject([
      absent,
      { message_id: 'm1', error: expect.stringMatching(/^target topic mismatch/) },
    ]);
    for (const event of await records('audit')) {
      expect(event).toMatchObject({ actor: 'ops@example.com', requested_reason: 'customer asked' });
    }
    expect(idsOf(await records('list'))).toEqual(['m1']);
  });

  it.each(['', 'replay', 'PURGE', 'YES'])('moves nothing when --confirm is "%s" instead of REPLAY', async (word) => {
    await died('worker-1', 'orders.created', ['m1'], 'no_stock');
    const end = await run('replay', '--ids', 'm1', ...TARGET, '--confirm', word);
    expect(end).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('CONFIRMATION_REQUIRED') });
    expect(idsOf(await records('list'))).toEqual(['m1']);
    expect(await records('audit')).toMatchObject([{ outcome: 'CONFIRMATION_REQUIRED', target_message_ids: ['m1'] }]);
  });
});

describe('dlq purge', () => {
  it('takes away those of --ids a,b, and counts what was not there', async () => {
    await died('worker-1', 'orders.created', ['m1', 'm2', 'm3'], 'no_stock');
    expect(await printed('purge', '--ids', 'm1,m2', '--confirm', 'PURGE')).toEqual({
      requested: 2,
      purged: 2,
      failed: 0,
      failures: [],
      dry_run: false,
    });
    const end = await run('purge', '--ids', 'm3,m1', '--confirm', 'PURGE');
    expect(end.code).toBe(1);
    expect(JSON.parse(end.stdout)).toMatchObject({
      requested: 2,
      purged: 1,
      failed: 1,
      failures: [{ message_id: 'm1', error: 'record not found' }],
    });
    expect(await records('list')).toEqual([]);
  });

  it('chooses by --consumer, --topic and --reason, and records --actor and --mutation-reason', async () => {
    await died('worker-1', 'orders.created', ['m1'], 'no_stock');
    await died('worker-2', 'bills.sent', ['m2', 'm3'], 'no_address');
    await died('worker-3', 'mail.sent', ['m4'], 'no_such_box');
    const purged = async (...args: readonly string[]): Promise<unknown> =>
      ((await printed('purge', ...args, '--confirm', 'PURGE')) as Fields)['purged'];
    const nothing = await run('purge', '--consumer', 'worker-1', '--topic', 'bills.sent', '--confirm', 'PURGE');
    expect(nothing).toMatchObject({ code: 0, stderr: expect.stringContaining('no dead letter matches') });
    expect(JSON.parse(nothing.stdout)).toMatchObject({ requested: 0, purged: 0, failed: 0, failures: [] });
    expect(await purged('--consumer', 'worker-1')).toBe(1);
    expect(await purged('--topic', 'bills.sent')).toBe(2);
    const why = ['--actor', 'ops@example.com', '--mutation-reason', 'retention cleanup'];
    expect(await purged('--reason', 'no_such_box', ...why)).toBe(1);
    const events = (await records('audit')).filter(({ target_message_ids }) => (target_message_ids as []).length > 0);
    expect(events).toMatchObject([
      { operation: 'purge_dead_letter', actor: 'cli', requested_reason: '', target_message_ids: ['m1'] },
      { actor: 'cli', requested_reason: '', target_message_ids: ['m2', 'm3'] },
      { actor: 'ops@example.com', requested_reason: 'retention cleanup', target_message_ids: ['m4'] },
    ]);
  });

  it.each(['', 'purge', 'REPLAY'])('takes nothing when --confirm is "%s" instead of PURGE', async (word) => {
    await died('worker-1', 'orders.created', ['m1'], 'no_stock');
    const end = await run('purge', '--ids', 'm1', '--confirm', word);
    expect(end).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('CONFIRMATION_REQUIRED') });
    expect(idsOf(await records('list'))).toEqual(['m1']);
  });

  it('of nothing named takes nothing; --all says that everything is meant', async () => {
    await died('worker-1', 'orders.created', ['m1'], 'no_stock');
    expect(await run('purge', '--confirm', 'PURGE')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('SELECTOR_REQUIRED'),
    });
    expect(await printed('purge', '--all', '--confirm', 'PURGE')).toMatchObject({ purged: 1 });
  });
});

describe('dlq dead-letter', () => {
  it('makes a record of all that is said', async () => {
    const said = ['--id', 'm1', '--topic', 'orders.created', '--consumer', 'worker-1', '--session', 'sess_000007'];
    const more = ['--payload', 'raw-body', '--priority', 'high', '--dead-letter-reason', 'poison'];
    const record = {
      message_id: 'm1',
      topic: 'orders.created',
      consumer_id: 'worker-1',
      payload: Buffer.from('raw-body').toString('base64'),
      priority: 'high',
      reason: 'poison',
      tenant_id: '',
      replay_count: 0,
      last_replay_at: null,
      last_replay_target: '',
      attempt: 0,
      enqueue_sequence: expect.any(Number),
      dead_lettered_at: expect.stringMatching(/Z$/),
    };
    const why = ['--actor', 'ops@example.com', '--reason', 'manual quarantine'];
    expect(await printed('dead-letter', ...said, ...more, ...why)).toMatchObject({
      ...record,
      session_id: 'sess_000007',
    });
    expect(await printed('inspect', '--id', 'm1')).toMatchObject({ ...record, session_id: '' });
    expect(await records('audit')).toMatchObject([
      {
        operation: 'manual_dead_letter',
        actor: 'ops@example.com',
        requested_reason: 'manual quarantine',
        target_message_ids: ['m1'],
        resulting_state: [{ session_id: 'sess_000007', reason: 'poison' }],
      },
    ]);
  });

  it('needs --id and --topic, and has a default for all else', async () => {
    expect(await printed('dead-letter', '--id', 'm1', '--topic', 'orders.created')).toMatchObject({
      message_id: 'm1',
      consumer_id: 'orders.created',
      session_id: '',
      payload: '',
      priority: '',
      reason: 'manual_admin_action',
    });
    expect(await records('audit')).toMatchObject([{ actor: 'cli', requested_reason: '' }]);
    expect(await run('dead-letter', '--topic', 'a')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('dead-letter', '--id', 'm1')).toMatchObject({ code: 2, stdout: '' });
  });

  it('of an id that is a dead letter already leaves that one as it is', async () => {
    for (const body of ['first', 'second']) {
      await printed('dead-letter', '--id', 'm1', '--topic', 'a', '--payload', body);
    }
    const bodies = (await records('list')).map(({ payload }) => Buffer.from(String(payload), 'base64').toString());
    expect(bodies).toEqual(['first', 'second']);
  });
});

describe('dlq audit', () => {
  it('prints an array of events, by --id, --actor, --start and --end, alone and together', async () => {
    expect(await records('audit')).toEqual([]);
    const make = (id: string, actor: string) =>
      printed('dead-letter', '--id', id, '--topic', 'a.b', '--actor', actor, '--reason', `of ${id}`);
    await make('m1', 'olivia');
    await make('m2', 'ops@example.com');
    const all = await records('audit');
    const targets = async (...args: readonly string[]): Promise<unknown> =>
      (await records('audit', ...args)).map(({ target_message_ids }) => target_message_ids);
    expect(await targets()).toEqual([['m1'], ['m2']]);
    expect(await targets('--id', 'm1')).toEqual([['m1']]);
    expect(await targets('--actor', 'ops@example.com')).toEqual([['m2']]);
    const [first, second] = all.map(({ timestamp }) => String(timestamp));
    expect(await targets('--start', second ?? '')).toEqual([['m2']]);
    expect(await targets('--end', first ?? '')).toEqual([['m1']]);
    const day = ['--start', '2026-03-21T00:00:00Z', '--end', '2026-03-22T00:00:00Z'];
    expect(await targets('--id', 'm1', '--actor', 'olivia', ...day)).toEqual([]);
    expect(await targets('--id', 'm1', '--actor', 'olivia', '--start', '2020-03-21T00:00:00+01:00')).toEqual([['m1']]);
    expect(await run('audit', '--start', 'yesterday')).toMatchObject({ code: 1, stdout: '' });
  });

  it('has of each event the earlier fields, in a chain', async () => {
    for (const id of ['m1', 'm2']) await printed('dead-letter', '--id', id, '--topic', 'a.b');
    const events = await records('audit');
    for (const event of events) {
      expect(event).toMatchObject({
        event_id: expect.stringMatching(/^audit_[0-9a-f]{16}$/),
        actor: 'cli',
        timestamp: expect.stringMatching(/Z$/),
        operation: 'manual_dead_letter',
        target_message_ids: [expect.any(String)],
        requested_reason: '',
        prior_state: expect.any(Array),
        resulting_state: expect.any(Array),
        prev_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    }
    expect(events[1]?.['prev_hash']).toBe(events[0]?.['hash']);
  });
});

describe('how it ends', () => {
  it('is 2 for words and options that nobody knows, with what is wrong on standard error', async () => {
    for (const args of [['nothing'], ['list', '--nothing'], ['list', '-consumer', 'w'], ['inspect', '--id']]) {
      expect(await run(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^error: /) });
    }
  });

  it('is not 0 without a broker: nobody works on its files behind its back', async () => {
    const nobody = { env: { DATA_DIR: '', WAL_PATH: './other/direct_delivery.wal' } };
    const end = await tachyon.run(['dlq', 'list'], nobody);
    expect(end).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('BROKER_UNREACHABLE') });
  });
});
