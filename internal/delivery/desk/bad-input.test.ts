// What is wrong, by name and at random, through the real broker: a code, a count, an answer, and nobody else notices.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressBlockBE } from '../../../pkg/encoding/lz4.ts';
import { encodeControlPacket } from '../../../pkg/protocol/abtp2/flow.ts';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeAck, encodeExtend, encodeNack } from '../../../pkg/protocol/abtp2/settle.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { CONTROL_BYTES_MAX, ITEMS_MAX } from '../../../pkg/protocol/limits.ts';
import { anEngine, type EngineFixture, words } from '../../testing/fixtures/an-engine.ts';
import type { FrameLike, MemoryPeer } from '../../testing/fixtures/memory-transport.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const INVALID_UTF8 = new Uint8Array([0x61, 0xff, 0xfe]);
const FOUR_GIB = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x10, 0x61]);
const A_BLOCK = encodeBlock({ topic: 'a', body: encode('x') });

const patched = (bytes: Uint8Array, at: number, ...values: number[]): Uint8Array => {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
};

async function withOthers() {
  const broker = await anEngine();
  broker.operate(broker.admin.connect(), 'queues.declare', { queue: 'q', patterns: ['a'] });
  const good = broker.router.connect();
  broker.say(good, { type: 'hello', producer: true });
  return { broker, good };
}

/** Whoever does right notices nothing. */
function expectUntouched(broker: EngineFixture, good: MemoryPeer, through: number): void {
  expect(broker.ask(good, 'a', 'good')).toMatchObject([{ type: 'publish.confirmed', through_sequence: through }]);
}

