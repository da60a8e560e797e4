// A broker as a whole process: how it starts, what it refuses, and all the ways in which it ends.

import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

const prlimit = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path)) ?? null;

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

describe('a broker', () => {
  it('says in one line that it is ready, and where', async () => {
    const { broker, ready } = await tachyon.readyBroker();
    expect(ready).toMatchObject({
      level: 'info',
      router: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
      pub: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
      admin: `ipc://${join(tachyon.dataFolder, 'admin.sock')}`,
      dataFolder: tachyon.dataFolder,
      durability: 'disk',
      pid: broker.pid,
      readyMs: expect.any(Number),
    });
    expect(broker.stderr).toBe('');
  });

  it('is what the bare command runs, with the earlier flag and without', async () => {
    for (const flags of [[], ['--compress'], ['--compress=false']]) {
      const broker = tachyon.start([
        '--data-dir',
        tachyon.dataFolder,
        '--router',
        'tcp://127.0.0.1:*',
        '--pub',
        'tcp://127.0.0.1:*',
        ...flags,
      ]);
      await broker.ready();
      expect(await broker.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    }
    const odd = await tachyon.run(['--compress=gzip']);
    expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining('--compress') });
  });

  it('names the process that holds its port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as { port: number };
      const end = await tachyon.broker(['--router', `tcp://127.0.0.1:${port}`]).finished();
      expect(end.code).toBe(4);
      expect(end.stderr).toContain(`ADDRESS_IN_USE`);
      expect(end.stderr).toContain(`127.0.0.1:${port}`);
      expect(end.stderr).toContain(`process ${process.pid}`);
      expect(end.stderr).toContain('next: ');
    } finally {
      server.close();
    }
  });

  it('names the broker that has its data folder, and leaves that one alone', async () => {
    const { broker } = await tachyon.readyBroker();
    const second = await tachyon.broker().finished();
    expect(second.code).toBe(4);
    expect(second.stderr).toContain('DATA_DIR_LOCKED');
    expect(second.stderr).toContain(`pid ${broker.pid}`);
    expect((await tachyon.run(['status', '-o', 'json'])).code).toBe(0);
  });

  it.each([
    ['INVALID_CONFIG', 'DELIVERY_TIMEOUT_MS', { DELIVERY_TIMEOUT_MS: 'soon' }, []],
    ['INVALID_CONFIG', '--router', {}, ['--router', 'tcp://127.0.0.1']],
    ['NOT_SUPPORTED', 'QUEUE_POLICY_INFLIGHT_STEP', { QUEUE_POLICY_INFLIGHT_STEP: '32' }, []],
    ['INSECURE_BIND', '--router', {}, ['--router', 'tcp://0.0.0.0:7777']],
  ] as const)('refuses a wrong setting with %s and %s, before anything is opened', async (code, name, env, args) => {
    const end = await tachyon.broker(args, { env }).finished();
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toContain(code);
    expect(end.stderr).toContain(name);
    expect(existsSync(tachyon.dataFolder)).toBe(false);
  });

  it('says which folder it cannot use', async () => {
    const file = join(tachyon.folder, 'a-file');
    writeFileSync(file, '');
    const end = await tachyon.broker(['--data-dir', join(file, 'data')]).finished();
    expect(end).toMatchObject({ code: 5, stderr: expect.stringContaining('DATA_DIR_UNUSABLE') });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ends in order with 0 at %s, and takes its socket with it',
    async (signal) => {
      const { broker } = await tachyon.readyBroker();
      expect(await broker.kill(signal)).toEqual({ code: 0, signal: null });
      expect(broker.log.at(-1)).toMatchObject({ msg: 'stopped' });
      expect(existsSync(join(tachyon.dataFolder, 'admin.sock'))).toBe(false);
    },
  );

  it('waits for deliveries in flight, but no longer than DRAIN_TIMEOUT_MS', async () => {
    const { broker } = await tachyon.readyBroker([], { env: { DRAIN_TIMEOUT_MS: '400' } });
    await holdOneDelivery(tachyon);
    const began = performance.now();
    expect(await broker.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeGreaterThan(350);
    expect(broker.log.at(-1)).toMatchObject({ msg: 'stopped', leased: 1 });
  });

  it('ends at once at a second signal', async () => {
    const { broker } = await tachyon.readyBroker([], { env: { DRAIN_TIMEOUT_MS: '60000' } });
    await holdOneDelivery(tachyon);
    broker.child.kill('SIGTERM');
    await broker.says('draining');
    await repeatsArePast();
    expect(await broker.kill('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('is ended by a second signal also while nobody reads its log', async () => {
    const broker = tachyon.broker([], { env: { DRAIN_TIMEOUT_MS: '60000', LOG_LEVEL: 'trace' }, unread: true });
    await answers(tachyon);
    await holdOneDelivery(tachyon);
    broker.child.kill('SIGTERM');
    await repeatsArePast();
    expect(await broker.kill('SIGINT')).toEqual({ code: null, signal: 'SIGINT' });
  });

  it('counts the repetitions of one Ctrl-C as one', async () => {
    const { broker } = await tachyon.readyBroker([], { env: { DRAIN_TIMEOUT_MS: '700' } });
    await holdOneDelivery(tachyon);
    broker.child.kill('SIGINT');
    broker.child.kill('SIGINT');
    expect(await broker.kill('SIGINT')).toEqual({ code: 0, signal: null });
  });

  it.skipIf(prlimit === null)('whose disk fails ends at once with DISK_FAILED, and confirms nothing more', async () => {
    const { broker } = await tachyon.readyBroker();
    await tachyon.run(['queues', 'declare', 'q', '--bind', 'a']);
    await tachyon.run(['pub', 'a', 'kept']);
    // From now on the system refuses every write of this process behind the first sector.
    execFileSync(prlimit ?? '', ['--fsize=512:512', '--pid', String(broker.pid)]);
    const unsafe = await tachyon.run(['pub', 'a', 'lost?', '--timeout', '1000']);
    expect(unsafe).toMatchObject({ code: 3, stdout: '' });
    expect(await broker.end).toEqual({ code: 1, signal: null });
    expect(broker.stderr).toMatch(/DISK_FAILED[\s\S]*next: /);
    await tachyon.readyBroker();
    const after = await tachyon.run(['consume', '-q', 'q', '--exit-when-empty', '-f', '%v\\n']);
    expect(after.stdout.split('\n')[0]).toBe('kept');
  });

  it('without a journal says so with every confirm, and opens no segment', async () => {
    const { ready } = await tachyon.readyBroker([], { env: { WAL_ENABLED: 'false' } });
    expect(ready.durability).toBe('memory');
    await tachyon.run(['queues', 'declare', 'q', '--bind', 'a']);
    const receipt = await tachyon.run(['pub', 'a', 'body', '-o', 'json']);
    expect(JSON.parse(receipt.stdout)).toMatchObject({ durability: 'memory' });
  });

  it('with --admin-only opens no door but the admin endpoint', async () => {
    const { ready } = await tachyon.readyBroker(['--admin-only']);
    expect(ready).toMatchObject({ router: null, pub: null });
    const status = await tachyon.run(['status', '-o', 'json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ endpoints: { router: null, pub: null } });
  });
});

/** Resolves when a consumer holds one message unacknowledged. */
async function holdOneDelivery(of: Tachyon): Promise<void> {
  await of.run(['queues', 'declare', 'held', '--bind', 'held']);
  await of.run(['pub', 'held', 'x']);
  // A reader that is stopped never takes the line, so the message stays unacknowledged.
  const program = `
    import { connect } from ${JSON.stringify(join(import.meta.dirname, '../../pkg/client/index.ts'))};
    const client = await connect({ router: process.argv[1] });
    const consumer = await client.consume({ queue: 'held' });
    for await (const delivery of consumer) console.log('holding', delivery.topic);
  `;
  const socket = `ipc://${join(of.dataFolder, 'admin.sock')}`;
  const holder = of.start(['--import', 'tsx', '--input-type=module', '--eval', program, socket], {
    command: [process.execPath],
    cwd: join(import.meta.dirname, '../..'),
  });
  await holder.says('holding');
}

/** Until the broker of the folder answers. */
async function answers(of: Tachyon): Promise<void> {
  while ((await of.run(['status'])).code !== 0);
}

/** Longer than what counts as the repetition of one signal. */
const repeatsArePast = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 350));
