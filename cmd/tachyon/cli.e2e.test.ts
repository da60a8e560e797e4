// Every command against a live broker, as a whole process: what it prints for people and for programs, its exit code, and
// that what it advises works as printed.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

const serve = () => tachyon.readyBroker();
const good = (args: readonly string[], input?: string) => tachyon.good(args, input);
const parsed = (args: readonly string[]) => tachyon.parsed(args);

describe('tachyon', () => {
  it('declares, binds, shows, lists, purges and deletes queues', async () => {
    await serve();
    expect(
      await parsed(['queues', 'declare', 'orders', '--bind', 'orders.>', '--attempts-max', '2', '--reason', 'test']),
    ).toEqual({
      queue: 'orders',
      created: true,
      bound: ['orders.>'],
    });
    expect(await good(['queues', 'bind', 'orders', 'returns.*'])).toContain('returns.*');
    await good(['pub', 'returns.x', 'body']);
    expect(await parsed(['queues', 'list'])).toMatchObject([
      { queue: 'orders', ready: 1, patterns: ['orders.>', 'returns.*'] },
    ]);
    expect(await good(['queues', 'list'])).toMatch(/^queue +state +ready .*\norders +open +1 /);
    expect(await parsed(['queues', 'show', 'orders'])).toMatchObject({
      queue: 'orders',
      depth: 1,
      policy: { attempts_max: 2 },
    });
    expect(await good(['queues', 'show', 'orders'])).toMatch(/attempts_max +2/);

    const unconfirmed = await tachyon.run(['queues', 'purge', 'orders']);
    expect(unconfirmed).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('CONFIRMATION_REQUIRED'),
    });
    expect(await tachyon.run(['queues', 'delete', 'orders'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('QUEUE_NOT_EMPTY'),
    });
    expect(await parsed(['queues', 'purge', 'orders', '--confirm', 'PURGE'])).toMatchObject({
      queue: 'orders',
      purged: 1,
    });
    expect(await good(['queues', 'delete', 'orders'])).toContain('orders');
    expect(await tachyon.run(['queues', 'show', 'orders'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('QUEUE_NOT_FOUND'),
    });
    expect(await tachyon.run(['queues', 'list'])).toMatchObject({ code: 0, stdout: '', stderr: 'no queues\n' });
  });

  it('browses messages without taking them, one document a line', async () => {
    await serve();
    await good(['queues', 'declare', 'q', '--bind', 'a']);
    await good(['pub', 'a', '--lines'], 'one\ntwo\nthree\n');
    const messages = await tachyon.lines(['queues', 'browse', 'q', '-n', '2']);
    expect(messages).toMatchObject([
      { topic: 'a', status: 'ready', payload: Buffer.from('one').toString('base64') },
      { payload: Buffer.from('two').toString('base64') },
    ]);
    expect(await good(['queues', 'browse', 'q'])).toMatch(/three\n$/);
    expect(await parsed(['queues', 'show', 'q'])).toMatchObject({ ready: 3 });
  });

  it('publishes lines as one batch, all or none', async () => {
    await serve();
    await good(['queues', 'declare', 'q', '--bind', 'a']);
    expect(await good(['pub', 'a', '--lines', '--atomic'], 'one\ntwo\n')).toContain('2 messages');
    const long = `${'x'.repeat(600_000)}\n`;
    expect(await tachyon.run(['pub', 'a', '--lines', '--atomic'], { input: `${long}${long}` })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('BATCH_TOO_LARGE'),
    });
    expect(await parsed(['queues', 'show', 'q'])).toMatchObject({ ready: 2 });
  });

  it('publishes for later, and what is worth nothing after a time', async () => {
    await serve();
    await good(['queues', 'declare', 'q', '--bind', 'a']);
    const noon = '2100-01-01T12:00:00Z';
    await good(['pub', 'a', 'x', '--delay', '1.5m', '--ttl', '2h']);
    expect(await tachyon.run(['pub', 'a', 'x', '--deliver-at', noon])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SCHEDULE_TOO_FAR'),
    });
    expect(await tachyon.lines(['queues', 'browse', 'q'])).toMatchObject([
      { status: 'scheduled', due_at: expect.any(String), attributes: { delay_ms: 90_000, ttl_ms: 7_200_000 } },
    ]);
    for (const wrong of [
      ['--delay', 'soon'],
      ['--ttl', '5'],
      ['--deliver-at', 'tomorrow'],
      ['--delay', '5s', '--deliver-at', noon],
    ]) {
      expect(await tachyon.run(['pub', 'a', 'x', ...wrong])).toMatchObject({ code: 2 });
    }
  });

  it('adds, lists and removes routes', async () => {
    await serve();
    expect(await parsed(['routes', 'add', 'orders.*', '--to', 'orders', '--priority', '5'])).toMatchObject({
      outcome: 'added',
    });
    await good(['routes', 'add', 'metrics.>', '--type', 'fanout']);
    expect(await parsed(['routes', 'list'])).toMatchObject([
      { pattern: 'orders.*', destination_id: 'orders', route_type: 'direct', priority: 5 },
      { pattern: 'metrics.>', route_type: 'fanout' },
    ]);
    expect(await good(['routes', 'list'])).toMatch(/metrics\.> +fanout/);
    expect(await parsed(['routes', 'show', 'orders.*'])).toMatchObject({
      total: 1,
      items: [{ pattern: 'orders.*', priority: 5, metadata: {}, queue: { queue: 'orders', depth: 0 }, sessions: [] }],
    });
    expect(await good(['routes', 'show', 'metrics.>'])).toMatch(/route_type +fanout/);
    expect(await tachyon.run(['routes', 'show', 'orders.*', '--to', 'other'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ROUTE_NOT_FOUND'),
    });
    expect(await parsed(['routes', 'remove', 'metrics.>'])).toMatchObject({ removed: 1 });
    expect(await tachyon.run(['routes', 'remove', 'metrics.>'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ROUTE_NOT_FOUND'),
    });
    expect(await tachyon.run(['routes', 'add', 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--to'),
    });
  });

  it('shows sessions and the status', async () => {
    await serve();
    const consumer = tachyon.start(['consume', 'jobs.>', '--consumer-id', 'worker-7'], {
      env: { DATA_DIR: tachyon.dataFolder },
    });
    await expect
      .poll(() => parsed(['sessions', 'list']))
      .toMatchObject([{ consumer_id: 'worker-7', live: true, queues: ['jobs.>'] }]);
    expect(await good(['sessions', 'list'])).toMatch(/worker-7 +yes +jobs\.>/);
    expect(await parsed(['sessions', 'show', 'worker-7'])).toMatchObject({
      consumer_id: 'worker-7',
      live: true,
      last_heard_at: expect.stringContaining('T'),
      queues: [{ queue: 'jobs.>', leased_here: 0 }],
      leases: [],
    });
    expect(await good(['sessions', 'show', 'worker-7'])).toMatch(/consumer_id +worker-7/);
    expect(await tachyon.run(['sessions', 'show', 'nobody'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('CONSUMER_NOT_FOUND'),
    });
    expect(await parsed(['status'])).toMatchObject({
      version: expect.any(String),
      counters: { published: 0 },
      depth: 0,
      oldest_unacked_ms: null,
      event_loop_p99_ms: expect.any(Number),
      journal: { durability: 'disk', sync_p99_ms: expect.any(Number) },
    });
    expect(await good(['status'])).toMatch(/sync_p99_ms +[\d.]+ ms/);
    consumer.child.kill('SIGINT');
    expect(await consumer.end).toEqual({ code: 0, signal: null });
  });

  it('shows the queues at one glance, once where no terminal is', async () => {
    await serve();
    for (const queue of ['calm', 'busy']) await good(['queues', 'declare', queue, '--bind', queue]);
    await good(['pub', 'busy', 'x', '--count', '3']);
    expect(await good(['top'])).toMatch(
      /^up .*depth 3 [\s\S]*\nqueue +depth +ready.*\nbusy +3 +3 .*\ncalm +0 +0 .*\n$/,
    );
    expect(await parsed(['top'])).toMatchObject({
      status: { depth: 3 },
      queues: [{ queue: 'calm' }, { queue: 'busy' }],
    });
    const { status } = (await parsed(['top'])) as { readonly status: { readonly counters: object } };
    const counted = expect.any(Number);
    const counters = { published: 3, delivered: 0, acked: 0, dead_lettered: counted, refused: counted };
    expect(status.counters).toMatchObject(counters);
    expect(await tachyon.run(['top', '--interval', '1'])).toMatchObject({ code: 2 });
  });

  it('tells why a queue does not move, and that it does', async () => {
    await serve();
    await good(['queues', 'declare', 'orders', '--bind', 'orders']);
    expect(await good(['why', 'orders'])).toMatch(/ok +delivery +empty: no message waits/);
    await good(['pub', 'orders', 'x']);
    const stuck = await tachyon.run(['why', 'orders']);
    expect(stuck).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /fail +delivery +no_consumer[^\n]*\n +next: start its consumers; to look without taking: tachyon queues browse orders/,
      ),
    });
    const [line = ''] = (await good(['queues', 'browse', 'orders', '-o', 'json'])).split('\n');
    const message = JSON.parse(line) as { message_id?: string };
    const ofMessage = await tachyon.run(['why', 'orders', '--message', message.message_id ?? '#1']);
    expect(ofMessage).toMatchObject({ code: 1, stdout: expect.stringMatching(/fail +#1 +no_consumer: no consumer/) });
    expect(await tachyon.run(['why', 'orders', '--message', 'nope'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('MESSAGE_NOT_FOUND'),
    });
    await good(['consume', '-q', 'orders', '-n', '1', '--nack', 'terminal']);
    expect(await parsed(['why', 'orders'])).toContainEqual({
      check: 'dead letters',
      state: 'warn',
      detail: '1 gave up',
      next: 'tachyon dlq groups --queue orders',
    });
    expect(await tachyon.run(['why', 'nope'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('QUEUE_NOT_FOUND'),
    });
  });

  it('imports each file of the earlier system once', async () => {
    await serve();
    const catalog = join(tachyon.folder, 'routes.catalog.json');
    const route = {
      pattern: 'user.created',
      destination_id: 'node-1',
      route_type: 'direct',
      priority: 0,
      enabled: true,
      tenant: '',
    };
    writeFileSync(catalog, JSON.stringify({ version: 1, data: [route] }));
    expect(await parsed(['import', 'catalog', catalog])).toMatchObject({ routes: 1, added: 1, refused: [] });
    expect(await parsed(['routes', 'list'])).toMatchObject([
      { pattern: 'user.created', destination_id: 'node-1', origin: 'catalog' },
    ]);
    expect(await tachyon.run(['import', 'catalog', catalog])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ALREADY_IMPORTED'),
    });

    const dlq = join(tachyon.folder, 'direct_delivery.wal.dlq');
    const letter = {
      message_id: 'm9',
      consumer_id: 'node-1',
      session_id: 'sess_000001',
      tenant_id: '',
      topic: 'user.created',
      payload: Buffer.from('{"a":1}').toString('base64'),
      attempt: 3,
      reason: 'delivery_timeout',
      dead_lettered_at: '2026-01-02T03:04:05Z',
    };
    writeFileSync(dlq, JSON.stringify({ version: 2, data: { m9: letter } }));
    expect(await good(['import', 'dlq', dlq, '--actor', 'ops'])).toMatch(/imported +1/);
    expect(await parsed(['dlq', 'list', '--consumer', 'node-1'])).toMatchObject([
      { message_id: 'm9', attempt: 3, reason: 'delivery_timeout' },
    ]);
    expect(await tachyon.run(['import', 'dlq', join(tachyon.folder, 'nothing')])).toMatchObject({
      code: 1,
      stdout: '',
    });
  });

  it('says its version, also for programs', async () => {
    const version = (await good(['version'])).trim();
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(await parsed(['version'])).toMatchObject({ version, protocols: ['abtp/1', 'abtp/2'] });
    expect((await good(['--version'])).trim()).toBe(version);
  });

  it('tells at once that there is no broker, and what to do', async () => {
    const began = performance.now();
    for (const args of [
      ['status'],
      ['pub', 'a', 'x'],
      ['consume', 'a'],
      ['sub', 'a'],
      ['queues', 'list'],
      ['import', 'dlq', 'x'],
    ]) {
      const end = await tachyon.run(args);
      expect(end).toMatchObject({ code: 3, stdout: '' });
      expect(end.stderr).toMatch(/BROKER_UNREACHABLE.*admin\.sock[\s\S]*next: .*tachyon up/);
    }
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('refuses what nobody knows with 2, and helps', async () => {
    expect(await tachyon.run(['queue'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/unknown command 'queue'[\s\S]*queues/),
    });
    expect(await tachyon.run(['queues', 'declare'])).toMatchObject({ code: 2 });
    expect(await tachyon.run(['status', '-o', 'xml'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('table, json'),
    });
    expect(await tachyon.run(['consume', 'a', '-f', '%y'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('%y'),
    });
    const help = await tachyon.run(['--help']);
    expect(help.code).toBe(0);
    for (const word of [
      'up',
      'broker',
      'pub',
      'sub',
      'consume',
      'queues',
      'routes',
      'status',
      'dlq',
      'import',
      'version',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${word}\\b`, 'm'));
    }
  });
});
