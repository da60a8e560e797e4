// The requests of /api/v1 become words to the broker: each operation with the word and the arguments that it stands for.

import { afterEach, describe, expect, it } from 'vitest';
import type { BatchMessage } from '../../../pkg/client/client.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import type { PublicLink } from '../../broker/public-link.ts';
import { ADMIN_TOKEN, aGateway, type GatewayFixture } from '../../testing/a-gateway.ts';
import { EVENT, LETTER, MESSAGE, page, QUEUE, ROUTE, SESSION, STATUS } from '../../testing/answers.ts';

let gateway: GatewayFixture | null = null;
afterEach(async () => {
  await gateway?.remove();
  gateway = null;
});

const headers = { 'x-admin-token': ADMIN_TOKEN, 'x-request-id': 'request-1' };
const RECORD = { actor: 'api_gateway', reason: '', request_id: 'request-1' };
const DETAIL = { ...QUEUE, policy: {}, routes: [], sessions: [] };
const OUTCOME = { requested: 2, failed: 0, failures: [], dry_run: false, job: null };
const JOB = {
  job: 1,
  kind: 'replay',
  state: 'running',
  total: 9,
  done: 1,
  failed: 0,
  started_at: '2026-03-21T00:00:00Z',
  ended_at: null,
  actor: 'a',
  reason: '',
};
const STEERED = { queue: 'q', paused: true, draining: false, depth: 2, leased: 1 };
const WHY = {
  queue: 'q',
  tenant_id: 't',
  dispatching: false,
  reason: 'paused',
  detail: 'an operator paused it',
  next_step: 'tachyon queues resume q',
  ready: 1,
  leased: 0,
  waiting_retry: 0,
  dead_letters: 0,
  consumers: [{ consumer_id: 'w', room: 1, reason: '' }],
};
const USAGE = {
  tenant_id: null,
  ingress: 3,
  ingress_bytes: 30,
  queued: 2,
  queued_bytes: 20,
  inflight: 1,
  inflight_bytes: 10,
  limits: { max_ingress: 8, max_queued: null },
};
const LIMITS = {
  all: USAGE,
  items: [{ ...USAGE, tenant_id: '' }],
  next: null,
  throttles: [],
  overload: { level: 'normal', pressure: 0, signal: '', refuses: false },
};
const SESSION_DETAIL = {
  ...SESSION,
  window: { messages: 10, bytes: 100, room: 8, credit: null },
  fetching: null,
  last_heard_at: null,
  grace_until: null,
  queues: [{ queue: 'orders', depth: 2, ready: 1, leased_here: 1, paused: false }],
  queues_total: 1,
  leases: [{ queue: 'orders', sequence: 9, delivery_id: '7', until: '2026-03-21T00:00:00Z', bytes: 9 }],
  leases_total: 1,
};
const TRACED = {
  queue: 'q',
  tenant_id: '',
  sequence: 9,
  state: 'leased',
  accepted_at: '2026-03-21T00:00:00.000Z',
  durable: true,
  deliveries: 1,
  lease: { consumer_id: 'w', delivery_id: '7', until: '2026-03-21T00:00:00.000Z' },
  retry_at: null,
  dead_letter: null,
};
const TRACE = { items: [TRACED], next: null, queues: [WHY], searched: 9, unreadable: 0 };
const GROUPS = { items: [{ fingerprint: 'f', reason: 'r', count: 2 }], total: 1 };

