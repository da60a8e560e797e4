// Dead letters by command, against a live broker: the lines of the earlier manual as they were printed, its flags, fields
// and defaults, and what is ours beside them.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

let tachyon: Tachyon;

beforeEach(async () => {
  tachyon = new Tachyon();
  await tachyon.readyBroker();
});
afterEach(() => tachyon.remove());

const run = (...args: readonly string[]) => tachyon.run(args);
const good = (...args: readonly string[]) => tachyon.good(args);
const parsed = (...args: readonly string[]) => tachyon.parsed(args);

/** A line as a manual prints it. */
const words = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').slice(1);

/** Messages of one queue that its consumer gave up, each with an id. */
async function failing(queue: string, topic: string, ids: readonly string[], reason = 'no stock'): Promise<void> {
  await good('queues', 'declare', queue, '--bind', topic);
  for (const id of ids) await good('pub', topic, `body of ${id}`, '--id', id);
  await good(
    ...['consume', '-q', queue, '-n', `${ids.length}`, '--nack', 'terminal', '--nack-reason', reason],
    ...['--consumer-id', 'worker-1'],
  );
}

const REPLAY = ['--target-consumer', 'worker-1', '--target-topic', 'orders.created', '--confirm', 'REPLAY'] as const;

describe('the printed lines', () => {
  it('run verbatim, and print JSON where no terminal is', async () => {
    await failing('orders', 'orders.created', ['msg-123']);
    const record = { message_id: 'msg-123', consumer_id: 'worker-1', topic: 'orders.created', reason: 'no stock' };
    const line = async (text: string): Promise<unknown> => JSON.parse(await good(...words(text)));

    expect(await line('tachyon dlq list --consumer worker-1')).toMatchObject([record]);
    expect(await line('tachyon dlq inspect --id msg-123')).toMatchObject(record);
    expect(
      await line(
        'tachyon dlq replay --ids msg-123 --target-consumer worker-1 --target-topic orders.created --actor ops@example.com --reason "customer-approved replay" --confirm REPLAY',
      ),
    ).toMatchObject({ requested: 1, replayed: 1, failed: 0, failures: [] });
    expect(await parsed('queues', 'show', 'orders')).toMatchObject({ ready: 1, dead_letters: 0 });
    expect(
      await line(
        'tachyon dlq dead-letter --id msg-123 --consumer worker-1 --topic orders.created --payload "raw-body" --actor ops@example.com --reason "manual quarantine"',
      ),
    ).toMatchObject({
      message_id: 'msg-123',
      consumer_id: 'worker-1',
      payload: Buffer.from('raw-body').toString('base64'),
      reason: 'manual_admin_action',
    });
    expect(
      await line(
        'tachyon dlq purge --ids msg-123 --actor ops@example.com --mutation-reason "retention cleanup" --confirm PURGE',
      ),
    ).toMatchObject({ requested: 1, purged: 1, failed: 0, failures: [] });
    const past =
      'tachyon dlq audit --id msg-123 --actor ops@example.com --start 2026-03-21T00:00:00Z --end 2026-03-22T00:00:00Z';
    expect(await line(past)).toEqual([]);

    const done = (await line('tachyon dlq audit --id msg-123 --actor ops@example.com')) as readonly object[];
    expect(done).toMatchObject([
      { operation: 'replay_dead_letter', requested_reason: 'customer-approved replay' },
      { operation: 'manual_dead_letter', requested_reason: 'manual quarantine' },
      { operation: 'purge_dead_letter', requested_reason: 'retention cleanup' },
    ]);
    for (const event of done) {
      expect(event).toMatchObject({
        event_id: expect.stringMatching(/^audit_/),
        actor: 'ops@example.com',
        timestamp: expect.stringMatching(/Z$/),
        target_message_ids: ['msg-123'],
        prior_state: expect.any(Array),
        resulting_state: expect.any(Array),
        prev_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    }
  });
});

describe('a replay', () => {
  it('of which one record failed ends with 1, and names that record and why', async () => {
    await failing('orders', 'orders.created', ['m1', 'm2']);
    const end = await run('dlq', 'replay', '--ids', 'm1,absent', ...REPLAY);
    expect({ code: end.code, stderr: end.stderr }).toEqual({
      code: 1,
      stderr: 'tachyon: 1 of 2 records failed\n',
    });
    expect(JSON.parse(end.stdout)).toMatchObject({
      requested: 2,
      replayed: 1,
      failed: 1,
      failures: [{ message_id: 'absent', code: 'DEAD_LETTER_NOT_FOUND' }],
    });
    const table = await run('dlq', 'replay', '--ids', 'absent', ...REPLAY, '-o', 'table');
    expect(table.stdout).toMatch(/replayed +0\n[\s\S]*\nabsent .*DEAD_LETTER_NOT_FOUND/);
    expect(await parsed('audit', 'list', '--operation', 'replay_dead_letter')).toMatchObject([
      { actor: 'cli', outcome: 'done', target_message_ids: ['m1'] },
      { actor: 'cli', outcome: 'DEAD_LETTER_NOT_FOUND', target_message_ids: ['absent'] },
      { actor: 'cli', outcome: 'DEAD_LETTER_NOT_FOUND', target_message_ids: ['absent'] },
    ]);
  });

  it('goes nowhere but to the target that is restated, or to the queue that is named', async () => {
    await failing('orders', 'orders.created', ['m1']);
    for (const target of [
      ['--target-consumer', 'worker-2', '--target-topic', 'orders.created'],
      ['--target-consumer', 'worker-1', '--target-topic', 'orders'],
    ]) {
      const end = await run('dlq', 'replay', '--ids', 'm1', ...target, '--confirm', 'REPLAY');
      expect(end.code).toBe(1);
      expect(JSON.parse(end.stdout)).toMatchObject({ replayed: 0, failures: [{ code: 'TARGET_MISMATCH' }] });
    }
    await good('queues', 'declare', 'second');
    expect(await parsed('dlq', 'replay', '--ids', 'm1', '--to-queue', 'second', '--confirm', 'REPLAY')).toMatchObject({
      replayed: 1,
    });
    expect(await good('consume', '-q', 'second', '-n', '1', '-f', '%v')).toBe('body of m1');
  });

  it('needs its word, and shows what it would do when it is only tried', async () => {
    await failing('orders', 'orders.created', ['m1', 'm2']);
    const target = ['--target-consumer', 'orders', '--target-topic', 'orders.created'];
    expect(await run('dlq', 'replay', '--ids', 'm1', ...target)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/CONFIRMATION_REQUIRED.*REPLAY[\s\S]*--confirm/),
    });
    expect(await parsed('dlq', 'replay', '--queue', 'orders', ...target, '--dry-run')).toMatchObject({
      requested: 2,
      replayed: 2,
      dry_run: true,
    });
    expect(await parsed('dlq', 'list')).toHaveLength(2);
  });

  it('of an id that two queues have wants to know which', async () => {
    for (const queue of ['a', 'b']) await good('queues', 'declare', queue, '--bind', 'orders.created');
    await good('pub', 'orders.created', 'x', '--id', 'm1');
    for (const queue of ['a', 'b']) {
      await good('consume', '-q', queue, '-n', '1', '--nack', 'terminal', '--consumer-id', 'worker-1');
    }
    expect(await run('dlq', 'inspect', '--id', 'm1')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/AMBIGUOUS_ID[\s\S]*--queue/),
    });
    expect(await parsed('dlq', 'inspect', '--id', 'm1', '--queue', 'b')).toMatchObject({ queue: 'b' });
    expect(await run('dlq', 'replay', '--ids', 'm1', ...REPLAY)).toMatchObject({ code: 1 });
    expect(await parsed('dlq', 'replay', '--ids', 'm1', '--queue', 'b', ...REPLAY)).toMatchObject({ replayed: 1 });
    expect(await parsed('dlq', 'list')).toMatchObject([{ queue: 'a' }]);
  });
});

