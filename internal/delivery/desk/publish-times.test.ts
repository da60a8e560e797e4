// When a message is due and until when it is worth something: however it is said on the wire, the core is asked for the
// same, and what cannot be decided is refused by itself.

import { describe, expect, it } from 'vitest';
import { decompressBlockBE } from '../../../pkg/encoding/lz4.ts';
import { decodeFrames } from '../../../pkg/protocol/abtp1.ts';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import type { Attributes } from '../../../pkg/protocol/attributes.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { encodeText } from '../../../pkg/protocol/bytes.ts';
import { anEngine, deliveries, packets, words } from '../../testing/fixtures/an-engine.ts';
import { takePacket } from './packets.ts';
import { PublishGatherer } from './publishes.ts';

const NOON = '2030-01-01T12:00:00Z';
const NOON_MS = Date.parse(NOON);
const BYTES_MAX = 1_000;

async function aDoor() {
  const broker = await anEngine();
  const client = broker.router.connect();
  broker.say(client, { type: 'hello' });
  return broker.wirePeer(client);
}

/** What the core is asked for, by frames of abtp/1. */
async function ofFrames(bodyForm: 'raw' | 'event' | 'envelope', ...frames: readonly (object | string)[]) {
  const peer = await aDoor();
  const bytes = ['a.b', ...frames].map((one) => encodeText(typeof one === 'string' ? one : JSON.stringify(one)));
  const publish = decodeFrames(bytes, { bodyForm, legacyBodies: true, decompress: decompressBlockBE });
  if (publish.type !== 'publish') throw new Error(`no publish: ${JSON.stringify(publish)}`);
  const gatherer = new PublishGatherer(peer, BYTES_MAX, () => '_inbox.x');
  gatherer.add(publish, '');
  return gatherer.take()?.messages[0];
}

/** What the core is asked for, by blocks of abtp/2. */
async function ofBlocks(...said: readonly object[]) {
  const peer = await aDoor();
  const blocks = said.map((one) => encodeBlock({ topic: 'a.b', attributes: one as Attributes, body: encodeText('x') }));
  const taken = takePacket(peer, encodePublish(0, blocks.length, blocks), BYTES_MAX);
  if (taken.type !== 'command' || taken.command.type !== 'publish') throw new Error('no publish');
  return taken.command.messages;
}

const EVENT = { ID: 'e1', Data: 1 };
const ENVELOPE = {
  spec_version: 'abtp/1',
  message_id: 'm1',
  producer_id: 'p',
  topic: 'a.b',
  payload: 1,
  timestamp_unix_ms: 1,
};

describe('a publish says its times', () => {
  it.each([
    ['delay_ms', 500, { due: { afterMs: 500 }, expiry: null }],
    ['deliver_at', NOON, { due: { atMs: NOON_MS }, expiry: null }],
    ['deliver_at_unix_ms', NOON_MS, { due: { atMs: NOON_MS }, expiry: null }],
    ['ttl_ms', 500, { due: null, expiry: { afterMs: 500 } }],
    ['deadline_unix_ms', NOON_MS, { due: null, expiry: { atMs: NOON_MS } }],
  ])('by %s, in every form', async (name, value, times) => {
    const asked = { times, fault: null };
    const said = { [name]: value };
    const header = { headers: { [name]: String(value) } };
    expect(await ofFrames('raw', 'x', said)).toMatchObject(asked);
    expect(await ofFrames('raw', 'x', header)).toMatchObject(asked);
    expect(await ofFrames('envelope', { ...ENVELOPE, ...said })).toMatchObject(asked);
    expect(await ofFrames('envelope', { ...ENVELOPE, ...header })).toMatchObject(asked);
    expect(await ofFrames('event', EVENT, said)).toMatchObject(asked);
    expect(await ofBlocks(said, header)).toMatchObject([asked, asked]);
  });

  it('by the field of an event, in any case of its letters', async () => {
    const asked = { times: { due: { atMs: NOON_MS }, expiry: null }, fault: null };
    expect(await ofFrames('event', { ...EVENT, deliver_at: NOON })).toMatchObject(asked);
    expect(await ofFrames('event', { ...EVENT, DELIVER_AT: NOON })).toMatchObject(asked);
  });

  it('not at all, as null', async () => {
    const none = { times: null, fault: null };
    expect(await ofFrames('raw', 'x')).toMatchObject(none);
    expect(await ofFrames('raw', 'x', { delay_ms: 0, ttl_ms: '', deliver_at: null, priority: 1 })).toMatchObject(none);
    expect(await ofFrames('event', { ...EVENT, deliver_at: '0001-01-01T00:00:00Z' })).toMatchObject(none);
    expect(await ofFrames('envelope', ENVELOPE)).toMatchObject(none);
    expect(await ofBlocks({}, { priority: 1 }, { ttl_ms: 0 })).toMatchObject([none, none, none]);
  });
});