describe('/api/v1', () => {
  it.each([
    ['GET', 'status', undefined, 'status', {}, STATUS],
    ['GET', 'limits?limit=10', undefined, 'limits.list', { limit: 10 }, LIMITS],
    ['GET', 'queues?after=5&limit=10', undefined, 'queues.list', { after: '5', limit: 10 }, page(QUEUE)],
    ['GET', 'queues/a%2Fb?tenant_id=t', undefined, 'queues.show', { queue: 'a/b', tenant_id: 't' }, DETAIL],
    ['GET', 'queues/q/messages?body_bytes=9', undefined, 'queues.browse', { queue: 'q', body_bytes: 9 }, page(MESSAGE)],
    [
      'PUT',
      'queues/q',
      { patterns: ['a.>'], lease_ms: 500 },
      'queues.declare',
      { queue: 'q', patterns: ['a.>'], lease_ms: 500, ...RECORD },
      { queue: 'q', created: true },
    ],
    [
      'POST',
      'queues/q/bindings',
      { patterns: ['a'] },
      'queues.bind',
      { queue: 'q', patterns: ['a'], ...RECORD },
      { queue: 'q' },
    ],
    ['GET', 'queues/q/why?tenant_id=t', undefined, 'queues.why', { queue: 'q', tenant_id: 't' }, WHY],
    ['POST', 'queues/q/pause', {}, 'queues.pause', { queue: 'q', ...RECORD }, STEERED],
    [
      'POST',
      'queues/q/drain',
      { tenant_id: 't', actor: 'a', reason: 'r' },
      'queues.drain',
      { queue: 'q', tenant_id: 't', ...RECORD, actor: 'a', reason: 'r' },
      STEERED,
    ],
    ['POST', 'queues/q/resume', {}, 'queues.resume', { queue: 'q', ...RECORD }, STEERED],
    ['POST', 'queues/q/purge', { confirm: 'PURGE' }, 'queues.purge', { queue: 'q', confirm: 'PURGE', ...RECORD }, {}],
    [
      'DELETE',
      'queues/q?force=true&reason=old',
      undefined,
      'queues.delete',
      { queue: 'q', force: true, ...RECORD, reason: 'old' },
      {},
    ],
    ['GET', 'routes', undefined, 'routes.list', {}, page(ROUTE)],
    [
      'POST',
      'routes',
      { pattern: 'a', destination_id: 'q', priority: 3 },
      'routes.add',
      { pattern: 'a', destination_id: 'q', priority: 3, ...RECORD },
      {},
    ],
    ['DELETE', 'routes?pattern=a.%3E', undefined, 'routes.remove', { pattern: 'a.>', ...RECORD }, {}],
    [
      'GET',
      'routes/orders.%3E?destination_id=q&tenant_id=t',
      undefined,
      'routes.show',
      { pattern: 'orders.>', destination_id: 'q', tenant_id: 't' },
      {
        pattern: 'orders.>',
        tenant_id: 't',
        items: [{ ...ROUTE, queue: QUEUE, sessions: [], sessions_total: 0 }],
        total: 1,
      },
    ],
    [
      'GET',
      'sessions/worker%2F1?tenant_id=t',
      undefined,
      'sessions.show',
      { consumer_id: 'worker/1', tenant_id: 't' },
      SESSION_DETAIL,
    ],
    [
      'GET',
      'messages/m%201?queue=q&after=3:9&limit=5&body_bytes=10',
      undefined,
      'messages.trace',
      { id: 'm 1', queue: 'q', after: '3:9', limit: 5, body_bytes: 10 },
      TRACE,
    ],
    ['GET', 'sessions', undefined, 'sessions.list', {}, page(SESSION)],
    [
      'GET',
      'dlq/records?queue=q&fingerprint=f&record_reason=r&limit=5',
      undefined,
      'dlq.list',
      { queue: 'q', fingerprint: 'f', record_reason: 'r', limit: 5 },
      page(LETTER),
    ],
    ['GET', 'dlq/records?ids=a&ids=b%2Cc', undefined, 'dlq.list', { ids: ['a', 'b,c'] }, page(LETTER)],
    ['GET', 'dlq/records/m%201?sequence=7', undefined, 'dlq.inspect', { id: 'm 1', sequence: 7 }, LETTER],
    ['GET', 'dlq/groups?ids=a&sequence=3', undefined, 'dlq.groups', { ids: ['a'], sequence: 3 }, GROUPS],
    [
      'POST',
      'dlq/replay',
      { fingerprint: 'f', to_queue: 'p', confirm: 'REPLAY', dry_run: true, rate_per_second: 10 },
      'dlq.replay',
      { fingerprint: 'f', to_queue: 'p', confirm: 'REPLAY', dry_run: true, rate_per_second: 10, ...RECORD },
      { ...OUTCOME, replayed: 2 },
    ],
    ['POST', 'dlq/purge', { all: true }, 'dlq.purge', { all: true, ...RECORD }, { ...OUTCOME, purged: 2 }],
    [
      'POST',
      'dlq/dead-letter',
      { id: 'm', topic: 'a', payload: 'aGk=', tenant_id: 't', session: 's' },
      'dlq.dead_letter',
      { id: 'm', topic: 'a', payload: 'aGk=', tenant_id: 't', session: 's', ...RECORD },
      LETTER,
    ],
    ['GET', 'jobs', undefined, 'jobs.list', {}, { items: [JOB] }],
    ['GET', 'jobs/1', undefined, 'jobs.show', { job: 1 }, JOB],
    ['POST', 'jobs/1/cancel', {}, 'jobs.cancel', { job: 1, ...RECORD }, JOB],
    [
      'GET',
      'audit/events?id=m&operation=o&actor=a&start=2026-03-21T00:00:00Z',
      undefined,
      'audit.list',
      { id: 'm', operation: 'o', actor: 'a', start: '2026-03-21T00:00:00Z' },
      page(EVENT),
    ],
    ['GET', 'audit/status', undefined, 'audit.status', {}, { entries: 1 }],
  ] as const)('%s %s asks %4$s', async (method, path, payload, word, args, answer) => {
    gateway = await aGateway({ answers: { [word]: answer } });
    const body = payload === undefined ? {} : { payload };
    const reply = await gateway.app.inject({ method, url: `/api/v1/${path}`, headers, ...body });
    expect([reply.statusCode, reply.json()]).toEqual([200, answer]);
    const kind = method === 'GET' ? 'read' : 'act';
    expect(gateway.broker.asked).toEqual([{ kind, word, args }]);
  });

  it('tells whose token it is', async () => {
    gateway = await aGateway();
    const own = { 'x-admin-token': gateway.token('viewer', 'wall') };
    const whoami = await gateway.app.inject({ url: '/api/v1/whoami', headers: own });
    expect(whoami.json()).toEqual({ name: 'wall', role: 'viewer', shared: false });
  });
});

