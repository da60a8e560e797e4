// How operators see a gateway at work: a line for each order, found by the id that its answer carried and by what the audit
// log says; and a scrape that a real Prometheus takes, with the rules that are delivered for it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../internal/testing/eventually.ts';
import { type Running, Tachyon } from '../internal/testing/processes/tachyon.ts';
import { hasPrometheus, Prometheus, promtool } from '../internal/testing/prometheus.ts';
import { root } from '../internal/testing/tidy/repository.ts';
import { ask, jsonOf } from './testing/http.ts';
import { openSocket } from './testing/socket.ts';

const ADMIN_TOKEN = 'correct-horse-battery-staple';
const asAdmin = { 'x-admin-token': ADMIN_TOKEN };

let tachyon = new Tachyon();
beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

async function serve(
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly gateway: Running; readonly url: string }> {
  const options = { env: { ADMIN_TOKEN, GATEWAY_PORT: '0', ...env } };
  const gateway = tachyon.start(['gateway', '--data-dir', tachyon.dataFolder], options);
  const ready = ({ log }: Running): string | undefined =>
    log.find(({ msg }) => msg === 'ready')?.['gateway'] as string | undefined;
  return { gateway, url: await gateway.until('its address', ready) };
}

const addToken = async (name: string, role: string): Promise<string> => {
  const { stdout } = await tachyon.run(['gateway', 'tokens', 'add', name, '--role', role]);
  return stdout.trim();
};

describe('the log of a gateway', () => {
  it('has a line for each order, with the id of its answer and the words of the audit log', async () => {
    await tachyon.readyBroker();
    const { gateway, url } = await serve();
    const headers = { 'x-admin-token': await addToken('ci', 'operator'), 'x-request-id': 'deploy-42' };
    const body = { patterns: ['a.>'], actor: 'olivia', reason: 'new service' };
    const answer = await ask(`${url}/api/v1/queues/billing`, { method: 'PUT', headers, body });
    expect([answer.status, answer.headers['x-request-id']]).toEqual([200, 'deploy-42']);
    const refusedBody = { actor: 'olivia', reason: 'by mistake' };
    const refused = await ask(`${url}/api/v1/queues/absent/pause`, { method: 'POST', headers, body: refusedBody });
    expect(refused.status).toBe(404);

    const orders = await gateway.until('both lines', ({ log }) => {
      const lines = log.filter(({ msg }) => msg === 'order');
      return lines.length === 2 ? lines : undefined;
    });
    const [event] = jsonOf(await ask(`${url}/api/v1/audit/events?operation=declare_queue`, { headers: asAdmin }))[
      'items'
    ] as Record<string, unknown>[];
    expect(orders[0]).toMatchObject({
      reqId: 'deploy-42',
      method: 'PUT',
      route: '/api/v1/queues/:queue',
      status: 200,
      by: 'ci',
      actor: event?.['actor'],
      reason: event?.['requested_reason'],
    });
    expect(event).toMatchObject({
      actor: 'olivia (via ci)',
      requested_reason: 'new service',
      request_id: 'deploy-42',
    });
    expect(orders[1]).toMatchObject({ reqId: 'deploy-42', status: 404, code: 'QUEUE_NOT_FOUND', reason: 'by mistake' });
    expect(await tachyon.parsed(['audit', 'list'])).toMatchObject([
      { request_id: 'deploy-42' },
      { request_id: 'deploy-42' },
    ]);
    expect(await tachyon.run(['audit', 'verify'])).toMatchObject({ code: 0 });
    const verifier = join(root, 'scripts/verify-audit.mjs');
    const apart = tachyon.start([join(tachyon.dataFolder, 'audit')], { command: [process.execPath, verifier] });
    expect(await apart.finished()).toMatchObject({ code: 0 });
  });

  it('has a line for each request at level debug, the refused ones with their code, and no token in any', async () => {
    await tachyon.readyBroker();
    const { gateway, url } = await serve({ LOG_LEVEL: 'debug' });
    const wrong = await ask(`${url}/api/v1/status`, { headers: { 'x-admin-token': 'a-wrong-token' } });
    const { request_id: id } = jsonOf(wrong);
    const missing = jsonOf(await ask(`${url}/api/v1/status`))['request_id'];
    const lineOf = (message: string, ofId: unknown) =>
      gateway.until('the line of the refusal', ({ log }) =>
        log.find(({ msg, reqId, code }) => msg === message && reqId === ofId && code === 'TOKEN_REQUIRED'),
      );
    expect(await lineOf('a wrong token', id)).toMatchObject({ address: '127.0.0.1', status: 401, level: 'warn' });
    await lineOf('request', missing);
    expect(JSON.stringify(gateway.log)).not.toMatch(/a-wrong-token|correct-horse/);
  });
});