describe('a purge', () => {
  it('chooses by --reason, and records --mutation-reason', async () => {
    await failing('orders', 'orders.created', ['m1', 'm2'], 'no stock');
    await failing('bills', 'bills.sent', ['m3'], 'no address');
    expect(
      await parsed(...['dlq', 'purge', '--reason', 'no address', '--mutation-reason', 'cleanup', '--confirm', 'PURGE']),
    ).toMatchObject({ requested: 1, purged: 1 });
    expect(await parsed('dlq', 'audit')).toMatchObject([{ target_message_ids: ['m3'], requested_reason: 'cleanup' }]);
    expect(await parsed('dlq', 'list')).toHaveLength(2);
  });

  it('never means all by a slip', async () => {
    await failing('orders', 'orders.created', ['m1']);
    expect(await run('dlq', 'purge', '--confirm', 'PURGE')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/SELECTOR_REQUIRED[\s\S]*--all/),
    });
    expect(await run('dlq', 'purge', '--ids', '', '--all', '--confirm', 'PURGE')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--ids'),
    });
    expect(await parsed('dlq', 'list')).toHaveLength(1);
    expect(await parsed('dlq', 'purge', '--all', '--confirm', 'PURGE')).toMatchObject({ purged: 1 });
    expect(await parsed('dlq', 'list')).toEqual([]);
  });

  it('takes an id with a comma by --id', async () => {
    await failing('orders', 'orders.created', ['m,1', 'm']);
    expect(await parsed('dlq', 'purge', '--id', 'm,1', '--confirm', 'PURGE')).toMatchObject({ purged: 1 });
    expect(await parsed('dlq', 'list')).toMatchObject([{ message_id: 'm' }]);
  });
});