describe('publish', () => {
  const batches: { readonly tenant: string; readonly messages: readonly BatchMessage[] }[] = [];
  async function publish(payload: object, url = '/api/v1/publish') {
    const published: Parameters<PublicLink['publish']>[] = [];
    const receipt = { position: 4, durability: 'disk', duplicate: false, sequence: 1 } as const;
    const publisher: Pick<PublicLink, 'publish' | 'publishBatch' | 'request'> = {
      request: () => Promise.reject(new TachyonError('NO_RESPONDERS')),
      publish: async (...args) => {
        published.push(args);
        return receipt;
      },
      publishBatch: async (tenant, messages) => {
        batches.push({ tenant, messages });
        return messages.map(() => receipt);
      },
    };
    gateway = await aGateway({ context: { publisher } });
    const reply = await gateway.app.inject({ method: 'POST', url, headers, payload });
    return { status: reply.statusCode, body: reply.json() as object, published };
  }

  it('takes the body as text, as JSON or as bytes, and what goes beside it', async () => {
    expect((await publish({ topic: 'a', body: 'hi' })).published).toEqual([['', 'a', 'hi', {}]]);
    expect((await publish({ topic: 'a', json: [1] })).published).toEqual([['', 'a', [1], {}]]);
    expect((await publish({ topic: 'a', body_base64: '/w==' })).published).toEqual([['', 'a', Buffer.from([255]), {}]]);
    const rich = await publish({ topic: 'a', tenant_id: 't', message_id: 'm', headers: { a: 1 }, mode: 'fanout' });
    expect(rich.published).toEqual([['t', 'a', '', { messageId: 'm', headers: { a: 1 }, mode: 'fanout' }]]);
    const timed = await publish({ topic: 'a', deliver_at: '2030-01-02T15:04:05+01:00', ttl_ms: 60_000 });
    expect(timed.published).toEqual([['', 'a', '', { deliverAt: new Date('2030-01-02T14:04:05Z'), ttlMs: 60_000 }]]);
    expect(rich.body).toEqual({ accepted: true, position: 4, durability: 'disk', duplicate: false, sequence: 1 });
  });

  it('takes a batch of messages of any topics and forms', async () => {
    const messages = [
      { topic: 'a', body: 'x' },
      { topic: 'b', json: { n: 1 }, message_id: 'm' },
    ];
    const { status, body } = await publish({ tenant_id: 't', messages }, '/api/v1/publish/batch');
    expect([status, body]).toMatchObject([200, { accepted: true, receipts: [{ position: 4 }, { position: 4 }] }]);
    expect(batches).toEqual([
      {
        tenant: 't',
        messages: [
          { topic: 'a', body: 'x' },
          { topic: 'b', body: { n: 1 }, messageId: 'm' },
        ],
      },
    ]);
    expect(await publish({ topic: 'a', timeout_ms: 50 }, '/api/v1/request')).toMatchObject({
      status: 503,
      body: { code: 'NO_RESPONDERS' },
    });
    expect((await publish({ topic: 'a', timeout_ms: 5_000_000 }, '/api/v1/request')).status).toBe(400);
    for (const wrong of [{ messages: [] }, { messages: [{ topic: 'a', tenant_id: 't' }] }, { messages, atomic: true }])
      expect((await publish(wrong, '/api/v1/publish/batch')).status).toBe(400);
  });

  it('takes one form only, and no option that it does not know', async () => {
    for (const payload of [
      { topic: 'a', body: 'x', json: {} },
      { topic: 'a', json: 'text' },
      { topic: 'a', body_base64: 'no base64!' },
      { topic: 'a', unheard_of: 5 },
      { topic: 'a', ttl_ms: -1 },
      { topic: 'a', deliver_at: 'noon' },
      { body: 'x' },
    ]) {
      const { status, published } = await publish(payload);
      expect([status, published]).toEqual([400, []]);
      await gateway?.remove();
    }
  });
});