describe('bad frames', () => {
  const cases: [string, FrameLike[], string][] = [
    ['one frame that is no packet', ['x'], 'MALFORMED_FRAMES'],
    ['one empty frame', [''], 'MALFORMED_FRAMES'],
    ['five frames', ['', 'a', 'b', '{}', 'c'], 'MALFORMED_FRAMES'],
    ['four frames without delimiter', ['a', 'b', '{}', 'c'], 'MALFORMED_FRAMES'],
    ['a hundred frames', Array.from({ length: 100 }, () => 'a'), 'MALFORMED_FRAMES'],
    ['a topic that is no UTF-8', [INVALID_UTF8, 'x'], 'INVALID_TOPIC'],
    ['a topic that is too long', ['t'.repeat(256), 'x'], 'INVALID_TOPIC'],
    ['a topic that is too deep', [Array.from({ length: 33 }, () => 'a').join('.'), 'x'], 'INVALID_TOPIC'],
    ['a topic with a space', ['a b', 'x'], 'INVALID_TOPIC'],
    ['a topic with an empty segment', ['a..b', 'x'], 'INVALID_TOPIC'],
    ['a reserved topic', ['_dlq.a', 'x'], 'RESERVED_TOPIC'],
    ['a body that is too large', ['a', new Uint8Array(8 * 1024 * 1024 + 1)], 'PAYLOAD_TOO_LARGE'],
    ['an envelope that is too large', ['a', `{"x":"${'y'.repeat(300_000)}"}`, { form: 'envelope' }], 'FRAME_TOO_LARGE'],
    ['options that are too large', ['a', 'x', { headers: { a: 'y'.repeat(70_000) } }], 'FRAME_TOO_LARGE'],
    ['options that are no object', ['a', 'x', '[]'], 'MALFORMED_OPTIONS'],
    ['options that are no UTF-8', ['a', 'x', INVALID_UTF8], 'MALFORMED_OPTIONS'],
    ['a compressed body of 4 GiB', ['a', FOUR_GIB, { compression: 'lz4' }], 'PAYLOAD_TOO_LARGE'],
    ['a compression of its own', ['a', 'x', { compression: 'zip' }], 'UNSUPPORTED_COMPRESSION'],
    ['an envelope of another version', ['a', { spec_version: 'abtp/9' }, { form: 'envelope' }], 'UNSUPPORTED_VERSION'],
    ['control with options', ['_control', '{}', '{}'], 'MALFORMED_FRAMES'],
    ['control that is no JSON', ['_control', 'hello'], 'MALFORMED_CONTROL'],
    ['control of a number', ['_control', '1'], 'MALFORMED_CONTROL'],
    ['control without type', ['_control', '{}'], 'MALFORMED_CONTROL'],
    ['control of an unknown type', ['_control', { type: '__proto__' }], 'UNKNOWN_CONTROL'],
    [
      'control that is too large',
      ['_control', { type: 'heartbeat', x: 'y'.repeat(CONTROL_BYTES_MAX) }],
      'FRAME_TOO_LARGE',
    ],
    ['compressed control of 4 GiB', ['_control', FOUR_GIB], 'MALFORMED_CONTROL'],
    [
      'control that decompresses to too much',
      ['_control', compressBlockBE(new Uint8Array(CONTROL_BYTES_MAX + 1))],
      'MALFORMED_CONTROL',
    ],
    ['an ack without a name', ['_control', { type: 'ack', messages: 'all' }], 'MALFORMED_CONTROL'],
    ['an ack of too many', ['_control', `{"type":"ack","messages":[${'{},'.repeat(ITEMS_MAX)}{}]}`], 'TOO_MANY_ITEMS'],
    [
      'a nack of a delay beyond the bound',
      ['_control', { type: 'nack', delivery_id: 1, delay_ms: 1e12 }],
      'INVALID_ARGUMENT',
    ],
    ['an extend of a fraction', ['_control', { type: 'extend', delivery_id: 1, extend_ms: 0.5 }], 'MALFORMED_CONTROL'],
    ['a fetch of nothing', ['_control', { type: 'consumer.fetch', count: 0 }], 'INVALID_ARGUMENT'],
    ['a hello of the wrong shape', ['_control', { type: 'hello', versions: 'all' }], 'MALFORMED_CONTROL'],
    [
      "an operator's word",
      ['_control', { type: 'admin.request', id: 1, word: 'queues.purge', args: {} }],
      'NOT_ALLOWED_HERE',
    ],
    ['a packet without hello', [encodePublish(1, 1, [A_BLOCK])], 'HELLO_REQUIRED'],
  ];

  it.each(cases)('%s: one answer with its code, one count, and nobody else notices', async (_what, frames, code) => {
    const { broker, good } = await withOthers();
    const bad = broker.router.connect();
    const events = broker.journal.events.length;
    expect(broker.ask(bad, ...frames)).toMatchObject([{ type: 'error', code }]);
    expect(broker.refusals()).toEqual({ [code]: 1 });
    expect(broker.journal.events.length).toBe(events);
    expectUntouched(broker, good, 1);
    expect(broker.ask(bad, '', 'a', 'better now')).toMatchObject([{ type: 'publish.confirmed' }]);
  });
});

describe('bad packets', () => {
  const publish = encodePublish(1, 2, [A_BLOCK, A_BLOCK]);
  const cases: [string, Uint8Array, string][] = [
    ['cut short', publish.subarray(0, publish.length - 1), 'MALFORMED_PACKET'],
    ['cut to its header', publish.subarray(0, 8), 'MALFORMED_PACKET'],
    ['with bytes behind', Buffer.concat([publish, new Uint8Array(3)]), 'MALFORMED_PACKET'],
    ['of version 9', patched(publish, 2, 9), 'UNSUPPORTED_VERSION'],
    ['of an unknown type', patched(publish, 3, 0x7f), 'MALFORMED_PACKET'],
    ["of the broker's own type", patched(publish, 3, 0x81), 'MALFORMED_PACKET'],
    ['with unknown flags', patched(publish, 4, 0xff), 'MALFORMED_PACKET'],
    ['that counts 4 billion', patched(publish, 16, 0xff, 0xff, 0xff, 0xff), 'TOO_MANY_ITEMS'],
    ['whose first block says 4 GiB', patched(publish, 24, 0xff, 0xff, 0xff, 0xff), 'MALFORMED_PACKET'],
    ['whose first block says nothing', patched(publish, 24, 0, 0, 0, 0), 'MALFORMED_PACKET'],
    ['of a sequence that is no number', patched(publish, 8, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f), 'MALFORMED_PACKET'],
    ['of acks, cut short', encodeAck([1, 2], null).subarray(0, 20), 'MALFORMED_PACKET'],
    ['of extends that count too many', patched(encodeExtend([1], 5, null), 12, 9), 'MALFORMED_PACKET'],
    [
      'of nacks whose reason leads outside',
      patched(encodeNack([{ delivery: 1, status: 'terminal', reason: 'r', delayMs: 0 }], null), 30, 0xff),
      'MALFORMED_PACKET',
    ],
    ['of control that is no JSON', encodeControlPacket(encode('x')), 'MALFORMED_CONTROL'],
  ];

  it.each(cases)('%s: an error with a code, and nobody else notices', async (_what, packet, code) => {
    const { broker, good } = await withOthers();
    const bad = broker.router.connect();
    broker.say(bad, { type: 'hello', versions: [2], producer: true });
    const events = broker.journal.events.length;
    expect(broker.ask(bad, packet)).toMatchObject([{ type: 'error', code }]);
    expect(broker.refusals()).toEqual({ [code]: 1 });
    expect(broker.journal.events.length).toBe(events);
    expectUntouched(broker, good, 1);
  });
});