describe('looking', () => {
  it('groups letters of the same death, and filters by the fingerprint', async () => {
    await failing('orders', 'orders.created', ['m1', 'm2'], 'no stock');
    await failing('bills', 'bills.sent', ['m3'], 'no address');
    const { items, total } = (await parsed('dlq', 'groups')) as {
      readonly items: readonly { readonly fingerprint: string }[];
      readonly total: number;
    };
    expect(total).toBe(2);
    expect(items).toMatchObject([
      { count: 2, queue: 'orders', reason: 'no stock' },
      { count: 1, queue: 'bills' },
    ]);
    const { fingerprint = '' } = items[0] ?? {};
    expect(await parsed('dlq', 'list', '--fingerprint', fingerprint)).toHaveLength(2);
    expect(await good('dlq', 'groups', '-o', 'table')).toMatch(/^fingerprint +count +queue.*\n[0-9a-f]{16} +2 +orders/);
  });

  it('says the same in JSON, YAML and for people', async () => {
    await failing('orders', 'orders.created', ['m1', 'm2']);
    const listed = await parsed('dlq', 'list');
    expect(parse(await good('dlq', 'list', '-o', 'yaml'))).toEqual(listed);
    expect(parse(await good('dlq', 'list', '--topic', 'none', '-o', 'yaml'))).toEqual([]);
    expect(await parsed('dlq', 'list', '-n', '1')).toHaveLength(1);
    const inspected = await good('dlq', 'inspect', '--id', 'm1', '-o', 'table');
    expect(inspected).toMatch(/message_id +m1\n/);
    expect(inspected).toMatch(/\nhistory\nattempt=1 +consumer_id=worker-1 .*reason=no stock\n/);
    expect(inspected).toMatch(/\nbody\nbody of m1\n$/);
    expect(await run('dlq', 'inspect', '--id', 'absent')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/DEAD_LETTER_NOT_FOUND[\s\S]*dlq list/),
    });
  });

  it('shows a body that would drive a terminal, and obeys it not', async () => {
    await good('dlq', 'dead-letter', '--id', 'm1', '--topic', 'a.b', '--payload', 'one\u001b[2J\ntwo');
    const text = await good('dlq', 'inspect', '--id', 'm1', '-o', 'table');
    expect(text).toContain('one\\u001b[2J\ntwo\n');
    expect(text).not.toContain('\u001b');
  });
});

describe('a large request', () => {
  it('becomes a job that can be followed to its end, and is counted in the audit log', async () => {
    await good('queues', 'declare', 'orders', '--bind', 'orders.created');
    await good('pub', 'orders.created', 'x', '--count', '1500');
    await good('consume', '-q', 'orders', '-n', '1500', '--nack', 'terminal', '--consumer-id', 'worker-1');
    const end = await run('dlq', 'purge', '--queue', 'orders', '--confirm', 'PURGE', '--mutation-reason', 'old');
    expect(end.code).toBe(0);
    const { job } = JSON.parse(end.stdout) as { readonly job: number };
    expect(job).toBeGreaterThan(0);
    expect(end.stderr).toMatch(new RegExp(`job ${job} .*jobs show ${job} --follow`));

    const followed = await run('jobs', 'show', `${job}`, '--follow', '-o', 'json');
    expect(followed).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/done, 1,500 of 1,500 done, 0 failed\n$/),
    });
    expect(JSON.parse(followed.stdout)).toMatchObject({ job, kind: 'purge', state: 'done', done: 1500, reason: 'old' });
    expect(await parsed('jobs', 'list')).toMatchObject([{ job, state: 'done' }]);
    expect(await good('jobs', 'list')).toMatch(/^job +kind +state/);
    expect(await parsed('dlq', 'list')).toEqual([]);
    const events = (await parsed('dlq', 'audit')) as readonly { readonly target_message_ids: readonly string[] }[];
    expect(events.flatMap(({ target_message_ids }) => target_message_ids)).toHaveLength(1500);
    expect(await run('jobs', 'show', '999')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/JOB_NOT_FOUND[\s\S]*jobs list/),
    });
  });

  it('is slow when it was asked to be, and can be cancelled', async () => {
    await good('queues', 'declare', 'orders', '--bind', 'orders.created');
    await good('pub', 'orders.created', 'x', '--count', '1100');
    await good('consume', '-q', 'orders', '-n', '1100', '--nack', 'terminal', '--consumer-id', 'worker-1');
    const end = await run('dlq', 'replay', '--queue', 'orders', ...REPLAY, '--rate', '20');
    const { job } = JSON.parse(end.stdout) as { readonly job: number };
    const follower = tachyon.start(['jobs', 'show', `${job}`, '--follow'], { env: { DATA_DIR: tachyon.dataFolder } });
    await follower.says('running');
    await good('jobs', 'cancel', `${job}`, '--reason', 'too late');
    expect(await follower.finished()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`job ${job} cancelled`)),
    });
    const shown = await parsed('jobs', 'show', `${job}`);
    expect(shown).toMatchObject({ state: 'cancelled', total: 1100 });
    expect((shown as { readonly done: number }).done).toBeLessThan(1100);
  });
});