describe('times that cannot be decided', () => {
  const fault = { code: 'INVALID_ARGUMENT' };

  it('are a fault of their message, in every form', async () => {
    const refused = { times: null, fault };
    expect(await ofFrames('raw', 'x', { ttl_ms: 5, deadline_unix_ms: NOON_MS })).toMatchObject(refused);
    expect(await ofFrames('event', { ...EVENT, deliver_at: NOON }, { delay_ms: 5 })).toMatchObject(refused);
    expect(await ofFrames('envelope', { ...ENVELOPE, ttl_ms: 5, headers: { ttl_ms: 6 } })).toMatchObject(refused);
    expect(await ofBlocks({ delay_ms: -1 })).toMatchObject([refused]);
  });

  it('are no fault of their neighbours, and each has its own times', async () => {
    const asked = (afterMs: number) => ({ times: { due: { afterMs }, expiry: null }, fault: null });
    const blocks = await ofBlocks({ delay_ms: 5 }, { delay_ms: 5 }, { delay_ms: 1.5 }, {}, { delay_ms: 6 });
    expect(blocks).toMatchObject([asked(5), asked(5), { times: null, fault }, { times: null, fault: null }, asked(6)]);
  });
});

describe('a message with times', () => {
  async function aQueue() {
    const broker = await anEngine();
    broker.operate(broker.admin.connect(), 'queues.declare', { queue: 'q', patterns: ['a.>'] });
    const consumer = broker.router.connect();
    broker.say(consumer, { type: 'hello' });
    broker.say(consumer, { type: 'consumer.register', consumer_id: 'c', queue: 'q', form: 'frames' });
    return { broker, consumer, peer: broker.router.connect() };
  }

  it('is given when it is due and not before, and tells what its producer said', async () => {
    const { broker, consumer, peer } = await aQueue();
    broker.ask(peer, 'a.b', 'later', { delay_ms: 5_000, ttl_ms: 60_000 });
    broker.advance(4_900);
    expect(deliveries(consumer)).toEqual([]);
    broker.advance(200);
    expect(deliveries(consumer)).toMatchObject([{ body: 'later', meta: { delay_ms: 5_000, ttl_ms: 60_000 } }]);
  });

  it('is refused by a code of its own where its times are over or too far', async () => {
    const { broker, peer } = await aQueue();
    const code = (options: object) => broker.ask(peer, '', 'a.b', 'x', options)[0]?.['code'];
    expect(code({ deliver_at: '1970-01-01T00:00:00Z' })).toBe('SCHEDULE_IN_PAST');
    expect(code({ delay_ms: 366 * 86_400_000 })).toBe('SCHEDULE_TOO_FAR');
    expect(code({ deadline_unix_ms: broker.nowMs - 1 })).toBe('ALREADY_EXPIRED');
    expect(code({ delay_ms: 10, ttl_ms: 5 })).toBe('ALREADY_EXPIRED');
    expect(code({ delay_ms: 10, deliver_at: NOON })).toBe('INVALID_ARGUMENT');
  });

  it('is refused by itself in a packet', async () => {
    const { broker, peer } = await aQueue();
    broker.say(peer, { type: 'hello', versions: [2], producer: true });
    peer.take();
    const blocks = [{ ttl_ms: 5 }, { ttl_ms: -5 }, { delay_ms: 5 }, { deliver_at_unix_ms: 1 }].map((attributes) =>
      encodeBlock({ topic: 'a.b', attributes, body: encodeText('x') }),
    );
    peer.send(encodePublish(1, blocks.length, blocks));
    broker.settle();
    expect(packets(peer)).toMatchObject([
      {
        through: 4,
        exceptions: [
          { sequence: 2, code: 'INVALID_ARGUMENT' },
          { sequence: 4, code: 'SCHEDULE_IN_PAST' },
        ],
      },
    ]);
    expect(words(peer)).toEqual([]);
  });
});
