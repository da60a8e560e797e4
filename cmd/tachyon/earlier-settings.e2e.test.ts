// The variables of the earlier broker, set by their names and nothing else, on the command that started it: `tachyon`
// alone. What each of them does is seen from outside, by clients of the earlier kind, by commands, or on the disk.

import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Subscriber } from 'zeromq';
import { eventually } from '../../internal/testing/eventually.ts';
import { freePort } from '../../internal/testing/free-port.ts';
import { EarlierClient } from '../../internal/testing/parity/earlier-client.ts';
import { EARLIER_VARIABLES } from '../../internal/testing/parity/earlier-variables.ts';
import { type ReadyLine, type Running, Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { connect, type PublishResult } from '../../pkg/client/index.ts';

type Env = Readonly<Record<string, string>>;

let tachyon: Tachyon;
let open: { close(): unknown }[];

beforeEach(() => {
  tachyon = new Tachyon();
  open = [];
});
afterEach(async () => {
  for (const one of open) await one.close();
  await tachyon.remove();
});

async function addresses(): Promise<Env> {
  const [router, pub] = [await freePort(), await freePort()];
  return { ZMQ_BIND_ADDRESS: `tcp://127.0.0.1:${router}`, ZMQ_PUB_ADDRESS: `tcp://127.0.0.1:${pub}` };
}

/** The bare command, in a folder of its own, with these variables and free ports. */
async function start(env: Env = {}): Promise<{ readonly broker: Running; readonly ready: ReadyLine }> {
  const broker = tachyon.start([], { env: { ...(await addresses()), ...env } });
  return { broker, ready: await broker.ready() };
}

function client(router: string): EarlierClient {
  const one = new EarlierClient(router);
  open.push(one);
  return one;
}

interface Status {
  readonly leased: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly fastpath: Readonly<Record<string, unknown>>;
}
const status = async (): Promise<Status> => (await tachyon.parsed(['status'])) as Status;

describe('ZMQ_BIND_ADDRESS and ZMQ_PUB_ADDRESS', () => {
  it('are where clients publish and where subscribers listen', async () => {
    const env = await addresses();
    const { ready } = await start(env);
    expect([ready.router, ready.pub]).toEqual([env['ZMQ_BIND_ADDRESS'], env['ZMQ_PUB_ADDRESS']]);
    await tachyon.good(['routes', 'add', 'news.>', '--type', 'fanout']);
    const subscriber = new Subscriber({ linger: 0 });
    open.push(subscriber);
    subscriber.connect(env['ZMQ_PUB_ADDRESS'] ?? '');
    subscriber.subscribe('news.');
    const heard = subscriber.receive();
    let arrived = false;
    void heard.then(() => {
      arrived = true;
    });
    const producer = client(env['ZMQ_BIND_ADDRESS'] ?? '');
    await eventually('the subscription is known', async () => {
      await producer.publish('news.today', 'n1');
      return arrived;
    });
    const [topic = '', event = ''] = (await heard).map(String);
    expect([topic, JSON.parse(event)]).toEqual(['news.today', expect.objectContaining({ ID: 'n1' })]);
  });
});

describe('WAL_PATH', () => {
  it('names by its folder where the broker keeps everything, and where the commands find it', async () => {
    const folder = join(tachyon.folder, 'elsewhere');
    const { ready } = await start({ WAL_PATH: join(folder, 'direct_delivery.wal') });
    expect(ready.dataFolder).toBe(folder);
    expect(readdirSync(folder)).toContain('00000000000000000001.segment');
    const env = { DATA_DIR: '', WAL_PATH: './elsewhere/direct_delivery.wal' };
    const said = await tachyon.run(['status', '-o', 'json'], { env });
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(said.stdout)).toMatchObject({ pid: expect.any(Number) });
  });

  it('not set means ./data, as it did', async () => {
    expect((await start()).ready.dataFolder).toBe(join(tachyon.folder, 'data'));
  });
});

