// A broker that compresses what its routes ask for, with the sidecar as a process beside it: bodies come back as they were
// whatever becomes of the sidecar, and the settings do what they say.

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { type Running, Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { type AdminClient, openAdmin } from '../../pkg/client/admin.ts';
import { type Client, connect } from '../../pkg/client/index.ts';

const MIB = 1024 * 1024;
const ON = { FASTPATH_SIDECAR_ENABLED: 'true', FASTPATH_CUTOVER_BYTES: '100000' };

let tachyon: Tachyon;
let clients: Client[];
let admins: AdminClient[];

beforeEach(() => {
  tachyon = new Tachyon();
  clients = [];
  admins = [];
});
afterEach(async () => {
  await Promise.all([...clients, ...admins].map((one) => one.close()));
  await tachyon.remove();
});

async function sidecar(): Promise<Running> {
  const running = tachyon.start(['sidecar'], { env: { DATA_DIR: tachyon.dataFolder } });
  await running.says('"msg":"ready"');
  return running;
}

async function client(router: string): Promise<Client> {
  const opened = await connect({ router, timeoutMs: 20_000 });
  clients.push(opened);
  return opened;
}

async function admin(): Promise<AdminClient> {
  const opened = await openAdmin({ socketPath: join(tachyon.dataFolder, 'admin.sock') });
  admins.push(opened);
  return opened;
}

interface FastPathFields {
  readonly mode: string;
  readonly bySidecar: number;
  readonly fellBack: number;
  readonly refused: number;
}

const fastpathOf = async (one: AdminClient): Promise<FastPathFields> =>
  ((await one.request('status')) as { readonly fastpath: FastPathFields }).fastpath;

const ask = (one: AdminClient): Promise<unknown> =>
  one.request('routes.add', { pattern: 'large', destination_id: 'q', metadata: { compression: 'lz4' } });

const bodyOf = (n: number): Buffer => Buffer.alloc(MIB + n, `body number ${n}, that repeats itself; `);

describe('a route that asks for compression', () => {
  it('gets it from the sidecar; bodies come back as they were while it is killed and comes again', async () => {
    const first = await sidecar();
    const { ready } = await tachyon.readyBroker([], { env: ON });
    const operator = await admin();
    await ask(operator);
    const producer = await client(ready.router);
    const seen = new Map<number, boolean>();
    await (await client(ready.router)).consume({ queue: 'q' }, (delivery) => {
      const n = delivery.body.length - MIB;
      seen.set(n, delivery.compression === 1 && bodyOf(n).equals(delivery.body));
    });
    for (let n = 0; n < 20; n += 1) await producer.publish('large', bodyOf(n));
    expect(await fastpathOf(operator)).toMatchObject({ mode: 'sidecar', bySidecar: 20, fellBack: 0, refused: 0 });
    await first.kill('SIGKILL');
    const during = Promise.all(Array.from({ length: 20 }, (_, i) => producer.publish('large', bodyOf(20 + i))));
    const second = sidecar();
    await Promise.all([during, second]);
    expect((await fastpathOf(operator)).fellBack).toBeGreaterThan(0);
    await eventually('the sidecar is used again', async () => {
      await producer.publish('large', bodyOf(40));
      return (await fastpathOf(operator)).bySidecar > 20;
    });
    await eventually('all arrived', () => seen.size === 41);
    expect([...seen].filter(([, equal]) => !equal)).toEqual([]);
  });

  it('is refused what a required sidecar does not do, and is told to come again', async () => {
    const running = await sidecar();
    const { ready } = await tachyon.readyBroker([], { env: { ...ON, FASTPATH_REQUIRE: 'true' } });
    await ask(await admin());
    const producer = await client(ready.router);
    await producer.publish('large', bodyOf(1));
    await running.kill('SIGKILL');
    const [refused] = await producer.publishBatch([{ topic: 'large', body: bodyOf(2) }]);
    expect(refused).toMatchObject({ ok: false, error: { code: 'SIDECAR_UNAVAILABLE' } });
    // Below the cutover nobody is asked.
    await producer.publish('large', Buffer.alloc(50_000, 'x'));
    await sidecar();
    await eventually('it is done again', async () => {
      const [again] = await producer.publishBatch([{ topic: 'large', body: bodyOf(3) }]);
      return again?.ok === true;
    });
  });
});

describe('at the start', () => {
  it('a sidecar that is required and not there keeps the broker from serving', async () => {
    const { code, stderr } = await tachyon.broker([], { env: { ...ON, FASTPATH_REQUIRE: 'true' } }).finished();
    expect(code).toBe(1);
    expect(stderr).toContain('SIDECAR_UNAVAILABLE');
    expect(stderr).toContain('fastpath.sock');
  });

  it('one that is not required may come later; without one, all is done in the broker', async () => {
    await tachyon.readyBroker([], { env: ON });
    expect((await fastpathOf(await admin())).mode).toBe('sidecar');
    await tachyon.remove();
    tachyon = new Tachyon();
    await tachyon.readyBroker();
    expect((await fastpathOf(await admin())).mode).toBe('local');
  });
});
