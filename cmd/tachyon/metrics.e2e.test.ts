// Health and metrics of a live broker: what it counts of real traffic, what it says when it is not ready, and what
// Prometheus makes of it with the files that are shipped.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { freePort } from '../../internal/testing/free-port.ts';
import { type ReadyLine, type Running, Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { hasPrometheus, Prometheus, promtool } from '../../internal/testing/prometheus.ts';
import { type Client, connect, TachyonError } from '../../pkg/client/index.ts';

const root = join(import.meta.dirname, '../..');
const deployed = (path: string): string => readFileSync(join(root, 'scripts/deploy', path), 'utf8');

let tachyon: Tachyon;
const clients: Client[] = [];
let port: number;

beforeEach(async () => {
  tachyon = new Tachyon();
  port = await freePort();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await tachyon.remove();
});

async function serve(env: Readonly<Record<string, string>> = {}): Promise<{ broker: Running; client: Client }> {
  const { broker, ready } = await tachyon.readyBroker([], { env: { METRICS_PORT: `${port}`, ...env } });
  expect(ready).toMatchObject({ metrics: `http://127.0.0.1:${port}` });
  const client = await connectTo(ready);
  return { broker, client };
}

async function connectTo({ router }: ReadyLine): Promise<Client> {
  const client = await connect({ router });
  clients.push(client);
  return client;
}

const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
const scrape = async (): Promise<string> => (await get('/metrics')).text();

/** The value of a sample, written as in the scrape; undefined when it is not there. */
const sample = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};

/** Three messages to `orders`: one acknowledged, one dead-lettered, one left; and one that goes nowhere. */
async function trade(client: Client): Promise<void> {
  await tachyon.good(['queues', 'declare', 'orders', '--bind', 'orders.>']);
  for (const body of ['good', 'poison', 'left']) await client.publish('orders.created', body);
  await expect(client.publish('nowhere', 'x')).rejects.toMatchObject({ code: 'UNROUTABLE' });
  const consumer = await client.consume({ queue: 'orders', window: { messages: 1 } });
  for await (const delivery of consumer) {
    if (delivery.text() === 'good') await delivery.ack({ durable: true });
    else {
      delivery.nack({ status: 'terminal', reason: 'no stock' });
      break;
    }
  }
  await consumer.close();
}