describe('WAL_ENABLED', () => {
  it.each([
    ['', 'disk', 1],
    ['true', 'disk', 1],
    ['false', 'memory', 0],
  ])(
    'as "%s" keeps what was accepted on %s, says so, and has %i message after a crash',
    async (on, durability, left) => {
      const env = { WAL_ENABLED: on };
      const { broker, ready } = await start(env);
      await client(ready.router).register('worker-1', ['orders.created'], 1);
      const producer = client(ready.router);
      expect(await producer.publish('orders.created', 'm1')).toMatchObject({ type: 'publish.confirmed', durability });
      await broker.kill('SIGKILL');
      await start(env);
      const queues = (await tachyon.parsed(['queues', 'list'])) as readonly { readonly depth: number }[];
      expect(queues.reduce((sum, { depth }) => sum + depth, 0)).toBe(left);
    },
  );
});

describe('WAL_DURABILITY_MODE', () => {
  it('local_fsync confirms what is on disk', async () => {
    const { ready } = await start({ WAL_DURABILITY_MODE: 'local_fsync' });
    expect(ready.durability).toBe('disk');
  });

  it.each(['replicated', 'local_and_replicated'])(
    '%s is refused by its name: it would be believed in',
    async (mode) => {
      const end = await tachyon.start([], { env: { ...(await addresses()), WAL_DURABILITY_MODE: mode } }).finished();
      expect(end).toMatchObject({ code: 2, stdout: '' });
      expect(end.stderr).toMatch(/NOT_SUPPORTED[\s\S]*WAL_DURABILITY_MODE/);
    },
  );
});

describe('WAL_SEGMENT_MAX_BYTES', () => {
  it('is the size of the files of the journal', async () => {
    const { ready } = await start({ WAL_SEGMENT_MAX_BYTES: '33554432' });
    await client(ready.router).register('worker-1', ['orders.created'], 1);
    const sizes = (): readonly number[] =>
      readdirSync(ready.dataFolder)
        .filter((name) => name.endsWith('.segment'))
        .map((name) => statSync(join(ready.dataFolder, name)).size);
    await eventually('a file is prepared', () => sizes().includes(33_554_432));
    expect(Math.max(...sizes())).toBe(33_554_432);
  });

  it('at its earlier default goes with messages that such a file can hold, and says so', async () => {
    const env = { ...(await addresses()), WAL_SEGMENT_MAX_BYTES: '4194304' };
    const end = await tachyon.start([], { env }).finished();
    expect(end.code).toBe(2);
    expect(end.stderr).toMatch(/WAL_SEGMENT_MAX_BYTES is 4194304[\s\S]*MESSAGE_BYTES_MAX/);
    await start({ WAL_SEGMENT_MAX_BYTES: '4194304', MESSAGE_BYTES_MAX: '1048576' });
  });
});

describe('DELIVERY_TIMEOUT_MS', () => {
  it('is how long a consumer has; a message that is never settled in it is a dead letter after three attempts', async () => {
    const port = await freePort();
    const { ready } = await start({
      DELIVERY_TIMEOUT_MS: '200',
      RETRY_BACKOFF_INITIAL_MS: '1',
      METRICS_PORT: `${port}`,
    });
    const consumer = client(ready.router);
    await consumer.register('worker-1', ['orders.created'], 8);
    await client(ready.router).publish('orders.created', 'm1');
    const attempts: unknown[] = [];
    const times: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { ID, attempt } = await consumer.nextEvent();
      attempts.push([ID, attempt]);
      times.push(performance.now());
    }
    expect(attempts).toEqual([
      ['m1', 1],
      ['m1', 2],
      ['m1', 3],
    ]);
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(350);
    const listed = () => tachyon.parsed(['dlq', 'list', '--reason', 'delivery_timeout']);
    await eventually('the dead letter', async () => ((await listed()) as readonly unknown[]).length === 1);
    expect(await listed()).toMatchObject([{ message_id: 'm1', consumer_id: 'worker-1', attempt: 3 }]);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    for (const [name, value] of [
      ['delivery_timeout', 3],
      ['retry_due_to_timeout', 2],
      ['retried', 2],
      ['dead_lettered', 1],
    ] as const) {
      expect(metrics).toMatch(new RegExp(`^tachyon_${name}_total ${value}$`, 'm'));
    }
  });
});

