// Confirms as runs with exceptions, in both versions, and the numbers that they go by.

import { describe, expect, it } from 'vitest';
import { encodePublish } from '../../../pkg/protocol/abtp2/publish.ts';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { CONFIRM_EXCEPTIONS_MAX } from '../../../pkg/protocol/limits.ts';
import { anEngine, packets, words } from '../../testing/fixtures/an-engine.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function aProducer(hello: object = {}) {
  const broker = await anEngine();
  broker.operate(broker.admin.connect(), 'queues.declare', { queue: 'q', patterns: ['a.>'] });
  const peer = broker.router.connect();
  broker.say(peer, { type: 'hello', producer: true, ...hello });
  return { broker, peer };
}

const packet = (first: number, topics: readonly string[], over: Partial<Parameters<typeof encodeBlock>[0]> = {}) =>
  encodePublish(
    first,
    topics.length,
    topics.map((topic) => encodeBlock({ topic, body: encode('x'), ...over })),
  );

describe('confirms in abtp/1', () => {
  it('come as one run for what one turn has made durable', async () => {
    const { broker, peer } = await aProducer();
    for (let i = 0; i < 50; i += 1) peer.send('a.b', 'x');
    broker.settle();
    expect(words(peer)).toMatchObject([{ type: 'publish.confirmed', through_sequence: 50, durability: 'disk' }]);
  });

  it('wait for the disk, and grow meanwhile', async () => {
    const { broker, peer } = await aProducer();
    broker.syncs = false;
    for (let i = 0; i < 3; i += 1) expect(broker.ask(peer, 'a.b', 'x')).toEqual([]);
    broker.syncs = true;
    broker.settle();
    expect(words(peer)).toMatchObject([{ through_sequence: 3 }]);
  });

  it('name exceptions in ascending order: refused ones with their code, duplicates', async () => {
    const { broker, peer } = await aProducer();
    broker.ask(peer, 'a.b', 'x');
    for (const [sequence, topic] of [
      [1, 'a.b'],
      [2, 'a.b'],
      [3, 'nowhere'],
      [2, 'a.b'],
      [4, 'a.b'],
    ] as const) {
      peer.send(topic, 'x', { sequence });
    }
    broker.settle();
    const runs = words(peer);
    const exceptions = runs.flatMap((run) => (run['exceptions'] ?? []) as object[]);
    expect(exceptions).toMatchObject([
      { sequence: 1, duplicate: true },
      { sequence: 3, code: 'UNROUTABLE' },
      { sequence: 2, duplicate: true },
    ]);
    expect(runs.at(-1)).toMatchObject({ through_sequence: 4 });
    expect(broker.engine.state.queueNamed('', 'q')?.depth).toBe(3);
  });

  it('follow a stated sequence for those that state none', async () => {
    const { broker, peer } = await aProducer();
    expect(broker.ask(peer, 'a.b', 'x', { sequence: 41 })).toMatchObject([{ through_sequence: 41 }]);
    expect(broker.ask(peer, 'a.b', 'x')).toMatchObject([{ through_sequence: 42 }]);
  });

  it('count a publish that was refused at the door: its error says the number, before a run passes it', async () => {
    const { broker, peer } = await aProducer();
    peer.send('a.b', 'one');
    peer.send('a.*', 'two');
    peer.send('a.b', 'three');
    broker.settle();
    expect(words(peer)).toMatchObject([
      { type: 'error', code: 'INVALID_TOPIC', sequence: 2 },
      { type: 'publish.confirmed', through_sequence: 3 },
    ]);
    expect(broker.engine.state.queueNamed('', 'q')?.depth).toBe(2);
  });

  it('are left out where the hello says so: only errors are said', async () => {
    const { broker, peer } = await aProducer({ confirm: false });
    peer.send('a.b', 'x');
    peer.send('nowhere', 'x', { message_id: 'm' });
    broker.settle();
    expect(words(peer)).toMatchObject([{ type: 'error', code: 'UNROUTABLE', message_id: 'm', sequence: 2 }]);
  });

  it('are runs counted from 1 after a hello that asks for them without a producer', async () => {
    const { broker, peer } = await aProducer({ producer: false, confirm: true });
    for (const topic of ['a.b', 'nowhere', 'a.b']) peer.send(topic, 'x');
    broker.settle();
    expect(words(peer)).toMatchObject([{ through_sequence: 3, exceptions: [{ sequence: 2, code: 'UNROUTABLE' }] }]);
  });

  it('of very many refusals stay readable: each run is one control message', async () => {
    const { broker, peer } = await aProducer();
    const topic = `${'n'.repeat(120)}.${'"'.repeat(100)}`;
    for (let i = 0; i < 3_000; i += 1) peer.send(topic, 'x');
    broker.settle();
    const runs = words(peer);
    const sequences = runs.flatMap((run) =>
      (run['exceptions'] as { sequence: number }[]).map(({ sequence }) => sequence),
    );
    expect(runs.length).toBeGreaterThan(1);
    expect(sequences).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1));
    expect(runs.at(-1)).toMatchObject({ through_sequence: 3_000 });
  });
});

