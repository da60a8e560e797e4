// The earlier gateway's requests, with its fields, become words to the live broker, and its answers keep their shapes.
// What the words do is the broker's; here it is what they are asked with.

import { afterEach, describe, expect, it } from 'vitest';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { ADMIN_TOKEN, type Answers, aGateway, type GatewayFixture } from '../../testing/a-gateway.ts';
import { EVENT, LETTER, OVERVIEW_ANSWERS, page } from '../../testing/answers.ts';

let gateway: GatewayFixture | null = null;
afterEach(async () => {
  await gateway?.remove();
  gateway = null;
});

async function ask(answers: Answers, method: 'GET' | 'POST', url: string, payload?: object) {
  await gateway?.remove();
  gateway = await aGateway({ answers });
  const headers = { 'x-admin-token': ADMIN_TOKEN, 'x-request-id': 'request-1' };
  const reply = await gateway.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return { status: reply.statusCode, body: reply.json() as Record<string, unknown>, asked: gateway.broker.asked };
}

const REPLAY = {
  message_ids: ['msg-123'],
  target_consumer_id: 'worker-1',
  target_topic: 'orders.created',
  confirm: 'REPLAY',
  actor: 'ops@example.com',
  requested_reason: 'customer-approved replay',
};

describe('dead letters', () => {
  it.each(['/api/admin/dlq/records', '/api/broker-admin/dead-letters'])('%s lists all pages, filtered', async (url) => {
    const pages: Answers = {
      'dlq.list': ({ after }: { after?: string }) =>
        after === undefined ? { items: [LETTER], next: '1:7' } : page({ ...LETTER, message_id: 'msg-124' }),
    };
    const { body, asked } = await ask(
      pages,
      'GET',
      `${url}?consumer_id=worker-1&topic=orders.created&reason=no%20stock`,
    );
    expect(body).toMatchObject({
      count: 2,
      records: [{ message_id: 'msg-123', payload: 'aGk=', payload_b64: 'aGk=' }, { message_id: 'msg-124' }],
      next: null,
    });
    const filter = { consumer: 'worker-1', topic: 'orders.created', record_reason: 'no stock' };
    expect(asked.map(({ args }) => args)).toMatchObject([filter, { ...filter, after: '1:7' }]);
  });

  it('one is looked at by its id, and one that is not there is 404', async () => {
    const found = await ask({ 'dlq.inspect': LETTER }, 'GET', '/api/admin/dlq/records/msg-123');
    expect(found.asked).toMatchObject([{ word: 'dlq.inspect', args: { id: 'msg-123' } }]);
    expect(found.body).toMatchObject({ message_id: 'msg-123', reason: 'no stock' });
    const gone = new TachyonError('QUEUE_NOT_FOUND');
    expect((await ask({ 'dlq.inspect': gone }, 'GET', '/api/admin/dlq/records/x')).status).toBe(404);
  });

  it.each(['/api/admin/dlq/replay', '/api/broker-admin/actions/replay'])('%s restates the target', async (url) => {
    const answer = { requested: 1, replayed: 1, failed: 0, failures: [], dry_run: false };
    const { status, body, asked } = await ask({ 'dlq.replay': answer }, 'POST', url, REPLAY);
    expect([status, body]).toEqual([200, answer]);
    expect(asked).toEqual([
      {
        kind: 'act',
        word: 'dlq.replay',
        args: {
          ids: ['msg-123'],
          target_consumer: 'worker-1',
          target_topic: 'orders.created',
          confirm: 'REPLAY',
          actor: 'ops@example.com',
          reason: 'customer-approved replay',
          request_id: 'request-1',
        },
      },
    ]);
  });

  it('a wrong word of confirmation is the broker’s to refuse: 400', async () => {
    const answers = { 'dlq.replay': new TachyonError('CONFIRMATION_REQUIRED', 'the word is REPLAY') };
    const { status, body } = await ask(answers, 'POST', '/api/admin/dlq/replay', { ...REPLAY, confirm: 'yes' });
    expect([status, body['code']]).toEqual([400, 'CONFIRMATION_REQUIRED']);
  });

  it('of which a replay failed for some still answers with each failure', async () => {
    const failures = [{ message_id: 'msg-123', code: 'DEAD_LETTER_NOT_FOUND', error: 'record not found' }];
    const answer = { requested: 1, replayed: 0, failed: 1, failures };
    expect((await ask({ 'dlq.replay': answer }, 'POST', '/api/admin/dlq/replay', REPLAY)).body).toMatchObject(answer);
  });

  it.each(['/api/admin/dlq/purge', '/api/broker-admin/actions/purge'])(
    '%s leaves the selection to the broker',
    async (url) => {
      const answers = { 'dlq.purge': { requested: 1, purged: 1, failed: 0, failures: [] } };
      const purge = (body: object) => ask(answers, 'POST', url, { confirm: 'PURGE', ...body });
      const record = { actor: 'api_gateway', reason: '', request_id: 'request-1', confirm: 'PURGE' };
      for (const body of [{}, { message_ids: [] }]) {
        expect((await purge(body)).asked).toEqual([{ kind: 'act', word: 'dlq.purge', args: record }]);
      }
      expect((await purge({ all: true })).asked).toMatchObject([{ args: { all: true, ...record } }]);
      expect((await purge({ message_ids: ['a'] })).asked).toMatchObject([{ args: { ids: ['a'], ...record } }]);
      const { asked } = await purge({ reason: 'no stock', requested_reason: 'cleanup' });
      expect(asked).toMatchObject([{ args: { record_reason: 'no stock', reason: 'cleanup' } }]);
    },
  );

  it('made by hand carry their payload as numbers', async () => {
    const { asked } = await ask({ 'dlq.dead_letter': LETTER }, 'POST', '/api/admin/dlq/dead-letter', {
      message_id: 'msg-123',
      topic: 'orders.created',
      consumer_id: 'worker-1',
      payload: [104, 105],
      attempt: 3,
      reason: 'manual quarantine',
    });
    expect(asked).toMatchObject([
      {
        word: 'dlq.dead_letter',
        args: {
          id: 'msg-123',
          topic: 'orders.created',
          consumer: 'worker-1',
          payload: 'aGk=',
          dead_letter_reason: 'manual quarantine',
          actor: 'api_gateway',
        },
      },
    ]);
    const bad = { message_id: 'm', topic: 't', payload: [256] };
    expect((await ask({}, 'POST', '/api/admin/dlq/dead-letter', bad)).status).toBe(400);
  });
});

