// The words about routes and schemas on a real admin endpoint: what they take, what they refuse, and what they leave in the state.

import { expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import type { Headers } from '../../../pkg/protocol/attributes.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { encodeText } from '../../../pkg/protocol/bytes.ts';
import { anEngine, type Word } from '../../testing/fixtures/an-engine.ts';

async function anOperator() {
  const broker = await anEngine();
  const operator = broker.admin.connect();
  const ask = (word: string, args: object = {}): Word => broker.operate(operator, word, args);
  return { broker, ask };
}

it.each([
  ['routes.add', { pattern: 'a', destination_id: 'q', route_type: 'system' }, 'INVALID_ARGUMENT'],
  ['routes.add', { pattern: '_dlq.a', destination_id: 'q', route_type: 'bridge' }, 'INVALID_ARGUMENT'],
  ['routes.add', { pattern: 'a', destination_id: 'q', route_type: 'bridge', hops: 17 }, 'INVALID_ARGUMENT'],
  ['routes.add', { pattern: 'a', destination_id: 'q', hops: 2 }, 'INVALID_ARGUMENT'],
  ['routes.add', { pattern: 'a', destination_id: 'q', when: [{ header: '' }] }, 'INVALID_ARGUMENT'],
  ['routes.add', { pattern: 'a', destination_id: 'q', when: [{ header: 'x', operator: 'in' }] }, 'INVALID_ARGUMENT'],
  ['routes.add', { pattern: 'a', destination_id: 'q', when: [{ header: 'x', is: 1 }] }, 'INVALID_ARGUMENT'],
  ['routes.match', { topic: 'a', headers: { x: {} } }, 'INVALID_ARGUMENT'],
  ['routes.match', { topic: 'x'.repeat(256) }, 'INVALID_TOPIC'],
  ['schemas.show', { name: 'none' }, 'SCHEMA_NOT_FOUND'],
  ['schemas.remove', { name: 'none' }, 'SCHEMA_NOT_FOUND'],
  ['schemas.add', { name: 's', schema: '{"type":"nothing"}' }, 'INVALID_SCHEMA'],
  ['schemas.add', { name: 's' }, 'INVALID_ARGUMENT'],
  ['schemas.list', { x: 1 }, 'INVALID_ARGUMENT'],
  ['routes.add', { pattern: 'a', destination_id: 'q', schema: 'none' }, 'SCHEMA_NOT_FOUND'],
  ['routes.add', { pattern: 'a', destination_id: 'q', schema: 's', invalid: 'drop' }, 'INVALID_ARGUMENT'],
])('%s %j is refused with %s, and changes nothing', async (word, args, code) => {
  const { broker, ask } = await anOperator();
  const { changes } = broker.journal;
  expect(ask(word, args)).toMatchObject({ ok: false, error: { code } });
  expect(broker.journal.changes).toBe(changes);
});

it('take routes that look at messages, and a producer on the wire is led by them', async () => {
  const { broker, ask } = await anOperator();
  const good = (word: string, args: object): unknown => {
    const reply = ask(word, args);
    expect(reply).toMatchObject({ ok: true });
    return reply['result'];
  };
  good('schemas.add', { name: 'order', schema: '{"type":"object","required":["id"]}' });
  const when = [{ header: 'region', value: 'eu' }];
  good('routes.add', { pattern: 'orders.>', destination_id: 'eu', when, schema: 'order', invalid: 'dead-letter' });
  good('routes.add', { pattern: '_dlq.orders.>', destination_id: 'letters', route_type: 'system' });
  good('routes.add', { pattern: '_system.unroutable', destination_id: 'lost' });
  const peer = broker.router.connect();
  broker.say(peer, { type: 'hello', versions: [2], producer: true });
  const send = (first: number, body: string, headers: Headers): void => {
    peer.send(
      encodePublish(first, 1, [encodeBlock({ topic: 'orders.a', attributes: { headers }, body: encodeText(body) })]),
    );
  };
  send(1, '{"id":1}', { region: 'eu' });
  send(2, '{}', { region: 'eu' });
  send(3, '{}', { region: 'us' });
  broker.settle();
  const depths = Object.fromEntries([...broker.engine.state.queues.values()].map(({ name, depth }) => [name, depth]));
  expect(depths).toEqual({ eu: 1, letters: 1, lost: 1 });
  expect(good('dlq.list', {})).toMatchObject({
    items: [{ queue: 'eu', reason: expect.stringContaining('at the root') }],
  });
  expect(good('schemas.list', {})).toMatchObject({ items: [{ name: 'order', routes: 1 }] });
  expect(good('schemas.show', { name: 'order' })).toMatchObject({ schema: expect.stringContaining('required') });
  expect(good('routes.show', { pattern: 'orders.>' })).toMatchObject({
    items: [{ conditions: 'region=eu', schema: 'order', invalid: 'dead-letter' }],
  });
  expect(good('routes.match', { topic: 'orders.a', headers: { region: 'eu' }, body: '{}' })).toMatchObject({
    outcome: 'accepted',
    queues: ['eu'],
  });
  expect(good('routes.remove', { pattern: 'orders.>', when })).toMatchObject({ removed: 1 });
  good('schemas.remove', { name: 'order' });
});