describe('metrics of a broker', () => {
  it('count what was published, consumed, refused and dead-lettered', async () => {
    const { client } = await serve();
    await trade(client);
    const text = await eventually('the traffic is in a scrape', async () => {
      const text = await scrape();
      const isSettled = sample(text, 'tachyon_dead_letters') === 1;
      return isSettled && sample(text, 'tachyon_queue_ready{tenant="",queue="orders"}') === 1 ? text : null;
    });
    const values = {
      tachyon_ready: 1,
      tachyon_ingress_total: 4,
      tachyon_routed_total: 3,
      tachyon_published_total: 3,
      tachyon_unroutable_total: 1,
      tachyon_refused_total: 1,
      'tachyon_refusals_total{code="UNROUTABLE"}': 1,
      tachyon_acked_total: 1,
      tachyon_nacked_total: 1,
      tachyon_dead_lettered_total: 1,
      'tachyon_dead_lettered_by_cause_total{cause="nack_terminal"}': 1,
      'tachyon_messages{state="ready"}': 1,
      'tachyon_queue_depth{tenant="",queue="orders"}': 1,
      'tachyon_queue_dead_letters{tenant="",queue="orders"}': 1,
      'tachyon_queue_lag_messages{tenant="",queue="orders"}': 1,
      'tachyon_tenant_depth{tenant=""}': 1,
      tachyon_accept_to_durable_seconds_count: 3,
      tachyon_journal_failed: 0,
      tachyon_journal_blocked: 0,
      tachyon_stalls_total: 0,
    };
    const seen = Object.fromEntries(Object.keys(values).map((series) => [series, sample(text, series)]));
    expect(seen).toEqual(values);
    const above = ['tachyon_journal_sync_seconds_count', 'tachyon_accept_to_delivered_seconds_count'];
    above.push('tachyon_delivered_to_settled_seconds_count', 'tachyon_process_resident_bytes');
    above.push('tachyon_wal_written_total', 'tachyon_wire_peers{endpoint="clients"}', 'tachyon_dispatched_total');
    for (const series of above)
      expect({ series, above: (sample(text, series) ?? 0) > 0 }).toEqual({ series, above: true });
  });

  it('are those of docs/operations.md, no less and no more', async () => {
    await serve();
    const text = await scrape();
    const scraped = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `(tachyon_\w+)` \| (counter|gauge|histogram) \|/gm)];
    expect(scraped.length).toBeGreaterThan(70);
    expect(scraped.sort()).toEqual(documented.map(([, name, type]) => `${name} ${type}`).sort());
  });

  it('count again from 0 after a restart, and say what was read back', async () => {
    const { broker, client } = await serve();
    await trade(client);
    await broker.kill();
    await serve();
    const text = await scrape();
    expect(sample(text, 'tachyon_published_total')).toBe(0);
    expect(sample(text, 'tachyon_wal_replayed_total')).toBeGreaterThan(4);
    expect(sample(text, 'tachyon_epoch')).toBe(2);
    expect(sample(text, 'tachyon_dead_letters')).toBe(1);
  });

  it('show no more queues than they may, and the rest as one', async () => {
    await serve({ METRICS_QUEUES_MAX: '2' });
    for (const queue of ['a', 'b', 'c', '_other']) await tachyon.good(['queues', 'declare', queue, '--bind', queue]);
    await tachyon.good(['pub', 'c', 'x']);
    const text = await eventually('the queues are in a scrape', async () => {
      const text = await scrape();
      return sample(text, 'tachyon_queues') === 4 && sample(text, 'tachyon_messages{state="ready"}') === 1
        ? text
        : null;
    });
    const depths = [...text.matchAll(/^tachyon_queue_depth\{tenant="",queue="(\w+)"\} (\d)$/gm)];
    expect(depths.map(([, queue, depth]) => [queue, depth])).toEqual([
      ['c', '1'],
      [expect.stringMatching(/^[ab]$/), '0'],
      ['_other', '0'],
    ]);
  });

  it('are off where no port is set', async () => {
    const { ready } = await tachyon.readyBroker();
    expect(ready).toMatchObject({ metrics: null });
    await expect(get('/metrics')).rejects.toThrow('fetch failed');
  });

  it('are refused on an address that other machines reach, unless that is said to be meant', async () => {
    const env = { METRICS_PORT: `${port}`, METRICS_ADDRESS: '0.0.0.0' };
    const end = await tachyon.broker([], { env }).finished();
    expect(end).toMatchObject({ code: 2, stderr: expect.stringContaining('INSECURE_BIND') });
    expect(end.stderr).toContain('METRICS_ADDRESS');
    const { broker } = await tachyon.readyBroker([], { env: { ...env, ALLOW_INSECURE_BIND: 'true' } });
    expect((await get('/health/live')).status).toBe(200);
    expect(await broker.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('on a port that is taken end the start, with the name of the holder', async () => {
    const { broker } = await serve();
    const second = new Tachyon();
    try {
      const end = await second.broker([], { env: { METRICS_PORT: `${port}` } }).finished();
      expect(end).toMatchObject({ code: 4, stderr: expect.stringContaining(`process ${broker.pid}`) });
    } finally {
      await second.remove();
    }
  });
});

describe('health of a broker', () => {
  it('is ready and summed up while all is well', async () => {
    const { broker, client } = await serve();
    await trade(client);
    expect((await get('/health/live')).status).toBe(200);
    expect((await get('/health/ready')).status).toBe(200);
    const health = await get('/health');
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      status: 'ready',
      reasons: [],
      pid: broker.pid,
      durability: 'disk',
      queues: 1,
      dead_letters: 1,
      journal: { blocked: null },
    });
  });

  it('is not ready while the broker drains, and live all the same', async () => {
    const { broker, client } = await serve({ DRAIN_TIMEOUT_MS: '20000' });
    await tachyon.good(['queues', 'declare', 'q', '--bind', 'a']);
    await client.publish('a', 'held');
    const consumer = await client.consume({ queue: 'q' });
    for await (const delivery of consumer) {
      broker.child.kill('SIGTERM');
      const ready = await eventually('503', async () => {
        const response = await get('/health/ready');
        return response.status === 503 ? response : null;
      });
      expect(await ready.json()).toMatchObject({ status: 'unready', reasons: [{ reason: 'draining' }] });
      expect((await get('/health/live')).status).toBe(200);
      delivery.ack();
      break;
    }
    await consumer.close();
    expect(await broker.end).toEqual({ code: 0, signal: null });
  });

  it('is not ready while the disk is full, with the reason', async () => {
    const { client } = await serve({
      DISK_BYTES_MAX: '4194304',
      WAL_SEGMENT_MAX_BYTES: '1048576',
      MESSAGE_BYTES_MAX: '262144',
    });
    await tachyon.good(['queues', 'declare', 'q', '--bind', 'a']);
    const body = new Uint8Array(200_000);
    const fill = async (): Promise<void> => {
      for (;;) await client.publish('a', body);
    };
    await expect(fill()).rejects.toSatisfy((error) => error instanceof TachyonError && error.code === 'STORAGE_FULL');
    const ready = await get('/health/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ reasons: [{ reason: 'journal_blocked', detail: 'DISK_BYTES_MAX' }] });
    const text = await scrape();
    expect([sample(text, 'tachyon_ready'), sample(text, 'tachyon_journal_blocked')]).toEqual([0, 1]);
    expect(sample(text, 'tachyon_throttled_total')).toBeGreaterThan(0);
  });

  it('of a broker without endpoints for clients is not ready', async () => {
    await tachyon.readyBroker(['--admin-only'], { env: { METRICS_PORT: `${port}` } });
    expect(await (await get('/health/ready')).json()).toMatchObject({ reasons: [{ reason: 'admin_only' }] });
    expect(sample(await scrape(), 'tachyon_wire_peers{endpoint="operators"}')).toBe(0);
  });
});

