// Fanout: what leaves on PUB, in which form, when, and how it is confirmed.

import { describe, expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { anEngine, deliveries, packets, words } from '../../testing/fixtures/an-engine.ts';

const read = (frame: Uint8Array | undefined): string => new TextDecoder().decode(frame);

async function withFanout(settings: NonNullable<Parameters<typeof anEngine>[0]> = {}) {
  const broker = await anEngine(settings);
  const operator = broker.admin.connect();
  expect(broker.operate(operator, 'routes.add', { pattern: 'metrics.>', route_type: 'fanout' })).toMatchObject({
    ok: true,
  });
  const peer = broker.router.connect();
  const published = () => broker.pub.published.splice(0).map((frames) => frames.map(read));
  return { broker, operator, peer, published };
}

describe('fanout', () => {
  it('of a publish that matches a fanout route leaves once on PUB, confirmed with durability none', async () => {
    const { broker, peer, published } = await withFanout();
    expect(broker.ask(peer, '', 'metrics.cpu', '42', { message_id: 'm1' })).toMatchObject([
      { type: 'publish.confirmed', message_id: 'm1', durability: 'none', position: 0 },
    ]);
    const [frames, ...more] = published();
    expect([frames?.[0], frames?.length, more]).toEqual(['metrics.cpu', 2, []]);
    expect(JSON.parse(frames?.[1] ?? '')).toMatchObject({ ID: 'm1', Topic: 'metrics.cpu' });
    expect(broker.journal.stats.liveBytes).toBe(0);
  });

  it('that the options ask for needs no route', async () => {
    const { broker, peer, published } = await withFanout();
    expect(broker.ask(peer, 'any.topic', 'x', { delivery_mode: 'fanout', confirm: true })).toMatchObject([
      { durability: 'none' },
    ]);
    expect(published()).toHaveLength(1);
  });

  it('leaves beside the direct delivery only when that is durable', async () => {
    const { broker, operator, peer, published } = await withFanout();
    broker.operate(operator, 'queues.declare', { queue: 'q', patterns: ['metrics.>'] });
    broker.syncs = false;
    expect(broker.ask(peer, '', 'metrics.cpu', '42')).toEqual([]);
    expect(published()).toEqual([]);
    broker.syncs = true;
    broker.settle();
    expect(words(peer)).toMatchObject([{ durability: 'disk' }]);
    expect(published()).toHaveLength(1);
    expect(broker.engine.state.queueNamed('', 'q')?.depth).toBe(1);
  });

  it('is left out where the producer says direct', async () => {
    const { broker, operator, peer, published } = await withFanout();
    broker.operate(operator, 'queues.declare', { queue: 'q', patterns: ['metrics.>'] });
    broker.ask(peer, 'metrics.cpu', '42', { delivery_mode: 'direct' });
    expect(published()).toEqual([]);
    expect(broker.ask(peer, '', 'nowhere', 'x', { delivery_mode: 'direct' })).toMatchObject([{ code: 'UNROUTABLE' }]);
  });

  it('has one form per endpoint', async () => {
    const frames = await withFanout({ settings: { pubForm: 'frames' } });
    frames.broker.ask(frames.peer, 'metrics.cpu', 'body', { message_id: 'm1' });
    const [sent] = frames.published();
    expect([sent?.[0], sent?.[1]]).toEqual(['metrics.cpu', 'body']);
    expect(JSON.parse(sent?.[2] ?? '')).toMatchObject({ message_id: 'm1' });
    const envelope = await withFanout({ settings: { pubForm: 'envelope' } });
    envelope.broker.ask(envelope.peer, 'metrics.cpu', 'body', { message_id: 'm1' });
    expect(JSON.parse(envelope.published()[0]?.[1] ?? '')).toMatchObject({ spec_version: 'abtp/1', message_id: 'm1' });
  });

  it('takes packets of abtp/2, in one run beside durable neighbours, each with its own durability', async () => {
    const { broker, operator, peer, published } = await withFanout();
    broker.operate(operator, 'queues.declare', { queue: 'q', patterns: ['a'] });
    broker.say(peer, { type: 'hello', versions: [2], producer: true });
    peer.take();
    const body = new TextEncoder().encode('x');
    const blocks = ['a', 'metrics.cpu', 'a'].map((topic) => encodeBlock({ topic, body }));
    peer.send(encodePublish(1, 3, blocks));
    broker.settle();
    expect(packets(peer)).toMatchObject([
      { through: 1, durability: 'disk' },
      { through: 2, durability: 'none' },
      { through: 3, durability: 'disk' },
    ]);
    expect(published()).toHaveLength(1);
  });

  it('does not reach consumers', async () => {
    const { broker, peer } = await withFanout();
    const consumer = broker.router.connect();
    broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', subscriptions: ['other'] });
    broker.ask(peer, 'metrics.cpu', '42');
    expect(deliveries(consumer)).toEqual([]);
  });

  it('is refused to tenants, because every subscriber would hear it', async () => {
    const { broker, peer, published } = await withFanout({ settings: { trustTenants: true } });
    expect(broker.ask(peer, '', 'x.y', 'x', { delivery_mode: 'fanout', tenant_id: 'acme' })).toMatchObject([
      { code: 'FANOUT_NOT_ISOLATED' },
    ]);
    expect(published()).toEqual([]);
  });
});
