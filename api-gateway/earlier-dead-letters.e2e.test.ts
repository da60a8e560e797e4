// The earlier gateway's requests about dead letters with their fields, defaults and answers, over a real gateway and a real
// broker.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EarlierGateway, type Fields } from '../internal/testing/processes/earlier-gateway.ts';

const OPS = 'ops@example.com';

const gateway = new EarlierGateway();
const call: EarlierGateway['call'] = (...args) => gateway.call(...args);
const get: EarlierGateway['get'] = (...args) => gateway.get(...args);
const died: EarlierGateway['died'] = (...args) => gateway.died(...args);

beforeAll(() => gateway.start());
beforeEach(() => gateway.purgeAll());
afterAll(() => gateway.stop());

const idsAt = async (path: string): Promise<unknown> =>
  ((await get(path))['records'] as readonly Fields[]).map(({ message_id }) => message_id);

describe('dead letters', () => {
  it.each([['/api/admin/dlq/records'], ['/api/broker-admin/dead-letters']])(
    'GET %s lists records by consumer_id, topic and reason, with payload_b64',
    async (path) => {
      const [a, b] = path.includes('broker') ? ['list-c', 'list-d'] : ['list-a', 'list-b'];
      await died(a, `${a}.x`, ['m1', 'm2'], 'no_stock');
      await died(b, `${b}.x`, ['m3'], 'no_address');
      expect(await get(path)).toMatchObject({ count: 3, records: [{ message_id: 'm1' }, {}, {}] });
      expect(await idsAt(`${path}?consumer_id=${a}`)).toEqual(['m1', 'm2']);
      expect(await idsAt(`${path}?topic=${b}.x`)).toEqual(['m3']);
      expect(await idsAt(`${path}?reason=no_address&topic=${b}.x&consumer_id=${b}`)).toEqual(['m3']);
      expect(await get(`${path}?reason=no_address&consumer_id=${a}`)).toMatchObject({ count: 0, records: [] });
      const [record] = (await get(path))['records'] as readonly Fields[];
      expect(record).toMatchObject({
        message_id: 'm1',
        consumer_id: a,
        session_id: '',
        tenant_id: '',
        topic: `${a}.x`,
        payload: expect.any(String),
        priority: '',
        enqueue_sequence: expect.any(Number),
        attempt: 1,
        reason: 'no_stock',
        dead_lettered_at: expect.stringMatching(/Z$/),
        replay_count: 0,
        last_replay_at: null,
        last_replay_target: '',
      });
      const payload = Buffer.from(String(record?.['payload_b64']), 'base64').toString();
      expect(JSON.parse(payload)).toMatchObject({ ID: 'm1', Data: { amount: 7 } });
    },
  );

  it('GET /api/admin/dlq/records/{message_id} shows one, or is 404', async () => {
    await died('show', 'show.x', ['m1'], 'no_stock');
    const { records } = await get('/api/admin/dlq/records');
    const [listed = {}] = records as readonly Fields[];
    expect(await get('/api/admin/dlq/records/m1')).toMatchObject(listed);
    expect(await call('GET', '/api/admin/dlq/records/m2')).toMatchObject({
      status: 404,
      body: { code: 'DEAD_LETTER_NOT_FOUND' },
    });
  });

  it.each([['/api/admin/dlq/replay'], ['/api/broker-admin/actions/replay']])(
    'POST %s replays to the restated target, and names each failure',
    async (path) => {
      const name = path.includes('broker') ? 'replay-b' : 'replay-a';
      const consumer = await died(name, `${name}.x`, ['m1', 'm2'], 'no_stock');
      const target = { target_consumer_id: name, target_topic: `${name}.x` };
      for (const confirm of [{}, { confirm: 'replay' }, { confirm: 'PURGE' }]) {
        const wrong = await call('POST', path, { message_ids: ['m1'], ...target, ...confirm });
        expect(wrong).toMatchObject({ status: 400, body: { code: 'CONFIRMATION_REQUIRED' } });
      }
      const none = await call('POST', path, { message_ids: [], ...target, confirm: 'REPLAY' });
      expect(none.status).toBe(400);
      const elsewhere = { message_ids: ['m1', 'absent'], ...target, target_topic: 'other', confirm: 'REPLAY' };
      expect(await call('POST', path, elsewhere)).toMatchObject({
        status: 200,
        body: { requested: 2, replayed: 0, failed: 2, failures: [{ message_id: 'absent' }, { message_id: 'm1' }] },
      });
      const first = { message_ids: ['m1'], ...target, confirm: 'REPLAY' };
      const outcome = { requested: 1, replayed: 1, failed: 0, failures: [] };
      expect(await call('POST', path, first)).toMatchObject({ status: 200, body: outcome });
      const second = { ...first, message_ids: ['m2'], actor: OPS, requested_reason: 'customer asked' };
      expect(await call('POST', path, second)).toMatchObject({ status: 200, body: outcome });
      expect([(await consumer.nextEvent()).ID, (await consumer.nextEvent()).ID]).toEqual(['m1', 'm2']);
      await consumer.ack('m1');
      await consumer.ack('m2');
      const events = (await get('/api/admin/audit/events'))['events'] as readonly Fields[];
      expect(events.slice(-2)).toMatchObject([
        { operation: 'replay_dead_letter', actor: 'api_gateway', requested_reason: '', target_message_ids: ['m1'] },
        { actor: OPS, requested_reason: 'customer asked', target_message_ids: ['m2'] },
      ]);
    },
  );

  it.each([['/api/admin/dlq/purge'], ['/api/broker-admin/actions/purge']])(
    'POST %s purges by message_ids or by filter, and never all by a slip',
    async (path) => {
      const [a, b] = path.includes('broker') ? ['purge-c', 'purge-d'] : ['purge-a', 'purge-b'];
      await died(a, `${a}.x`, ['m1', 'm2', 'm3'], 'no_stock');
      await died(b, `${b}.x`, ['m4'], 'no_address');
      const confirm = 'PURGE';
      for (const wrong of [{ message_ids: ['m1'] }, { message_ids: ['m1'], confirm: 'purge' }, { confirm }]) {
        expect(await call('POST', path, wrong)).toMatchObject({ status: 400 });
      }
      expect((await get('/api/admin/dlq/records'))['count']).toBe(4);
      expect(await call('POST', path, { message_ids: ['m1', 'absent'], confirm })).toMatchObject({
        status: 200,
        body: { requested: 2, purged: 1, failed: 1, failures: [{ message_id: 'absent' }] },
      });
      const purged = async (filter: object): Promise<unknown> =>
        (await call('POST', path, { ...filter, confirm, actor: OPS, requested_reason: 'cleanup' })).body['purged'];
      expect(await purged({ consumer_id: b, topic: `${a}.x` })).toBe(0);
      expect(await purged({ consumer_id: b })).toBe(1);
      expect(await purged({ message_ids: ['m2'] })).toBe(1);
      expect(await purged({ reason: 'no_stock', topic: `${a}.x` })).toBe(1);
      const { events } = await get('/api/admin/audit/events?message_id=m3');
      expect((events as readonly Fields[]).at(-1)).toMatchObject({
        operation: 'purge_dead_letter',
        actor: OPS,
        requested_reason: 'cleanup',
      });
    },
  );

  it('POST /api/admin/dlq/dead-letter makes a record of all its fields', async () => {
    const path = '/api/admin/dlq/dead-letter';
    const said = {
      message_id: 'by-hand',
      topic: 'hand.x',
      consumer_id: 'hand',
      session_id: 'sess_000001',
      payload: [...Buffer.from('raw-body')],
      priority: 'high',
      enqueue_sequence: 99,
      attempt: 3,
      reason: 'poison',
    };
    const record = {
      message_id: 'by-hand',
      topic: 'hand.x',
      consumer_id: 'hand',
      payload: Buffer.from('raw-body').toString('base64'),
      payload_b64: Buffer.from('raw-body').toString('base64'),
      priority: 'high',
      reason: 'poison',
    };
    expect(await call('POST', path, said)).toMatchObject({ status: 200, body: record });
    expect(await get('/api/admin/dlq/records/by-hand')).toMatchObject({ ...record, attempt: 0 });
    expect(await call('POST', path, { message_id: 'least', topic: 'hand.x' })).toMatchObject({
      status: 200,
      body: { consumer_id: 'hand.x', payload: '', priority: '', reason: 'manual_admin_action' },
    });
    for (const wrong of [
      { topic: 'a' },
      { message_id: 'm' },
      { ...said, payload: [256] },
      { ...said, payload: 'text' },
    ]) {
      expect(await call('POST', path, wrong)).toMatchObject({ status: 400, body: { code: 'INVALID_ARGUMENT' } });
    }
  });
});
