// What holds for every route: tokens and roles, problems, headers, ids, bounds. Asked without a socket.

import { afterEach, describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, TachyonError } from '../pkg/protocol/errors.ts';
import { problemOf, statusOf } from './plugins/problems.ts';
import { ADMIN_TOKEN, aGateway, type GatewayFixture, type GatewaySetup } from './testing/a-gateway.ts';
import { page, QUEUE, STATUS } from './testing/answers.ts';

let gateway: GatewayFixture | null = null;
afterEach(async () => {
  await gateway?.remove();
  gateway = null;
});

async function start(setup: GatewaySetup = {}): Promise<GatewayFixture> {
  gateway = await aGateway(setup);
  return gateway;
}

const asAdmin = { 'x-admin-token': ADMIN_TOKEN };

describe('a request', () => {
  it('without a token, or with one that nobody knows, is told so before anything else of it is read', async () => {
    const { app, broker } = await start();
    for (const headers of [{}, { 'x-admin-token': 'wrong' }, { authorization: 'Bearer wrong' }]) {
      const reply = await app.inject({ method: 'POST', url: '/api/v1/publish', headers, payload: '{' });
      expect(reply.statusCode).toBe(401);
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="tachyon"');
      expect(reply.json()).toMatchObject({
        status: 401,
        code: 'TOKEN_REQUIRED',
        title: ERRORS.TOKEN_REQUIRED.sentence,
      });
    }
    expect(broker.asked).toEqual([]);
  });

  it('with a token is answered, whichever header carries it', async () => {
    const { app } = await start({ answers: { status: STATUS } });
    for (const headers of [asAdmin, { authorization: `Bearer ${ADMIN_TOKEN}` }]) {
      const reply = await app.inject({ url: '/api/v1/status', headers });
      expect([reply.statusCode, reply.json()]).toEqual([200, STATUS]);
    }
  });

  it('of a role that is too low changes nothing, and is told which role it takes', async () => {
    const { app, broker, token } = await start({ answers: { 'queues.purge': {} } });
    const operator = { 'x-admin-token': token('operator') };
    const reply = await app.inject({ method: 'POST', url: '/api/v1/queues/q/purge', headers: operator, payload: {} });
    expect(reply.statusCode).toBe(403);
    expect(reply.json()).toMatchObject({
      code: 'ROLE_TOO_LOW',
      detail: 'this needs the role admin; operator has operator',
    });
    expect(broker.asked).toEqual([]);
  });

  it('says who asks in the record of every change', async () => {
    const { app, broker, token } = await start({ answers: { 'queues.declare': {} } });
    const headers = { 'x-admin-token': token('operator', 'ci') };
    const declare = (payload: object) => app.inject({ method: 'PUT', url: '/api/v1/queues/q', headers, payload });
    await declare({});
    await declare({ actor: 'olivia', reason: 'because' });
    expect((await declare({ actor: 'olivia (via admin-token)' })).statusCode).toBe(400);
    expect(broker.asked.map(({ args }) => [args['actor'], args['reason']])).toEqual([
      ['ci', ''],
      ['olivia (via ci)', 'because'],
    ]);
  });

  it('keeps its own id where it is a sane one, and gets one else', async () => {
    const { app } = await start();
    const idOf = async (id: string) => {
      const reply = await app.inject({ url: '/api/v1/status', headers: { 'x-request-id': id } });
      expect(reply.json()).toMatchObject({ request_id: reply.headers['x-request-id'] });
      return reply.headers['x-request-id'];
    };
    expect(await idOf('trace-1.a:b_c')).toBe('trace-1.a:b_c');
    for (const id of ['', 'a b', 'x'.repeat(129), '<script>']) {
      expect(await idOf(id)).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('names each field that is not as it should be', async () => {
    const { app, broker } = await start();
    const reply = await app.inject({
      method: 'POST',
      url: '/api/v1/routes',
      headers: asAdmin,
      payload: { pattern: '', priority: 'high', nonsense: 1 },
    });
    expect(reply.statusCode).toBe(400);
    expect(
      reply.json().errors.map(({ in: where, field }: { in: string; field: string }) => `${where} ${field}`),
    ).toEqual(expect.arrayContaining(['body pattern', 'body priority']));
    const page = await app.inject({ url: '/api/v1/queues?limit=0', headers: asAdmin });
    expect(page.json()).toMatchObject({
      status: 400,
      code: 'INVALID_ARGUMENT',
      errors: [{ in: 'query', field: 'limit' }],
    });
    expect(broker.asked).toEqual([]);
  });

  it.each([
    ['not JSON', 'application/json', '{', 400, 'MALFORMED_BODY'],
    ['no body at all', 'application/json', '', 400, 'MALFORMED_BODY'],
    ['a prototype to spoil', 'application/json', '{"__proto__":{"a":1}}', 400, 'MALFORMED_BODY'],
    ['a form', 'application/x-www-form-urlencoded', 'a=b', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['text', 'text/plain', 'a', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['too much', 'application/json', `"${'x'.repeat(70_000)}"`, 413, 'PAYLOAD_TOO_LARGE'],
  ])('with %s is refused with a code', async (_what, type, payload, status, code) => {
    const { app } = await start({ env: { GATEWAY_BODY_BYTES_MAX: '65536' } });
    const headers = { ...asAdmin, 'content-type': type };
    const reply = await app.inject({ method: 'POST', url: '/api/v1/publish', headers, payload });
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.json()).toMatchObject({ status, code });
    expect(reply.statusCode).toBe(status);
  });

  it('for nothing that is here is told so, and one that names no address at all too', async () => {
    const { app } = await start();
    for (const [url, status] of [
      ['/api/v1/nothing', 404],
      ['/api/v2/queues', 404],
      ['/%ff', 400],
    ] as const) {
      const reply = await app.inject({ url, headers: asAdmin });
      expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(reply.json()).toMatchObject({ status });
    }
  });

  it('for what the earlier gateway had beside the broker is told that it is not here', async () => {
    const { app } = await start();
    for (const [method, url] of [
      ['GET', '/api/system/overview'],
      ['POST', '/api/system/alerts'],
      ['POST', '/api/contracts/load'],
      ['POST', '/api/genesis/mint?seed=1'],
      ['GET', '/ws/feed'],
    ] as const) {
      expect((await app.inject({ method, url })).json()).toMatchObject({ status: 404, code: 'NOT_IN_THIS_SYSTEM' });
    }
  });

  it('beyond the rate of its address is told when to come again', async () => {
    const { app } = await start({ env: { GATEWAY_REQUESTS_PER_SECOND: '3' } });
    const get = () => app.inject({ url: '/api/v1/status' });
    expect([await get(), await get(), await get()].map(({ statusCode }) => statusCode)).toEqual([401, 401, 401]);
    const late = await get();
    expect(late.statusCode).toBe(429);
    expect(late.json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('every answer', () => {
  it('gives browsers nothing to misuse, and other origins nothing at all', async () => {
    const { app } = await start({ answers: { status: STATUS } });
    const headers = { ...asAdmin, origin: 'https://elsewhere.example' };
    for (const url of ['/api/v1/status', '/health', '/docs', '/nothing']) {
      const reply = await app.inject({ url, headers });
      expect(reply.headers['content-security-policy']).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/);
      expect(reply.headers['x-content-type-options']).toBe('nosniff');
      expect(reply.headers['x-frame-options']).toBe('DENY');
      expect(reply.headers['referrer-policy']).toBe('no-referrer');
      expect(reply.headers['cache-control']).toMatch(/^no-(store|cache)$/);
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    const preflight = await app.inject({ method: 'OPTIONS', url: '/api/v1/publish', headers });
    expect(preflight.statusCode).toBe(404);
  });
});

describe('a failure of the broker', () => {
  it.each([
    ['BROKER_UNREACHABLE', 503],
    ['TIMEOUT', 503],
    ['BUSY', 503],
    ['STORAGE_FULL', 503],
    ['QUEUE_NOT_FOUND', 404],
    ['QUEUE_NOT_EMPTY', 409],
    ['INVALID_PATTERN', 400],
    ['CONFIRMATION_REQUIRED', 400],
    ['UNROUTABLE', 409],
    ['UNKNOWN_CONTROL', 501],
  ] as const)('%s is HTTP %i with its code', async (code, status) => {
    const { app } = await start({
      answers: { status: new TachyonError(code, 'said the broker', { retryAfterMs: 1_500 }) },
    });
    const reply = await app.inject({ url: '/api/v1/status', headers: asAdmin });
    expect(reply.statusCode).toBe(status);
    expect(reply.headers['retry-after']).toBe('2');
    expect(reply.json()).toMatchObject({
      type: `urn:tachyon:error:${code}`,
      title: ERRORS[code].sentence,
      status,
      code,
      detail: 'said the broker',
      retry_after_ms: 1_500,
    });
  });

  it('to speak as agreed is the broker’s, and is told with the field', async () => {
    const { app } = await start({ answers: { 'queues.list': page({ ...QUEUE, depth: 'many' }) } });
    const reply = await app.inject({ url: '/api/v1/queues', headers: asAdmin });
    expect(reply.json()).toMatchObject({ status: 502, code: 'MALFORMED_CONTROL' });
    expect(reply.json().detail).toContain('items.0.depth');
  });

  it('that nobody foresaw tells nothing of the inside', async () => {
    const { app } = await start({ answers: { status: new Error('secret of the inside') } });
    const reply = await app.inject({ url: '/api/v1/status', headers: asAdmin });
    expect(reply.json()).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(reply.body).not.toContain('secret');
  });

  it('has a status of its own kind for every code of the catalogue', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      expect(statusOf(code)).toBeGreaterThanOrEqual(400);
      expect(problemOf(new TachyonError(code), 'r')).toEqual({
        type: `urn:tachyon:error:${code}`,
        title: ERRORS[code].sentence,
        status: statusOf(code),
        code,
        request_id: 'r',
      });
    }
    expect((Object.keys(ERRORS) as ErrorCode[]).filter((code) => statusOf(code) === 500)).toEqual(['INTERNAL']);
  });
});

describe('health', () => {
  it('is open to all, and tells whether the broker answers', async () => {
    const { app } = await start({ answers: { status: STATUS } });
    expect((await app.inject({ url: '/health/live' })).json()).toEqual({ status: 'ok' });
    expect((await app.inject({ url: '/health/ready' })).json()).toEqual({ status: 'ok' });
    expect((await app.inject({ url: '/health' })).json()).toMatchObject({ status: 'ok', broker: { reachable: true } });
  });

  it('says that the gateway lives while the broker is away', async () => {
    const { app } = await start({ answers: { status: new TachyonError('BROKER_UNREACHABLE') } });
    expect((await app.inject({ url: '/health/live' })).statusCode).toBe(200);
    expect((await app.inject({ url: '/health/ready' })).json()).toMatchObject({
      status: 503,
      code: 'BROKER_UNREACHABLE',
    });
    expect((await app.inject({ url: '/health' })).json()).toMatchObject({
      status: 'degraded',
      broker: { reachable: false, code: 'BROKER_UNREACHABLE' },
    });
  });
});