describe('confirms in abtp/2', () => {
  it('are one packet for a packet of publishes', async () => {
    const { broker, peer } = await aProducer({ versions: [2] });
    peer.take();
    peer.send(packet(1, ['a.b', 'nowhere', 'a.c']));
    broker.settle();
    expect(packets(peer)).toMatchObject([
      { type: 'confirm', through: 3, durability: 'disk', exceptions: [{ sequence: 2, code: 'UNROUTABLE' }] },
    ]);
  });

  it('of more refusals than one packet may hold come in several that can be read', async () => {
    const { broker, peer } = await aProducer({ versions: [2] });
    peer.take();
    peer.send(
      packet(
        1,
        Array.from({ length: 5_000 }, () => 'nowhere'),
      ),
    );
    broker.settle();
    const confirms = packets(peer).flatMap((one) => (one.type === 'confirm' ? [one] : []));
    expect(confirms.every(({ exceptions }) => exceptions.length <= CONFIRM_EXCEPTIONS_MAX)).toBe(true);
    expect(confirms.flatMap(({ exceptions }) => exceptions.map(({ sequence }) => sequence))).toEqual(
      Array.from({ length: 5_000 }, (_, i) => i + 1),
    );
    expect(confirms.at(-1)?.through).toBe(5_000);
  });

  it('count without a producer, where the hello asks for them', async () => {
    const { broker, peer } = await aProducer({ versions: [2], producer: false, confirm: true });
    peer.take();
    peer.send(packet(0, ['a.b', 'nowhere']));
    peer.send(packet(0, ['a.b']));
    broker.settle();
    expect(packets(peer)).toMatchObject([{ type: 'confirm', through: 3, exceptions: [{ sequence: 2 }] }]);
  });

  it('are left out without producer and wish; a refusal is an error with the message id', async () => {
    const { broker, peer } = await aProducer({ versions: [2], producer: false });
    peer.take();
    const replies = broker.ask(peer, packet(0, ['a.b', 'nowhere'], { messageId: 'm9' }));
    expect(replies).toMatchObject([{ type: 'error', code: 'UNROUTABLE', message_id: 'm9' }]);
    expect(packets(peer)).toEqual([]);
  });

  it('are refused to sequences of nobody', async () => {
    const { broker, peer } = await aProducer({ versions: [2], producer: false });
    peer.take();
    expect(broker.ask(peer, packet(1, ['a.b']))).toMatchObject([{ code: 'HELLO_REQUIRED' }]);
  });

  it('judge each block for itself: body limit, attributes, versions', async () => {
    const { broker, peer } = await aProducer({ versions: [2] });
    peer.take();
    const wrongVersion = encodeBlock({ topic: 'a.b', body: encode('x') });
    wrongVersion[4] = 9;
    const wrongAttributes = encodeBlock({ topic: 'a.b', attributes: { priority: 1 }, body: encode('x') });
    wrongAttributes[wrongAttributes.length - 2] = 0x21;
    const later = encodeBlock({ topic: 'a.b', attributes: { idempotency_key: 'k' } as never, body: encode('x') });
    const good = encodeBlock({ topic: 'a.b', messageId: 'good', attributes: { priority: 1 }, body: encode('x') });
    peer.send(encodePublish(1, 4, [wrongVersion, wrongAttributes, later, good]));
    broker.settle();
    expect(packets(peer)).toMatchObject([
      {
        through: 4,
        exceptions: [
          { sequence: 1, code: 'UNSUPPORTED_VERSION' },
          { sequence: 2, code: 'MALFORMED_OPTIONS' },
          { sequence: 3, code: 'NOT_SUPPORTED' },
        ],
      },
    ]);
    expect(broker.engine.state.queueNamed('', 'q')?.depth).toBe(1);
  });

  it('take a body of exactly the limit, whatever stands beside it', async () => {
    const broker = await anEngine({ settings: { messageBytesMax: 1_000 } });
    broker.operate(broker.admin.connect(), 'queues.declare', { queue: 'q', patterns: ['a.>'] });
    const peer = broker.router.connect();
    broker.say(peer, { type: 'hello', producer: true, versions: [2] });
    peer.take();
    const attributes = { source: 's'.repeat(200) };
    peer.send(packet(1, ['a.b'], { body: new Uint8Array(1_000), attributes, messageId: 'm' }));
    peer.send(packet(2, ['a.b'], { body: new Uint8Array(1_001) }));
    broker.settle();
    expect(packets(peer)).toMatchObject([{ through: 2, exceptions: [{ sequence: 2, code: 'PAYLOAD_TOO_LARGE' }] }]);
  });

  it('know duplicates of a packet that was sent again after a reconnect', async () => {
    const { broker, peer } = await aProducer({ versions: [2] });
    peer.take();
    peer.send(packet(1, ['a.b', 'a.c']));
    broker.settle();
    expect(packets(peer)).toMatchObject([{ through: 2 }]);
    peer.send(packet(1, ['a.b', 'a.c', 'a.d']));
    broker.settle();
    expect(packets(peer)).toMatchObject([
      {
        through: 3,
        exceptions: [
          { sequence: 1, duplicate: true },
          { sequence: 2, duplicate: true },
        ],
      },
    ]);
    expect(broker.engine.state.queueNamed('', 'q')?.depth).toBe(3);
  });
});