describe('MAX_INFLIGHT_PER_CONSUMER', () => {
  it.each([0, -1, 100])(
    'bounds a consumer that asks for %i: no more is under way until it acknowledges',
    async (asked) => {
      const { ready } = await start({ MAX_INFLIGHT_PER_CONSUMER: '2' });
      const consumer = client(ready.router);
      await consumer.register('worker-1', ['orders.created'], asked);
      const producer = client(ready.router);
      for (const id of ['m1', 'm2', 'm3']) await producer.publish('orders.created', id);
      expect([(await consumer.nextEvent()).ID, (await consumer.nextEvent()).ID]).toEqual(['m1', 'm2']);
      expect(await tachyon.parsed(['sessions', 'list'])).toMatchObject([{ max_inflight: 2, inflight: 2 }]);
      await consumer.ack('m1');
      expect((await consumer.nextEvent()).ID).toBe('m3');
      expect((await status()).leased).toBe(2);
    },
  );
});

describe('DIRECT_PRIORITY_*', () => {
  /** What a consumer is given that comes when all of these wait. */
  async function order(env: Env, classes: readonly string[]): Promise<string> {
    const { ready } = await start(env);
    await tachyon.good(['queues', 'declare', 'jobs', '--bind', 'jobs']);
    const producer = await connect({ router: ready.router });
    open.push(producer);
    for (const priority of classes) await producer.publish('jobs', priority, { priority });
    const consumer = await producer.consume({ queue: 'jobs' });
    const given: string[] = [];
    for await (const delivery of consumer) {
      given.push(Buffer.from(delivery.body).toString());
      delivery.ack();
      if (given.length === classes.length) break;
    }
    return given.join(' ');
  }

  it('are the classes, the highest first, whatever is published first', async () => {
    expect(await order({ DIRECT_PRIORITY_CLASSES: 'gold,silver' }, ['silver', 'silver', 'gold'])).toBe(
      'gold silver silver',
    );
  });

  it('share as the weights say where there is no preemption', async () => {
    const env = { DIRECT_PRIORITY_WEIGHTS: 'high=1,low=1', DIRECT_PRIORITY_PREEMPTION: 'false' };
    expect(await order(env, ['high', 'high', 'low', 'low'])).toBe('high low high low');
  });

  it('boost a class that waits after so many messages of others', async () => {
    const env = { DIRECT_PRIORITY_BOOST_THRESHOLD: '2', DIRECT_PRIORITY_BOOST_OFFSET: '100' };
    expect(await order(env, ['low', 'urgent', 'urgent', 'urgent', 'urgent'])).toBe('urgent urgent low urgent urgent');
  });
});

describe('ROUTE_CATALOG_PATH', () => {
  const route = { pattern: 'user.created', destination_id: 'node-1', route_type: 'direct', priority: 0, enabled: true };
  const text = JSON.stringify({ version: 1, data: [{ ...route, tenant: '' }] });

  it('names the catalog whose routes count from the start', async () => {
    writeFileSync(join(tachyon.folder, 'mine.json'), text);
    await start({ ROUTE_CATALOG_PATH: './mine.json' });
    expect(await tachyon.parsed(['routes', 'list'])).toMatchObject([route]);
  });

  it('not set means routes.catalog.json in ./data, as it did', async () => {
    mkdirSync(tachyon.dataFolder);
    writeFileSync(join(tachyon.dataFolder, 'routes.catalog.json'), text);
    await start();
    expect(await tachyon.parsed(['routes', 'list'])).toMatchObject([route]);
  });
});