describe('what the transport refuses by itself', () => {
  it('is counted by the code that its sender would have been told', async () => {
    const { broker, good } = await withOthers();
    for (const fault of ['oversized', 'malformed', 'refused'] as const) broker.router.fault(null, fault);
    expect(broker.refusals()).toEqual({ FRAME_TOO_LARGE: 1, MALFORMED_FRAMES: 1, BUSY: 1 });
    expectUntouched(broker, good, 1);
  });
});

/** Frames that are right, or nearly: what a mutation makes of them is more likely to get past the first check. */
const WORDS: readonly object[] = [
  { type: 'hello' },
  { type: 'hello', versions: [1, 2], producer: true },
  { type: 'hello', confirm: true, body_form: 'event' },
  { type: 'hello', producer: { id: '1', token: 'guess' } },
  { type: 'heartbeat' },
  { type: 'consumer.register', consumer_id: 'c', queue: 'q', window: { messages: 3 } },
  { type: 'consumer.register', consumer_id: 'd', subscriptions: ['a', 'b.>'], form: 'envelope' },
  { type: 'consumer.register', consumer_id: 'e', subscriptions: ['a'], capabilities: { supports_ack: false } },
  {
    type: 'consumer.register',
    consumer_id: 'c',
    queue: 'q',
    window: { messages: 0 },
    capabilities: { resumable: true },
  },
  { type: 'consumer.deregister' },
  { type: 'consumer.fetch', count: 2, wait_ms: 500 },
  { type: 'consumer.heartbeat', consumer_id: 'c' },
  { type: 'admin.request', id: 1, word: 'status', args: {} },
];

const delivery = fc.integer({ min: 1, max: 40 });
const aWord: fc.Arbitrary<object> = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.record({
    type: fc.constantFrom('ack', 'nack', 'extend'),
    delivery_id: delivery,
    request: fc.option(fc.nat(9), { nil: undefined }),
  }),
  fc.record({
    type: fc.constantFrom('ack', 'nack'),
    message_id: fc.constantFrom('m', 'n'),
    status: fc.constantFrom('retryable', 'terminal'),
  }),
);
const aTopic = fc.constantFrom('a', 'b.c', 'nowhere', 'a.*', '_x', '', 'metrics.m');
const anEventBody = fc.constant(encode(JSON.stringify({ ID: 'm', Data: 1 })));
const aBody = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  anEventBody,
  anEventBody.map((body) => compressBlockBE(body)),
  fc.constant(FOUR_GIB),
);
const options = fc.oneof(
  fc.constant(encode('{}')),
  fc
    .record({ message_id: fc.constantFrom('m', 'n'), confirm: fc.boolean() })
    .map((value) => encode(JSON.stringify(value))),
  fc.record({ sequence: fc.integer({ min: 1, max: 30 }) }).map((value) => encode(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 10 }),
);
const aBlock = fc
  .record({ topic: fc.constantFrom('a', 'b.c', 'nowhere', 'metrics.m'), messageId: fc.constantFrom('', 'm') })
  .map((head) => encodeBlock({ ...head, body: encode('x') }));