describe('the metrics of a gateway', () => {
  const sample = (text: string, series: string): number | undefined => {
    const line = text.split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };

  it('follow a broker that comes and goes, and streams that open and close', async () => {
    const { url } = await serve();
    const scrape = async () => (await ask(`${url}/metrics`, { headers: asAdmin })).text;
    expect(sample(await scrape(), 'tachyon_gateway_broker_up')).toBe(0);
    const { broker } = await tachyon.readyBroker();
    await eventually('the broker is seen', async () => sample(await scrape(), 'tachyon_gateway_broker_up') === 1);

    const socket = await openSocket(`${url}/ws/broker-admin`, asAdmin);
    const open = (kind: string) => async () => sample(await scrape(), `tachyon_gateway_streams{kind="${kind}"}`);
    await eventually('the socket counts', async () => (await open('websocket')()) === 1);
    const stream = new AbortController();
    await fetch(`${url}/api/v1/watch?pattern=a`, { headers: asAdmin, signal: stream.signal });
    await eventually('the events count', async () => (await open('events')()) === 1);
    expect(sample(await scrape(), 'tachyon_gateway_requests_in_flight')).toBe(1);
    stream.abort();
    socket.close();
    await eventually(
      'both are closed',
      async () => (await open('events')()) === 0 && (await open('websocket')()) === 0,
    );

    const publish = { method: 'POST', headers: asAdmin, body: { topic: 'nowhere', body: 'x' } };
    expect((await ask(`${url}/api/v1/publish`, publish)).status).toBe(409);
    const text = await scrape();
    expect(sample(text, 'tachyon_gateway_broker_failures_total{code="UNROUTABLE"}')).toBe(1);
    expect(sample(text, 'tachyon_gateway_broker_requests_total{word="publish"}')).toBe(1);
    expect(sample(text, 'tachyon_gateway_broker_failures_total{code="BROKER_UNREACHABLE"}')).toBeGreaterThan(0);
    await broker.kill();
    await eventually('its absence is seen', async () => sample(await scrape(), 'tachyon_gateway_broker_up') === 0);
  });

  it.skipIf(!hasPrometheus())(
    'are scraped by Prometheus with the configuration and rules that are delivered',
    async () => {
      await tachyon.readyBroker();
      const { url } = await serve();
      const token = await addToken('prometheus', 'metrics');
      const scraped = await ask(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
      expect(promtool(['check', 'metrics'], scraped.text)).toEqual({ code: 0, said: '' });

      const deployed = (name: string): string => readFileSync(join(root, 'scripts/deploy', name), 'utf8');
      const config = deployed('prometheus.yml').replace('127.0.0.1:8000', new URL(url).host).replaceAll('15s', '1s');
      const files = { 'alerts.yml': deployed('alerts.yml'), 'gateway-token': `${token}\n` };
      const prometheus = await Prometheus.start(config, files);
      try {
        const up = await eventually(
          'a scrape',
          async () => {
            const result = await prometheus.query('tachyon_gateway_broker_up');
            return result.length > 0 ? result : null;
          },
          { everyMs: 100 },
        );
        expect(up[0]?.value[1]).toBe('1');
        const rules = await eventually(
          'its rules are evaluated',
          async () => {
            const own = (await prometheus.rules()).filter(({ name }) => name.startsWith('TachyonGateway'));
            return own.length > 0 && own.every(({ health }) => health !== 'unknown') ? own : null;
          },
          { everyMs: 100, withinMs: 30_000 },
        );
        expect(rules.map(({ health, state }) => [health, state])).toEqual(rules.map(() => ['ok', 'inactive']));
      } finally {
        await prometheus.stop();
      }
    },
  );
});
