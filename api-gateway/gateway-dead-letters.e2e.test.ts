// Dead letters over HTTP, in the earlier gateway's words and in ours, on a live broker: what was replayed is delivered
// again, what was purged is gone, and the audit log says who did it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../internal/testing/eventually.ts';
import { Tachyon } from '../internal/testing/processes/tachyon.ts';
import { ask, jsonOf } from './testing/http.ts';

const ADMIN_TOKEN = 'the-token-of-the-test';
const OPS = 'ops@example.com';

const tachyon = new Tachyon();
let url = '';
let token = ADMIN_TOKEN;

beforeAll(async () => {
  await tachyon.readyBroker();
  const env = { ADMIN_TOKEN, GATEWAY_PORT: '0', GATEWAY_REQUESTS_PER_SECOND: '100000' };
  const gateway = tachyon.start(['gateway', '--data-dir', tachyon.dataFolder], { env });
  url = await gateway.until('its address', ({ log }) => log.find(({ msg }) => msg === 'ready')?.['gateway'] as string);
});
afterAll(() => tachyon.remove());

async function call(method: string, path: string, body?: object) {
  const headers = { 'x-admin-token': token };
  const answer = await ask(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  // `http`, because a dead letter has a status of its own.
  return { ...jsonOf(answer), http: answer.status } as { http: number } & Record<string, unknown>;
}

/** Messages that died of `reason` in the queue of that name. */
async function died(queue: string, ids: readonly string[], reason: string): Promise<void> {
  await call('PUT', `/api/v1/queues/${queue}`, { patterns: [`${queue}.>`] });
  const publish = (id: string) =>
    call('POST', '/api/v1/publish', { topic: `${queue}.created`, body: `body of ${id}`, message_id: id });
  for (let at = 0; at < ids.length; at += 100) await Promise.all(ids.slice(at, at + 100).map(publish));
  let left = ids.length;
  while (left > 0) {
    const delivery_ids = await deliveriesOf(queue);
    await call('POST', `/api/v1/consumers/${queue}/nack`, { delivery_ids, status: 'terminal', reason });
    left -= delivery_ids.length;
  }
  await eventually('the dead letters', async () => {
    return (await call('GET', `/api/v1/queues/${queue}`))['dead_letters'] === ids.length;
  });
}

async function fetched(queue: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const body = { queue, count: 100, wait_ms: 2_000 };
  return (await call('POST', `/api/v1/consumers/${queue}/fetch`, body))['items'] as Record<string, unknown>[];
}

const deliveriesOf = async (queue: string): Promise<readonly number[]> =>
  (await fetched(queue)).map(({ delivery_id }) => delivery_id as number);

describe('the earlier requests', () => {
  const target = { target_consumer_id: 'worker-1', target_topic: 'worker-1.created' };

  it('list, show and replay: the message is delivered again', async () => {
    await died('worker-1', ['msg-121', 'msg-122', 'msg-123'], 'no stock');
    const listed = await call('GET', '/api/admin/dlq/records?consumer_id=worker-1&topic=worker-1.created');
    expect(listed).toMatchObject({ http: 200, count: 3, next: null });
    const record = await call('GET', '/api/admin/dlq/records/msg-123');
    const payload = Buffer.from('body of msg-123').toString('base64');
    expect(record).toMatchObject({
      message_id: 'msg-123',
      reason: 'no stock',
      payload,
      payload_b64: payload,
      attempt: 1,
    });

    const replay = { ...target, message_ids: ['msg-123'], actor: OPS, requested_reason: 'customer-approved replay' };
    const wrong = await call('POST', '/api/admin/dlq/replay', { ...replay, confirm: 'replay' });
    expect(wrong).toMatchObject({ http: 400, code: 'CONFIRMATION_REQUIRED' });
    const elsewhere = { ...replay, target_consumer_id: 'worker-2', confirm: 'REPLAY' };
    expect(await call('POST', '/api/admin/dlq/replay', elsewhere)).toMatchObject({ replayed: 0, failed: 1 });
    expect(await call('POST', '/api/broker-admin/actions/replay', { ...replay, confirm: 'REPLAY' })).toMatchObject({
      http: 200,
      requested: 1,
      replayed: 1,
      failed: 0,
      failures: [],
    });
    expect(await fetched('worker-1')).toMatchObject([{ message_id: 'msg-123', queue: 'worker-1' }]);
    expect(await call('GET', '/api/admin/dlq/records/msg-123')).toMatchObject({
      http: 404,
      code: 'DEAD_LETTER_NOT_FOUND',
    });
  });

  it('purge what is named, and never everything by mistake', async () => {
    const purge = { confirm: 'PURGE', actor: OPS, requested_reason: 'retention cleanup' };
    expect(await call('POST', '/api/admin/dlq/purge', purge)).toMatchObject({ http: 400 });
    expect(await call('POST', '/api/admin/dlq/purge', { ...purge, message_ids: ['msg-121', 'gone'] })).toMatchObject({
      http: 200,
      requested: 2,
      purged: 1,
      failed: 1,
      failures: [{ message_id: 'gone' }],
    });
    expect(await call('POST', '/api/broker-admin/actions/purge', { ...purge, reason: 'no stock' })).toMatchObject({
      purged: 1,
    });
    expect(await call('GET', '/api/broker-admin/dead-letters')).toMatchObject({ count: 0, records: [] });
  });

  it('make a dead letter by hand, payload as numbers', async () => {
    const byHand = {
      message_id: 'msg-900',
      topic: 'worker-1.created',
      consumer_id: 'worker-1',
      payload: [...Buffer.from('raw-body')],
      reason: 'poison',
      actor: OPS,
      requested_reason: 'manual quarantine',
    };
    expect(await call('POST', '/api/admin/dlq/dead-letter', byHand)).toMatchObject({
      http: 200,
      message_id: 'msg-900',
      consumer_id: 'worker-1',
      reason: 'poison',
      payload_b64: Buffer.from('raw-body').toString('base64'),
    });
    expect(await call('GET', '/api/admin/dlq/records/msg-900')).toMatchObject({ reason: 'poison', cause: 'manual' });
  });

  it('find in the audit log who did what, by message, person and time', async () => {
    const at = (query: string) => call('GET', `/api/admin/audit/events?${query}`);
    const actor = `actor=${encodeURIComponent(OPS)}`;
    expect(await at(`message_id=msg-123&${actor}&start=2020-01-01T00:00:00Z&end=2100-01-01T00:00:00Z`)).toMatchObject({
      count: expect.any(Number),
      events: expect.arrayContaining([
        expect.objectContaining({
          actor: OPS,
          operation: 'replay_dead_letter',
          outcome: 'done',
          target_message_ids: ['msg-123'],
          requested_reason: 'customer-approved replay',
        }),
      ]),
    });
    expect(await at(`message_id=msg-123&${actor}&end=2020-01-01T00:00:00Z`)).toMatchObject({ count: 0, events: [] });
    expect(await at('actor=nobody')).toMatchObject({ count: 0 });
    expect(await call('GET', '/api/v1/audit/status')).toMatchObject({ http: 200, entries: expect.any(Number) });
  });
});

describe('our requests', () => {
  it('are recorded with the token behind the name', async () => {
    const added = await tachyon.run(['gateway', 'tokens', 'add', 'night-shift', '--role', 'redrive']);
    await died('named', ['n1'], 'late');
    token = added.stdout.trim();
    const replay = {
      ids: ['n1'],
      target_consumer: 'named',
      target_topic: 'named.created',
      confirm: 'REPLAY',
      actor: 'olivia',
    };
    expect(await call('POST', '/api/v1/dlq/replay', replay)).toMatchObject({ http: 200, replayed: 1 });
    expect(await call('POST', '/api/v1/dlq/purge', { all: true, confirm: 'PURGE' })).toMatchObject({ http: 403 });
    token = ADMIN_TOKEN;
    const events = (await call('GET', '/api/v1/audit/events?id=n1'))['items'] as Record<string, unknown>[];
    expect(events.map(({ actor }) => actor)).toContain('olivia (via night-shift)');
  });

  it('tell apart records of one id, and count what died alike', async () => {
    await died('twice', ['same'], 'first');
    await died('twice-too', ['same'], 'second');
    expect(await call('GET', '/api/v1/dlq/records/same')).toMatchObject({ http: 409, code: 'AMBIGUOUS_ID' });
    expect(await call('GET', '/api/v1/dlq/records/same?queue=twice')).toMatchObject({ http: 200, reason: 'first' });
    const groups = (await call('GET', '/api/v1/dlq/groups?queue=twice'))['items'] as Record<string, unknown>[];
    expect(groups).toMatchObject([{ reason: 'first', count: 1, sample_id: 'same' }]);
    const fingerprint = String(groups[0]?.['fingerprint']);
    const dry = { fingerprint, confirm: 'PURGE', dry_run: true };
    expect(await call('POST', '/api/v1/dlq/purge', dry)).toMatchObject({ http: 200, dry_run: true });
    expect(await call('GET', `/api/v1/dlq/records?fingerprint=${fingerprint}`)).toMatchObject({
      items: [{ queue: 'twice' }],
    });
  });

  it('of very many letters become a job that can be watched to its end', async () => {
    await died(
      'many',
      Array.from({ length: 1_200 }, (_, n) => `many-${n}`),
      'all alike',
    );
    const replay = { queue: 'many', target_consumer: 'many', target_topic: 'many.created', confirm: 'REPLAY' };
    const { http, job } = await call('POST', '/api/v1/dlq/replay', replay);
    expect([http, job]).toEqual([200, expect.any(Number)]);
    await eventually(
      'the end of the job',
      async () => (await call('GET', `/api/v1/jobs/${String(job)}`))['state'] === 'done',
    );
    expect(await call('GET', `/api/v1/jobs/${String(job)}`)).toMatchObject({ total: 1_200, done: 1_200, failed: 0 });
    expect((await call('GET', '/api/v1/jobs'))['items']).toEqual(
      expect.arrayContaining([expect.objectContaining({ job, state: 'done' })]),
    );
    expect(await call('GET', '/api/v1/queues/many')).toMatchObject({ dead_letters: 0, depth: 1_200 });
    expect(await call('POST', '/api/v1/jobs/999999/cancel', {})).toMatchObject({ http: 404 });
  });
});