describe('FASTPATH_*', () => {
  const LARGE = Buffer.alloc(2_000, 'what repeats can be compressed; ');
  const settings = (): Env => ({
    FASTPATH_SIDECAR_ENABLED: 'true',
    FASTPATH_SOCKET_PATH: join(tachyon.folder, 'fast.sock'),
    FASTPATH_CUTOVER_BYTES: '1000',
  });

  /** A broker and a sidecar that are told the same, and somebody who publishes over a route that asks for compression. */
  async function both(env: Env): Promise<{ sidecar: Running; publish: (body: Buffer) => Promise<PublishResult> }> {
    const sidecar = tachyon.start(['sidecar'], { env });
    await sidecar.says('"msg":"ready"');
    const { ready } = await start(env);
    await tachyon.good(['routes', 'add', 'large', '--to', 'q', '--metadata', 'compression=lz4']);
    const producer = await connect({ router: ready.router, timeoutMs: 20_000 });
    open.push(producer);
    const publish = async (body: Buffer): Promise<PublishResult> => {
      const [outcome] = await producer.publishBatch([{ topic: 'large', body }]);
      return outcome as PublishResult;
    };
    return { sidecar, publish };
  }

  it('say that there is a sidecar, where it is, and from which size on it is asked', async () => {
    const { publish } = await both(settings());
    expect(statSync(join(tachyon.folder, 'fast.sock')).isSocket()).toBe(true);
    expect(await publish(LARGE.subarray(0, 999))).toMatchObject({ ok: true });
    expect((await status()).fastpath).toMatchObject({ mode: 'sidecar', bySidecar: 0 });
    expect(await publish(LARGE.subarray(0, 1_000))).toMatchObject({ ok: true });
    expect((await status()).fastpath).toMatchObject({ bySidecar: 1, fellBack: 0 });
  });

  it.each([
    ['true', { ok: true }, { fellBack: 1, refused: 0 }],
    ['false', { ok: false, error: { code: 'SIDECAR_UNAVAILABLE' } }, { fellBack: 0, refused: 1 }],
  ] as const)(
    'FASTPATH_FALLBACK_TO_GO=%s decides where a sidecar was asked and is silent',
    async (fallback, outcome, counts) => {
      const { sidecar, publish } = await both({ ...settings(), FASTPATH_FALLBACK_TO_GO: fallback });
      sidecar.child.kill('SIGSTOP');
      expect(await publish(LARGE)).toMatchObject(outcome);
      expect((await status()).fastpath).toMatchObject(counts);
    },
  );

  it('FASTPATH_REQUIRE refuses what a sidecar does not do, and the start without one', async () => {
    const env = { ...settings(), FASTPATH_REQUIRE: 'true' };
    const { sidecar, publish } = await both(env);
    await sidecar.kill('SIGKILL');
    expect(await publish(LARGE)).toMatchObject({ ok: false, error: { code: 'SIDECAR_UNAVAILABLE' } });
    const other = { ...(await addresses()), ...env, WAL_PATH: join(tachyon.folder, 'other', 'x.wal') };
    const end = await tachyon.start([], { env: other }).finished();
    expect(end).toMatchObject({ code: 1, stderr: expect.stringMatching(/SIDECAR_UNAVAILABLE[\s\S]*fast\.sock/) });
  });

  it('not set, nothing is asked of any sidecar', async () => {
    await start();
    expect((await status()).fastpath).toMatchObject({ mode: 'local', sidecar: null });
  });
});

describe('variables that are not carried out', () => {
  const refused = EARLIER_VARIABLES.filter(({ here }) => here === 'refused unless off');

  it('are all refused at once, each by its name, before anything is opened', async () => {
    const env = Object.fromEntries(refused.map(({ name, on }) => [name, on ?? '']));
    const end = await tachyon.start([], { env: { ...(await addresses()), ...env } }).finished();
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(refused.filter(({ name }) => !end.stderr.includes(`${name} is not carried out`))).toEqual([]);
    expect(refused.length).toBeGreaterThan(5);
  });

  it('are taken where they mean off, and those of a script beside the broker always', async () => {
    const off = refused.map(({ name, off }) => [name, off ?? '']);
    const ignored = EARLIER_VARIABLES.filter(({ here }) => here === 'ignored').map(({ name }) => [name, 'anything']);
    expect(ignored.length).toBe(5);
    const { broker } = await start(Object.fromEntries([...off, ...ignored]) as Env);
    expect(await broker.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