describe('audit events', () => {
  it.each(['/api/admin/audit/events', '/api/broker-admin/audit/events'])(
    '%s filters by id, actor and time',
    async (url) => {
      const query = 'message_id=msg-123&actor=ops%40example.com&start=2026-03-21T00:00:00Z&end=2026-03-22T00:00:00Z';
      const { body, asked } = await ask({ 'audit.list': page(EVENT) }, 'GET', `${url}?${query}`);
      expect(body).toEqual({ count: 1, events: [EVENT], next: null });
      expect(asked).toMatchObject([
        {
          word: 'audit.list',
          args: { id: 'msg-123', actor: 'ops@example.com', start: '2026-03-21T00:00:00Z', end: '2026-03-22T00:00:00Z' },
        },
      ]);
      expect((await ask({}, 'GET', `${url}?start=yesterday`)).status).toBe(400);
    },
  );
});

describe('the operator page', () => {
  it('sees everything at one glance', async () => {
    const { body } = await ask(OVERVIEW_ANSWERS, 'GET', '/api/broker-admin/overview');
    expect(body).toMatchObject({
      route_catalog: { version: 1, routes: [{ pattern: 'orders.>' }] },
      route_topology: { destinations: [{ destination_id: 'orders', patterns: ['orders.>'] }] },
      consumer_sessions: { count: 1, sessions: [{ consumer_id: 'worker-1', health: 'healthy', inflight_count: 2 }] },
      backlog: {
        direct_inflight: 2,
        deferred_total: 3,
        dead_letter_total: 1,
        active_sessions: 1,
        backlog_per_session: 3,
        pressure: 'nominal',
        inflight_breakdown: [{ consumer_id: 'worker-1', inflight: 2 }],
      },
      dead_letters: { count: 1, records: [{ message_id: 'msg-123' }] },
      deferred_queue: { count: 3, entries: [{ message_id: 'm9', destination_id: 'orders', reason: 'publish' }] },
      recent_transitions: { count: 2, transitions: [{ type: 'replay_dead_letter' }, { type: 'dead_lettered' }] },
    });
    expect(Date.parse(String(body['generated_at']))).toBeGreaterThan(0);
  });

  it.each([
    ['routes', { version: 1, routes: [{ destination_id: 'orders' }] }],
    ['sessions', { count: 1, sessions: [{ health: 'healthy', resumable_pending: false }] }],
    ['backlog', { deferred_total: 3, pressure: 'nominal' }],
    ['deferred', { count: 3, entries: [{ sequence: 9 }] }],
    ['transitions?limit=1', { count: 1, transitions: [{ type: 'replay_dead_letter' }] }],
  ])('sees %s', async (path, expected) => {
    expect((await ask(OVERVIEW_ANSWERS, 'GET', `/api/broker-admin/${path}`)).body).toMatchObject(expected);
  });

  it('costs the broker the same, however many look', async () => {
    gateway = await aGateway({ answers: OVERVIEW_ANSWERS });
    const { app, broker } = gateway;
    const look = () => app.inject({ url: '/api/broker-admin/overview', headers: { 'x-admin-token': ADMIN_TOKEN } });
    await look();
    const once = broker.asked.length;
    await Promise.all(Array.from({ length: 50 }, look));
    expect(broker.asked.length).toBe(once);
  });

  it('that asks too little or too much is refused', async () => {
    for (const limit of ['0', '101', 'x']) {
      expect((await ask({}, 'GET', `/api/broker-admin/transitions?limit=${limit}`)).status).toBe(400);
    }
  });
});
