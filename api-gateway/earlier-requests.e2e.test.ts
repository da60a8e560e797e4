// The earlier gateway's other requests with their fields, defaults and answers, over a real gateway and a real broker; and
// every one of its paths with its token and without.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../internal/testing/eventually.ts';
import type { EarlierClient } from '../internal/testing/parity/earlier-client.ts';
import { EARLIER_REQUESTS } from '../internal/testing/parity/earlier-requests.ts';
import { ADMIN_TOKEN, asAdmin, EarlierGateway, type Fields } from '../internal/testing/processes/earlier-gateway.ts';
import { type Answer, ask } from './testing/http.ts';
import { openSocket } from './testing/socket.ts';

const gateway = new EarlierGateway();
const call: EarlierGateway['call'] = (...args) => gateway.call(...args);
const get: EarlierGateway['get'] = (...args) => gateway.get(...args);

beforeAll(() => gateway.start());
beforeEach(() => gateway.purgeAll());
afterAll(() => gateway.stop());

describe('the token', () => {
  const guarded = EARLIER_REQUESTS.filter(({ answers }) => answers === 'token');

  it('is the X-Admin-Token of every one of them; without it, or with another, all are refused alike', async () => {
    expect(guarded.length).toBe(17);
    for (const { method, path } of guarded) {
      const at = path.replace('{message_id}', 'm1');
      const statusOf = async (headers: Record<string, string>): Promise<number> =>
        method === 'WS'
          ? (await openSocket(`${gateway.url}${at}`, headers)).status
          : (await call(method, at, method === 'POST' ? {} : undefined, headers)).status;
      const good = method === 'WS' ? [101] : method === 'POST' ? [400] : [200, 404];
      expect({ path, status: await statusOf(asAdmin) }).toEqual({ path, status: expect.toBeOneOf(good) });
      expect({ path, status: await statusOf({}) }).toEqual({ path, status: 401 });
    }
    const wrong = await call('GET', '/api/admin/dlq/records', undefined, { 'x-admin-token': `${ADMIN_TOKEN}x` });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'TOKEN_REQUIRED' } });
  });
});

describe('audit events', () => {
  it.each([['/api/admin/audit/events'], ['/api/broker-admin/audit/events']])(
    'GET %s finds events by message_id, actor, start and end',
    async (path) => {
      const id = path.includes('broker') ? 'event-b' : 'event-a';
      const made = { message_id: id, topic: 'event.x', actor: id, requested_reason: 'because' };
      await call('POST', '/api/admin/dlq/dead-letter', made);
      const countAt = async (query: string): Promise<unknown> => (await get(`${path}?${query}`))['count'];
      const { count, events } = await get(`${path}?message_id=${id}&actor=${id}`);
      expect({ count, events }).toMatchObject({
        count: 1,
        events: [
          {
            event_id: expect.stringMatching(/^audit_[0-9a-f]{16}$/),
            actor: id,
            timestamp: expect.stringMatching(/Z$/),
            operation: 'manual_dead_letter',
            target_message_ids: [id],
            requested_reason: 'because',
            prior_state: expect.any(Array),
            resulting_state: expect.any(Array),
            prev_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
            hash: expect.stringMatching(/^[0-9a-f]{64}$/),
          },
        ],
      });
      expect(await countAt(`message_id=${id}&start=2020-01-01T00:00:00Z&end=2100-01-01T00:00:00Z`)).toBe(1);
      expect(await countAt(`message_id=${id}&start=2100-01-01T00:00:00Z`)).toBe(0);
      expect(await countAt(`message_id=${id}&end=2020-01-01T00:00:00Z`)).toBe(0);
      expect(await countAt('actor=nobody')).toBe(0);
      expect((await call('GET', `${path}?start=yesterday`)).status).toBe(400);
    },
  );
});

