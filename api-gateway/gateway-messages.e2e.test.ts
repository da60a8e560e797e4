// Messages over HTTP alone, through a real broker: published, watched, fetched, settled, and found again among the dead
// letters; the operator page's socket; and tokens that begin and end while the gateway runs.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../internal/testing/eventually.ts';
import { Tachyon } from '../internal/testing/processes/tachyon.ts';
import { type Ask, ask, jsonOf } from './testing/http.ts';
import { openSocket } from './testing/socket.ts';

const ADMIN_TOKEN = 'the-token-of-the-test';
const asAdmin = { 'x-admin-token': ADMIN_TOKEN };

const tachyon = new Tachyon();
let url = '';

beforeAll(async () => {
  await tachyon.readyBroker();
  const env = { ADMIN_TOKEN, GATEWAY_PORT: '0' };
  const gateway = tachyon.start(['gateway', '--data-dir', tachyon.dataFolder], { env });
  url = await gateway.until('its address', ({ log }) => log.find(({ msg }) => msg === 'ready')?.['gateway'] as string);
});
afterAll(() => tachyon.remove());

/** The answer's JSON; the test fails when it is a refusal. */
async function good(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await ask(`${url}${path}`, { method, headers: asAdmin, ...(body === undefined ? {} : { body }) });
  expect([path, answer.status, answer.text]).toEqual([path, 200, expect.any(String)]);
  return jsonOf(answer);
}

type Delivery = Readonly<Record<string, unknown>> & { readonly delivery_id: number };

async function fetched(consumer: string, queue: string, count = 10): Promise<readonly Delivery[]> {
  const body = { queue, count, wait_ms: 2_000 };
  return (await good('POST', `/api/v1/consumers/${consumer}/fetch`, body))['items'] as Delivery[];
}