const aPacket = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 30 }), fc.array(aBlock, { minLength: 1, maxLength: 5 }))
    .map(([first, blocks]) => encodePublish(first, blocks.length, blocks)),
  fc.array(delivery, { maxLength: 4 }).map((ids) => encodeAck(ids, 3)),
  aWord.map((word) => encodeControlPacket(encode(JSON.stringify(word)))),
);
const sound: fc.Arbitrary<Uint8Array[]> = fc.oneof(
  aWord.map((word) => [encode('_control'), encode(JSON.stringify(word))]),
  fc.tuple(aTopic, aBody).map(([topic, body]) => [encode(topic), body]),
  fc.tuple(aTopic, aBody).map(([topic, body]) => [encode(''), encode(topic), body]),
  fc.tuple(aTopic, aBody, options).map(([topic, body, given]) => [encode(topic), body, given]),
  fc.tuple(aTopic, aBody, options).map(([topic, body, given]) => [encode(''), encode(topic), body, given]),
  aPacket.map((packet) => [packet]),
);

/** Cut, doubled, or with a byte changed. */
const mutated = fc.tuple(sound, fc.nat(3), fc.nat(200), fc.nat(255)).map(([frames, how, at, value]) => {
  const index = at % frames.length;
  const frame = frames[index] as Uint8Array;
  const other =
    how === 0
      ? frame.slice(0, at % (frame.length + 1))
      : how === 1 && frame.length > 0
        ? patched(frame, at % frame.length, value)
        : frame;
  const changed = frames.map((one, i) => (i === index ? other : one));
  return how === 2 ? [...changed, frame] : changed;
});

type Step =
  | { readonly type: 'send'; readonly peer: number; readonly frames: Uint8Array[] }
  | { readonly type: 'time'; readonly ms: number }
  | { readonly type: 'stop' | 'read' | 'leave'; readonly peer: number }
  | { readonly type: 'settle' };

const who = fc.nat(3);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('send' as const), peer: who, frames: sound }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('send' as const), peer: who, frames: mutated }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('send' as const),
      peer: who,
      frames: fc.array(fc.uint8Array({ maxLength: 30 }), { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ type: 'settle' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('time' as const), ms: fc.constantFrom(1, 700, 6_000, 40_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('stop' as const, 'read' as const, 'leave' as const), peer: who }),
  },
);

describe('whatever several peers send', () => {
  it('the broker does not throw, its state stays sound, and a good producer is confirmed all the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { broker, good } = await withOthers();
        broker.operate(broker.admin.connect(), 'routes.add', { pattern: 'metrics.>', route_type: 'fanout' });
        const peers = [0, 1, 2, 3].map(() => broker.router.connect());
        for (const one of steps) {
          if (one.type === 'settle') broker.settle();
          else if (one.type === 'time') {
            for (let left = one.ms; left > 0; left -= 4_000) {
              broker.advance(Math.min(left, 4_000));
              broker.say(good, { type: 'heartbeat' });
            }
          } else {
            const peer = peers[one.peer] as MemoryPeer;
            if (one.type === 'send') peer.send(...one.frames);
            else if (one.type === 'stop') peer.stopReading(200);
            else if (one.type === 'read') peer.read();
            else {
              peer.leave();
              peers[one.peer] = broker.router.connect();
            }
          }
        }
        broker.settle();
        good.take();
        expectUntouched(broker, good, 1);
        for (const peer of peers) {
          peer.read();
          broker.settle();
          words(peer);
        }
        expect(broker.stranded).toEqual([]);
        expect(broker.observations.filter(({ type }) => type !== 'stalled')).toEqual([]);
        for (const peer of broker.engine.desks[0]?.peers.values() ?? []) expect(peer.answers.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  }, 120_000);
});