describe('the views of the operator page', () => {
  const at = (name: string): Promise<Fields> => get(`/api/broker-admin/${name}`);
  let consumer: EarlierClient;

  /** One message is under way and one waits; one died before. */
  beforeAll(async () => {
    consumer = gateway.client();
    await consumer.register('view', ['view.x'], 1);
    const producer = gateway.client();
    for (const id of ['held', 'waiting']) await producer.publish('view.x', id);
    expect((await consumer.nextEvent()).ID).toBe('held');
  });

  it('routes are those of the broker', async () => {
    const { version, routes } = await at('routes');
    expect(version).toBe(1);
    expect(routes).toContainEqual(
      expect.objectContaining({
        pattern: 'view.x',
        destination_id: expect.any(String),
        route_type: 'direct',
        priority: 0,
        enabled: true,
        tenant: '',
      }),
    );
  });

  it('sessions tell who is there, and how it is', async () => {
    const { count, sessions } = await at('sessions');
    expect(sessions).toHaveLength(count as number);
    expect(sessions).toContainEqual(
      expect.objectContaining({
        session_id: expect.any(String),
        consumer_id: 'view',
        tenant_id: '',
        max_inflight: 1,
        inflight_count: 1,
        live: true,
        resumable_pending: false,
        health: 'healthy',
      }),
    );
  });

  it('backlog counts what is under way, what waits and what died', async () => {
    await call('POST', '/api/admin/dlq/dead-letter', { message_id: 'dead', topic: 'dead.x' });
    expect(await at('backlog')).toEqual({
      direct_inflight: 1,
      deferred_total: 1,
      dead_letter_total: 1,
      active_sessions: expect.any(Number),
      oldest_deferred_at: expect.stringMatching(/Z$/),
      backlog_per_session: expect.any(Number),
      pressure: 'nominal',
      inflight_breakdown: [{ consumer_id: 'view', tenant_id: '', inflight: 1 }],
    });
  });

  it('deferred counts and lists what waits', async () => {
    const { count, entries } = await at('deferred');
    expect({ count, entries }).toMatchObject({
      count: 1,
      entries: [
        {
          sequence: expect.any(Number),
          message_id: 'waiting',
          tenant_id: '',
          topic: 'view.x',
          destination_id: expect.any(String),
          route_type: 'direct',
          enqueue_sequence: expect.any(Number),
          delivery_attempt: 1,
          reason: 'publish',
        },
      ],
    });
  });

  it('transitions are the last twelve, or as many as limit says', async () => {
    for (let n = 0; n < 8; n += 1) {
      await call('POST', '/api/admin/dlq/dead-letter', { message_id: `t${n}`, topic: 'dead.x' });
    }
    const listOf = async (query = ''): Promise<readonly Fields[]> => {
      const { count, transitions } = await at(`transitions${query}`);
      expect(transitions).toHaveLength(count as number);
      return transitions as readonly Fields[];
    };
    expect(await listOf()).toHaveLength(12);
    expect(await listOf('?limit=1')).toMatchObject([{ type: expect.any(String), timestamp: expect.any(String) }]);
    expect(await listOf('?limit=100')).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: 'dead_lettered', message_id: 't0', topic: 'dead.x' })]),
    );
    for (const limit of ['0', '101', 'x']) {
      expect((await call('GET', `/api/broker-admin/transitions?limit=${limit}`)).status).toBe(400);
    }
  });

  it('overview tells all of it at once', async () => {
    const overview = await eventually('one that was made after the messages came', async () => {
      const told = await at('overview');
      return (told['deferred_queue'] as Fields)['count'] === 1 ? told : null;
    });
    expect(Object.keys(overview).sort()).toEqual(OVERVIEW);
    expect(overview).toMatchObject({
      route_catalog: { version: 1, routes: expect.any(Array) },
      route_topology: { destinations: expect.any(Array) },
      consumer_sessions: { count: expect.any(Number), sessions: expect.any(Array) },
      backlog: { direct_inflight: 1 },
      dead_letters: { count: expect.any(Number), records: expect.any(Array) },
      deferred_queue: { count: 1, entries: [{ message_id: 'waiting' }] },
      recent_transitions: { count: expect.any(Number), transitions: expect.any(Array) },
    });
  });

  it('WS /ws/broker-admin sends the overview at once, and again', async () => {
    const socket = await openSocket(`${gateway.url}/ws/broker-admin`, asAdmin);
    expect(socket.status).toBe(101);
    await eventually('two of them', () => socket.messages.length > 1, { withinMs: 15_000, everyMs: 50 });
    const [first, second] = socket.messages.map((text) => JSON.parse(text) as Fields);
    for (const told of [first, second]) expect(Object.keys(told ?? {}).sort()).toEqual(OVERVIEW);
    const apartMs = Date.parse(String(second?.['generated_at'])) - Date.parse(String(first?.['generated_at']));
    expect(apartMs).toBeGreaterThan(3_500);
    expect(apartMs).toBeLessThan(12_000);
    socket.close();
  });
});

const OVERVIEW = [
  'backlog',
  'consumer_sessions',
  'dead_letters',
  'deferred_queue',
  'generated_at',
  'recent_transitions',
  'route_catalog',
  'route_topology',
];

describe('paths', () => {
  it('GET / and GET /broker-admin lead to the page', async () => {
    expect(await ask(`${gateway.url}/`)).toMatchObject({ status: 200, type: expect.stringMatching(/^text\/html/) });
    const { status, headers }: Answer = await ask(`${gateway.url}/broker-admin`);
    expect({ status, location: headers['location'] }).toEqual({ status: 302, location: './' });
  });

  it('that had nothing to do with messages say that they are not here, and open no socket', async () => {
    const body = { contract_id: 'a', schema: { type: 'object' }, level: 'info', message: 'x' };
    expect(await call('GET', '/api/system/overview')).toMatchObject({ status: 404 });
    for (const path of ['/api/contracts/load', '/api/system/alerts', '/api/genesis/mint?seed=1000']) {
      expect(await call('POST', path, body)).toMatchObject({ status: 404, body: { code: 'NOT_IN_THIS_SYSTEM' } });
    }
    expect((await openSocket(`${gateway.url}/ws/feed`, asAdmin)).status).toBe(404);
  });
});

describe('the earlier gateway', () => {
  it('has nothing to do with the files that its variables named: what it says is the broker’s', async () => {
    await call('POST', '/api/admin/dlq/dead-letter', { message_id: 'm1', topic: 'a.b' });
    const [record] = JSON.parse((await gateway.tachyon.run(['dlq', 'list'])).stdout) as readonly Fields[];
    expect(await get('/api/admin/dlq/records/m1')).toMatchObject({ sequence: record?.['sequence'] });
  });
});