describe('messages over HTTP', () => {
  it('are accepted, handed out once, and gone when they are acknowledged', async () => {
    await good('PUT', '/api/v1/queues/orders', { patterns: ['orders.>'], reason: 'test' });
    const receipt = await good('POST', '/api/v1/publish', {
      topic: 'orders.created',
      json: { order: 1 },
      message_id: 'order-1',
      headers: { colour: 'blue' },
    });
    expect(receipt).toMatchObject({ accepted: true, durability: 'disk', duplicate: false });
    const [delivery, ...more] = await fetched('worker-1', 'orders');
    expect(more).toEqual([]);
    expect(delivery).toMatchObject({
      queue: 'orders',
      topic: 'orders.created',
      message_id: 'order-1',
      attempt: 1,
      attributes: { content_type: 'application/json', headers: { colour: 'blue' } },
      body_base64: Buffer.from('{"order":1}').toString('base64'),
    });
    const settle = { delivery_ids: [delivery?.delivery_id, 999_999] };
    expect(await good('POST', '/api/v1/consumers/worker-1/ack', settle)).toMatchObject({
      settled: 1,
      failed: 1,
      failures: [{ delivery_id: 999_999, code: 'UNKNOWN_DELIVERY' }],
    });
    expect(await good('GET', '/api/v1/queues/orders')).toMatchObject({ depth: 0 });
  });

  it('that a consumer holds go back when it leaves, and keep their bytes', async () => {
    await good('PUT', '/api/v1/queues/bytes', { patterns: ['bytes'] });
    const body_base64 = Buffer.from([0, 255, 10, 13]).toString('base64');
    await good('POST', '/api/v1/publish', { topic: 'bytes', body_base64 });
    expect(await fetched('a', 'bytes')).toMatchObject([{ body_base64, returned: 0 }]);
    expect(await good('GET', '/api/v1/queues/bytes')).toMatchObject({ leased: 1, consumers: 1 });
    await good('DELETE', '/api/v1/consumers/a');
    expect(await fetched('b', 'bytes')).toMatchObject([{ body_base64 }]);
    await good('DELETE', '/api/v1/consumers/b');
  });

  it('that were fetched by somebody who hung up go back at once', async () => {
    await good('PUT', '/api/v1/queues/hung', { patterns: ['hung'] });
    const gone = new AbortController();
    const fetching = fetch(`${url}/api/v1/consumers/hung-up/fetch`, {
      method: 'POST',
      headers: { ...asAdmin, 'content-type': 'application/json' },
      body: JSON.stringify({ queue: 'hung', wait_ms: 30_000 }),
      signal: gone.signal,
    }).catch(() => null);
    await eventually('the consumer', async () => (await good('GET', '/api/v1/queues/hung'))['consumers'] === 1);
    gone.abort();
    await fetching;
    await good('POST', '/api/v1/publish', { topic: 'hung', body: 'x' });
    await eventually('the return', async () => {
      const { ready, leased } = await good('GET', '/api/v1/queues/hung');
      return ready === 1 && leased === 0;
    });
  });

  it('that fail for good are dead letters, with the reason, on the old path and on the new one', async () => {
    await good('PUT', '/api/v1/queues/bad', { patterns: ['bad.>'] });
    await good('POST', '/api/v1/publish', { topic: 'bad.one', body: 'hi', message_id: 'msg-123' });
    const [delivery] = await fetched('worker-9', 'bad');
    const nack = { delivery_ids: [delivery?.delivery_id], status: 'terminal', reason: 'no stock' };
    expect(await good('POST', '/api/v1/consumers/worker-9/nack', nack)).toMatchObject({ settled: 1 });
    await eventually('the dead letter', async () => (await good('GET', '/api/v1/queues/bad'))['dead_letters'] === 1);
    const letter = {
      message_id: 'msg-123',
      consumer_id: 'worker-9',
      topic: 'bad.one',
      payload: 'aGk=',
      reason: 'no stock',
    };
    expect(await good('GET', '/api/admin/dlq/records')).toMatchObject({ count: 1, records: [letter] });
    expect(await good('GET', '/api/v1/dlq/records?queue=bad')).toMatchObject({ items: [letter] });
    expect(await good('GET', '/api/broker-admin/overview')).toMatchObject({
      dead_letters: { records: [letter] },
      recent_transitions: {
        transitions: expect.arrayContaining([
          expect.objectContaining({ type: 'dead_lettered', message_id: 'msg-123' }),
        ]),
      },
    });
  });

  it('of fanout are watched as they come', async () => {
    await good('POST', '/api/v1/routes', { pattern: 'news.>', route_type: 'fanout' });
    const end = new AbortController();
    const response = await fetch(`${url}/api/v1/watch?pattern=news.*`, { headers: asAdmin, signal: end.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    let seen = '';
    const reading = (async () => {
      for await (const part of response.body ?? []) seen += Buffer.from(part as Uint8Array).toString();
    })().catch(() => undefined);
    await eventually('a message in the stream', async () => {
      await good('POST', '/api/v1/publish', { topic: 'news.today', body: 'line\nbreak', message_id: 'n1' });
      return seen.includes('event: message');
    });
    const data = /event: message\ndata: (.*)\n\n/.exec(seen)?.[1] ?? '';
    expect(JSON.parse(data)).toMatchObject({
      topic: 'news.today',
      message_id: 'n1',
      body_bytes: 10,
      truncated: false,
      payload: Buffer.from('line\nbreak').toString('base64'),
    });
    expect(seen.startsWith('event: ready\n')).toBe(true);
    end.abort();
    await reading;
  });

  it('in a tenant of its own are the business of that tenant', async () => {
    await good('PUT', '/api/v1/queues/orders', { patterns: ['t'], tenant_id: 'acme' });
    await good('POST', '/api/v1/publish', { topic: 't', body: 'x', tenant_id: 'acme' });
    expect(await good('GET', '/api/v1/queues/orders?tenant_id=acme')).toMatchObject({ depth: 1, tenant_id: 'acme' });
    expect(await good('GET', '/api/v1/queues/orders')).toMatchObject({ depth: 0 });
  });
});

describe('the operator page’s socket', () => {
  it('needs a token, which a browser may give as a subprotocol, and then tells at once', async () => {
    const path = `${url}/ws/broker-admin`;
    expect((await openSocket(path, {})).status).toBe(401);
    const word = `tachyon.token.${Buffer.from(ADMIN_TOKEN).toString('base64url')}`;
    const socket = await openSocket(path, { 'sec-websocket-protocol': `tachyon, ${word}` });
    expect([socket.status, socket.protocol]).toEqual([101, 'tachyon']);
    await eventually('a snapshot', () => socket.messages.length > 0);
    expect(JSON.parse(socket.messages[0] ?? '')).toMatchObject({ route_catalog: { version: 1 }, backlog: {} });
    socket.close();
  });
});

describe('named tokens', () => {
  const run = (...args: readonly string[]) => tachyon.run(['gateway', 'tokens', ...args]);
  const whoami = (token: string, over: Ask = {}) =>
    ask(`${url}/api/v1/whoami`, { headers: { 'x-admin-token': token }, ...over });

  it('are printed once, count at once, and end at once', async () => {
    const added = await run('add', 'wall', '--role', 'viewer');
    const token = added.stdout.trim();
    expect([added.code, token]).toEqual([0, expect.stringMatching(/^tgw_/)]);
    expect(jsonOf(await whoami(token))).toEqual({ name: 'wall', role: 'viewer', shared: false });
    const listed = await run('list', '-o', 'json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'wall', role: 'viewer' }]);
    expect(listed.stdout).not.toContain(token);
    expect((await run('remove', 'wall')).code).toBe(0);
    expect((await whoami(token)).status).toBe(401);
  });

  it('are refused with a reason', async () => {
    expect(await run('add', 'x', '--role', 'king')).toMatchObject({ code: 2 });
    expect(await run('remove', 'nobody')).toMatchObject({ code: 1, stderr: expect.stringContaining('nobody') });
  });

  it('that are guessed are answered ever more slowly, and never by an error of the gateway', async () => {
    const from = '127.0.2.1';
    const began = performance.now();
    const statuses: number[] = [];
    for (let guess = 0; guess < 5; guess += 1) statuses.push((await whoami(`guess-${guess}`, { from })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
    expect(performance.now() - began).toBeGreaterThan(500);
    expect((await whoami(ADMIN_TOKEN)).status).toBe(200);
  });
});