describe.skipIf(!hasPrometheus())('Prometheus', () => {
  it('finds nothing to mend in the metrics, the rules and the configuration', async () => {
    const { client } = await serve();
    await trade(client);
    expect(promtool(['check', 'metrics'], await scrape())).toEqual({ code: 0, said: '' });
    expect(promtool(['check', 'rules', join(root, 'scripts/deploy/alerts.yml')])).toMatchObject({ code: 0 });
    expect(promtool(['check', 'config', '--syntax-only', join(root, 'scripts/deploy/prometheus.yml')])).toMatchObject({
      code: 0,
    });
    expect(promtool(['check', 'metrics'], 'tachyon_bad_total 1\n').code).not.toBe(0);
  });

  it('fires every alert where everything is wrong, and none where all is well', () => {
    const tests = join(root, 'scripts/deploy/alerts.test.yml');
    expect(promtool(['test', 'rules', tests])).toMatchObject({ code: 0, said: expect.stringContaining('SUCCESS') });
  });

  it('scrapes a broker, evaluates every rule and answers what every dashboard asks', async () => {
    const { client } = await serve();
    await trade(client);
    const config = deployed('prometheus.yml').replace('127.0.0.1:9464', `127.0.0.1:${port}`).replaceAll('15s', '1s');
    const prometheus = await Prometheus.start(config, { 'alerts.yml': deployed('alerts.yml') });
    try {
      const [depth] = await eventually(
        'a scrape',
        async () => {
          const result = await prometheus.query('tachyon_queue_depth{queue="orders"}');
          return result.length > 0 ? result : null;
        },
        { everyMs: 100 },
      );
      expect(depth?.value[1]).toBe('1');
      const rules = await eventually(
        'all rules are evaluated',
        async () => {
          const rules = await prometheus.rules();
          return rules.every(({ health }) => health !== 'unknown') ? rules : null;
        },
        { everyMs: 100, withinMs: 30_000 },
      );
      expect(rules.length).toBeGreaterThan(15);
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
      expect(rules.filter(({ name, state }) => name === 'TachyonDown' && state === 'firing')).toEqual([]);

      const panels = readdirSync(join(root, 'scripts/deploy/grafana')).flatMap(
        (file) =>
          (
            JSON.parse(deployed(`grafana/${file}`)) as {
              readonly panels: readonly {
                readonly title: string;
                readonly targets: readonly { readonly expr: string }[];
              }[];
            }
          ).panels,
      );
      const empty: string[] = [];
      for (const { title, targets } of panels) {
        for (const { expr } of targets) {
          const expression = expr.replaceAll(/\$(?:instance|queue)\b/g, '.*').replaceAll('$__rate_interval', '1m');
          if ((await prometheus.query(expression)).length === 0) empty.push(`${title}: ${expression}`);
        }
      }
      expect(panels.length).toBeGreaterThan(40);
      // A rate needs two scrapes; plain values are there after the first.
      expect(empty.filter((line) => !/rate\(|increase\(/.test(line))).toEqual([]);
    } finally {
      await prometheus.stop();
    }
  });
});
