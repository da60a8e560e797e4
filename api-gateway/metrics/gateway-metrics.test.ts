// What a scrape of the gateway says, and that no caller can make it longer than it is.

import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { root } from '../../internal/testing/tidy/repository.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { ADMIN_TOKEN, aGateway, type GatewayFixture, type GatewaySetup } from '../testing/a-gateway.ts';
import { page, QUEUE, STATUS } from '../testing/answers.ts';
import { HOSTILE_TEXTS } from '../testing/hostile.ts';

const asAdmin = { 'x-admin-token': ADMIN_TOKEN };
const ANSWERS = { status: STATUS, 'queues.list': page(QUEUE) };

let gateway: GatewayFixture | null = null;
afterEach(async () => {
  await gateway?.remove();
  gateway = null;
});

async function start(setup: GatewaySetup = { answers: ANSWERS }): Promise<GatewayFixture> {
  gateway = await aGateway(setup);
  return gateway;
}

async function scrape({ app }: GatewayFixture): Promise<string> {
  const reply = await app.inject({ url: '/metrics', headers: asAdmin });
  expect([reply.statusCode, reply.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  return reply.body;
}

const sample = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};
const requests = (labels: string): string => `tachyon_gateway_requests_total{${labels}}`;

describe('a scrape of the gateway', () => {
  it('counts requests by method, template and class of status, with how long they took', async () => {
    const fixture = await start();
    for (const path of ['queues', 'queues?limit=1', 'queues/a/why', 'queues/b/why']) {
      await fixture.app.inject({ url: `/api/v1/${path}`, headers: asAdmin });
    }
    await fixture.app.inject({ url: '/api/v1/queues' });
    const text = await scrape(fixture);
    expect(sample(text, requests('method="GET",route="/api/v1/queues",status="2xx"'))).toBe(2);
    expect(sample(text, requests('method="GET",route="/api/v1/queues",status="4xx"'))).toBe(1);
    expect(sample(text, requests('method="GET",route="/api/v1/queues/:queue/why",status="5xx"'))).toBe(2);
    const operation = 'method="GET",route="/api/v1/queues"';
    expect(sample(text, `tachyon_gateway_request_seconds_count{${operation}}`)).toBe(3);
    expect(sample(text, `tachyon_gateway_request_seconds_bucket{${operation},le="+Inf"}`)).toBe(3);
  });

  it('is no longer for what callers make up', async () => {
    const fixture = await start();
    let asked = 0;
    const ask = async (texts: readonly string[]): Promise<void> => {
      for (const text of texts) {
        asked += 1;
        const part = encodeURIComponent(text).replaceAll('.', '%2E');
        await fixture.app.inject({ url: `/api/v1/queues/${part}`, headers: asAdmin });
        await fixture.app.inject({ url: `/${part}?${part}=${part}`, headers: { ...asAdmin, 'x-request-id': part } });
        await fixture.app.inject({
          url: '/api/v1/status',
          headers: { 'x-admin-token': part },
          remoteAddress: `10.0.0.${asked}`,
        });
      }
    };
    await ask([...HOSTILE_TEXTS, 'y'.repeat(900)]);
    await scrape(fixture);
    const before = (await scrape(fixture)).split('\n').length;
    await ask(Array.from({ length: 60 }, (_, n) => `name-${n}`));
    const text = await scrape(fixture);
    expect(text.split('\n').length).toBe(before);
    expect(text).not.toMatch(/name-\d|script|passwd|yyy/);
    const routes = new Set([...text.matchAll(/route="([^"]*)"/g)].map(([, route = '']) => route));
    routes.delete('none');
    expect([...routes].filter((url) => !fixture.app.hasRoute({ method: 'GET', url }))).toEqual([]);
    expect(sample(text, requests('method="GET",route="none",status="4xx"'))).toBeGreaterThan(50);
  });

  it('counts who was not let in, by why', async () => {
    const fixture = await start();
    const status = (headers: Record<string, string>) => fixture.app.inject({ url: '/api/v1/status', headers });
    await status({});
    for (const token of ['a', 'b']) await status({ 'x-admin-token': token });
    await status({ 'x-admin-token': fixture.token('metrics') });
    const text = await scrape(fixture);
    expect(sample(text, 'tachyon_gateway_refused_logins_total{reason="missing"}')).toBe(1);
    expect(sample(text, 'tachyon_gateway_refused_logins_total{reason="wrong"}')).toBe(2);
    expect(sample(text, 'tachyon_gateway_refused_logins_total{reason="delayed"}')).toBe(0);
    expect(sample(text, 'tachyon_gateway_refused_roles_total')).toBe(1);
  });

  it('says whether the broker answers, and is given also while it does not', async () => {
    const up = await start();
    expect(sample(await scrape(up), 'tachyon_gateway_broker_up')).toBe(1);
    await up.remove();
    const down = await start({ answers: { status: new TachyonError('BROKER_UNREACHABLE') } });
    expect(sample(await scrape(down), 'tachyon_gateway_broker_up')).toBe(0);
  });

  it('shows requests under way until they end, also when their caller hangs up', async () => {
    let release = (_answer: unknown): void => undefined;
    const answer = new Promise((resolve) => {
      release = resolve;
    });
    const fixture = await start({
      answers: ANSWERS,
      context: { consumers: { ...unused, fetch: () => answer as never } },
    });
    await fixture.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = fixture.app.server.address() as AddressInfo;
    const fetch = request({
      port,
      method: 'POST',
      path: '/api/v1/consumers/w/fetch',
      headers: { ...asAdmin, 'content-type': 'application/json' },
    });
    fetch.on('error', () => undefined);
    fetch.end('{"queue":"q"}');
    const inFlight = async (): Promise<number | undefined> =>
      sample(await scrape(fixture), 'tachyon_gateway_requests_in_flight');
    await eventually('the fetch and the scrape are under way', async () => (await inFlight()) === 2);
    fetch.destroy();
    await eventually('only the scrape is', async () => (await inFlight()) === 1);
    release([]);
    const route = 'method="POST",route="/api/v1/consumers/:consumer/fetch",status="none"';
    expect(sample(await scrape(fixture), requests(route))).toBe(1);
  });

  it('takes a token, of a role that may read nothing else', async () => {
    const fixture = await start();
    expect((await fixture.app.inject({ url: '/metrics' })).statusCode).toBe(401);
    const headers = { 'x-admin-token': fixture.token('metrics') };
    for (const url of ['/api/v1/status', '/api/v1/queues', '/api/v1/whoami', '/api/broker-admin/overview']) {
      expect([url, (await fixture.app.inject({ url, headers })).statusCode]).toEqual([url, 403]);
    }
  });

  it('has the families of docs/gateway.md, no less and no more', async () => {
    const text = await scrape(await start());
    const scraped = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    const documented = readFileSync(join(root, 'docs/gateway.md'), 'utf8').matchAll(
      /^\| `(tachyon_gateway_\w+)` \| (counter|gauge|histogram) \|/gm,
    );
    expect(scraped.length).toBeGreaterThan(15);
    expect(scraped.sort()).toEqual([...documented].map(([, name, type]) => `${name} ${type}`).sort());
  });
});

const refused = (): Promise<never> => Promise.reject(new TachyonError('BROKER_UNREACHABLE'));
const unused = { ack: refused, nack: refused, leave: refused, giveBack: () => undefined };
