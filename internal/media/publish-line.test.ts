// Publishes whose route asks for compression, through a real fast path and a real sidecar into a broker's core: what comes
// out is what went in, compressed where it was asked for, and in the order of each peer.

import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlockView, COMPRESSION_LZ4, COMPRESSION_NONE, encodeBlock } from '../../pkg/protocol/block.ts';
import type { Command, Publish } from '../domain/command.ts';
import { NO_PRODUCER } from '../domain/ids.ts';
import { eventually } from '../testing/eventually.ts';
import { aBroker, ack, anOperatorRequest, type BrokerFixture, peer, register } from '../testing/fixtures/a-broker.ts';
import { SidecarWorld } from '../testing/sidecar/sidecar-world.ts';
import { AskedCodecs } from './asked-codec.ts';
import { type BodyCodec, codecNamed } from './codecs.ts';
import { FastPath, type FastPathRules } from './fast-path.ts';
import { PublishLine, type PublishLineOptions } from './publish-line.ts';

const LZ4 = codecNamed('lz4') as BodyCodec;
const CUTOVER = 10_000;
const MIB = 1024 * 1024;

let world: SidecarWorld;
let fastPath: FastPath;
let wakes: number;

beforeEach(() => {
  world = new SidecarWorld();
  wakes = 0;
});
afterEach(async () => {
  fastPath.close();
  await world.end();
});

const asksFor = (_: string, topic: string): BodyCodec | null => (topic.startsWith('packed') ? LZ4 : null);

function line(rules: Partial<FastPathRules> = {}, options: Partial<PublishLineOptions> = {}): PublishLine {
  fastPath = new FastPath({
    sidecar: { socketPath: world.socketPath, timeoutMs: 15_000 },
    cutoverBytes: CUTOVER,
    require: false,
    fallbackToLocal: true,
    ...rules,
  });
  return new PublishLine({ fastPath, asked: { any: true, of: asksFor }, wake: () => (wakes += 1), ...options });
}

const text = (length: number): Buffer => Buffer.alloc(length, 'a body that repeats itself; ');

interface Words {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly messageId?: string;
  readonly compression?: 0 | 1;
}

/** One packet of blocks; `loose` has each body beside its head, as an abtp/1 frame leaves it. */
function publish(words: readonly Words[], over: Partial<Publish> = {}, loose = false): Publish {
  const blocks = words.map((one) => encodeBlock({ ...one, attributes: { content_type: 'text/plain' } }));
  const heads = blocks.map((block, i) =>
    loose ? block.subarray(0, block.length - (words[i]?.body.length ?? 0)) : block,
  );
  let at = 0;
  const messages = heads.map((head, i) => {
    at += head.length;
    const { topic, body } = words[i] as Words;
    return { topic, start: at - head.length, end: at, tail: loose ? body : null, mode: 'both' as const, fault: null };
  });
  const source = Buffer.concat(heads);
  return {
    type: 'publish',
    peer: peer(1),
    tenant: '',
    producer: NO_PRODUCER,
    firstSequence: 1,
    source,
    messages,
    ...over,
  };
}

interface Told {
  readonly sequence: number;
  readonly id?: string;
  readonly packed?: boolean;
  readonly length?: number;
  readonly equal?: boolean;
  readonly fault?: string;
}

/** What is known of each message that went on; of another command its type. */
function told(commands: readonly Command[]): readonly (Told | string)[] {
  return commands.flatMap((command): readonly (Told | string)[] => {
    if (command.type !== 'publish') return [command.type];
    return command.messages.map(({ start, end, tail, fault }, i) => {
      const sequence = command.firstSequence + i;
      if (fault !== null) return { sequence, fault: fault.code };
      const block = Buffer.concat([command.source.subarray(start, end), tail ?? new Uint8Array(0)]);
      const view = new BlockView(block);
      const packed = view.compression === COMPRESSION_LZ4;
      const plain = packed ? LZ4.decompress(view.body, MIB * 8) : view.body;
      if (!(plain instanceof Uint8Array)) throw new Error(plain.detail);
      return { sequence, id: view.messageId, packed, length: plain.length, equal: text(plain.length).equals(plain) };
    });
  });
}

async function all(passing: PublishLine, commands: readonly Command[], count: number): Promise<Command[]> {
  const got = [...passing.pass(commands)];
  await eventually(`${count} commands go on`, () => {
    got.push(...passing.pass([]));
    return got.length >= count;
  });
  return got;
}

const messagesOf = (commands: readonly Command[]): readonly Told[] =>
  told(commands).filter((one): one is Told => typeof one !== 'string');

describe('a publish', () => {
  it('that nobody asks to compress goes on at once, as it is', () => {
    const command = publish([
      { topic: 'plain', body: text(MIB) },
      { topic: 'packed.small', body: text(100) },
    ]);
    expect(line().pass([command])).toEqual([command]);
    expect(line().pass([command])[0]).toBe(command);
  });

  it.each([
    ['in one packet', false],
    ['with bodies beside their heads', true],
  ])('%s is cut where bodies are compressed, and every message keeps its number and its words', async (_, loose) => {
    await world.start();
    const words = [
      { topic: 'plain', body: text(700), messageId: 'a' },
      { topic: 'packed.local', body: text(CUTOVER - 1), messageId: 'b' },
      { topic: 'plain', body: text(MIB), messageId: 'c' },
      { topic: 'packed.away', body: text(MIB), messageId: 'd' },
      { topic: 'packed.away', body: text(CUTOVER), messageId: 'e' },
      { topic: 'plain', body: text(20), messageId: 'f' },
    ];
    const passing = line();
    const command = publish(words, { firstSequence: 40 }, loose);
    const before = Buffer.from(command.source);
    const got = await all(passing, [command], 6);
    expect(told(got)).toEqual([
      { sequence: 40, id: 'a', packed: false, length: 700, equal: true },
      { sequence: 41, id: 'b', packed: true, length: CUTOVER - 1, equal: true },
      { sequence: 42, id: 'c', packed: false, length: MIB, equal: true },
      { sequence: 43, id: 'd', packed: true, length: MIB, equal: true },
      { sequence: 44, id: 'e', packed: true, length: CUTOVER, equal: true },
      { sequence: 45, id: 'f', packed: false, length: 20, equal: true },
    ]);
    expect(fastPath.status).toMatchObject({ bySidecar: 2, fellBack: 0 });
    expect(before.equals(command.source)).toBe(true);
    expect(passing.awayBytes).toBe(0);
  });

  it('whose body is compressed already, or would not get smaller, goes on as it was', async () => {
    await world.start();
    const body = LZ4.compress(text(MIB));
    const random = randomBytes(CUTOVER);
    const packed = publish([{ topic: 'packed', body, compression: COMPRESSION_LZ4 }]);
    const noisy = publish([{ topic: 'packed', body: random }]);
    expect(LZ4.compress(random).length).toBeGreaterThan(random.length);
    const [first, second] = await all(line(), [packed, noisy], 2);
    expect(first).toBe(packed);
    expect(new BlockView((second as Publish).source).compression).toBe(COMPRESSION_NONE);
    expect(random.equals(new BlockView((second as Publish).source).body)).toBe(true);
  });
});

describe('what a peer said after a body that is away', () => {
  it('waits behind it, and what others say does not', async () => {
    await world.start();
    const passing = line();
    const away = publish([{ topic: 'packed', body: text(4 * MIB), messageId: 'large' }], { firstSequence: 1 });
    const after = publish([{ topic: 'plain', body: text(10), messageId: 'small' }], { firstSequence: 2 });
    const gone: Command = { type: 'peer-gone', peer: peer(1), cause: 'gone' };
    const other = publish([{ topic: 'plain', body: text(10), messageId: 'other' }], { peer: peer(2) });
    expect(
      told(passing.pass([away, after, ack(peer(1), [5]), gone, other, ack(peer(2), [6]), { type: 'tick' }])),
    ).toEqual([{ sequence: 1, id: 'other', packed: false, length: 10, equal: true }, 'ack', 'tick']);
    const got = await all(passing, [], 4);
    expect(told(got).map((one) => (typeof one === 'string' ? one : one.id))).toEqual([
      'large',
      'small',
      'ack',
      'peer-gone',
    ]);
    expect(wakes).toBeGreaterThan(0);
    expect(passing.size).toBe(0);
    // The line is gone with the last of it: nothing waits for nothing.
    expect(passing.pass([after])).toEqual([after]);
  });

  it('is in order for every peer, whoever is quicker', async () => {
    await world.start({ workers: 2 });
    const passing = line();
    const commands = Array.from({ length: 120 }, (_, i) => {
      const length = [20, 3 * CUTOVER, 900, 40 * CUTOVER][i % 4] as number;
      return publish([{ topic: 'packed', body: text(length), messageId: `${i}` }], { peer: peer(1 + (i % 3)) });
    });
    const got = (await all(passing, commands, 120)) as Publish[];
    expect(got).toHaveLength(120);
    for (const n of [0, 1, 2]) {
      const ids = messagesOf(got.filter((command) => command.peer === peer(1 + n))).map(({ id }) => Number(id));
      expect(ids).toEqual(Array.from({ length: 40 }, (_, i) => i * 3 + n));
    }
  });
});

describe('a body that cannot be compressed by the rule', () => {
  it('is refused with its code, and its neighbours are not', async () => {
    const passing = line({ require: true });
    const words = ['a', 'b', 'c'].map((messageId) => ({
      topic: messageId === 'b' ? 'packed' : 'plain',
      body: text(MIB),
      messageId,
    }));
    const got = await all(passing, [publish(words)], 3);
    expect(told(got)).toEqual([
      { sequence: 1, id: 'a', packed: false, length: MIB, equal: true },
      { sequence: 2, fault: 'SIDECAR_UNAVAILABLE' },
      { sequence: 3, id: 'c', packed: false, length: MIB, equal: true },
    ]);
    expect((got[1] as Publish).messages[0]?.fault?.retryAfterMs).toBeGreaterThan(0);
  });

  it('is refused as BUSY beyond the bound, in its turn', async () => {
    await world.start();
    const passing = line({}, { awayBytesMax: 3 * MIB });
    const commands = [1, 2, 3, 4, 5].map((n) =>
      publish([{ topic: 'packed', body: text(MIB), messageId: `${n}` }], { firstSequence: n }),
    );
    const held = passing.pass(commands);
    expect([held, passing.awayBytes, passing.size]).toEqual([[], 3 * MIB, 1]);
    const got = messagesOf(await all(passing, [], 5));
    expect(got.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(got.slice(3)).toEqual([
      { sequence: 4, fault: 'BUSY' },
      { sequence: 5, fault: 'BUSY' },
    ]);
    expect(passing.awayBytes).toBe(0);
  });
});

describe('in a broker', () => {
  const route = (broker: BrokerFixture, pattern: string, metadata: Record<string, string>): void => {
    broker.run({
      type: 'add-route',
      request: anOperatorRequest(),
      route: {
        tenant: '',
        pattern,
        kind: 'direct',
        queueName: 'q',
        priority: 0,
        enabled: true,
        exclusive: false,
        metadata,
      } as never,
    });
  };

  it('without a sidecar all is done at once, and nothing ever waits', () => {
    const broker = aBroker();
    route(broker, 'orders.large', { compression: 'lz4' });
    line();
    const passing = PublishLine.of(broker.state, undefined, () => (wakes += 1));
    const got = passing.pass([publish([{ topic: 'orders.large', body: text(2 * MIB), messageId: 'a' }])]);
    expect(told(got)).toEqual([{ sequence: 1, id: 'a', packed: true, length: 2 * MIB, equal: true }]);
    expect([passing.size, wakes]).toEqual([0, 0]);
  });

  it('a route asks by its metadata, and the consumer gets the body that was published', async () => {
    await world.start();
    const broker = aBroker();
    broker.declare('q', { patterns: ['orders.plain'] });
    const codecs = new AskedCodecs(broker.state);
    route(broker, 'orders.odd', { compression: 'zstd' });
    expect(codecs.any).toBe(false);
    route(broker, 'orders.large', { compression: 'lz4' });
    expect(codecs.any).toBe(true);
    const asked = (topic: string): string | undefined => codecs.of('', topic)?.name;
    expect(['orders.large', 'orders.plain', 'orders.odd', 'orders..', 'nobody'].map(asked)).toEqual([
      'lz4',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    broker.run(register({ queue: 'q', windowBytes: 16 * MIB }));
    line();
    const passing = PublishLine.of(broker.state, fastPath, () => (wakes += 1));
    const command = publish([
      { topic: 'orders.large', body: text(2 * MIB) },
      { topic: 'orders.plain', body: text(2 * MIB) },
    ]);
    const leaving = broker.run(...(await all(passing, [command], 2)));
    const blocks = leaving.flatMap(({ effect, blocks }) =>
      effect.type === 'deliver' ? [Buffer.concat(blocks ?? [])] : [],
    );
    const bytes = Buffer.concat(blocks);
    const first = new BlockView(bytes);
    const second = new BlockView(bytes, first.length);
    expect([first.topic, first.compression, second.topic, second.compression]).toEqual([
      'orders.large',
      COMPRESSION_LZ4,
      'orders.plain',
      COMPRESSION_NONE,
    ]);
    expect(first.length).toBeLessThan(MIB / 10);
    expect(text(2 * MIB).equals(LZ4.decompress(first.body, 8 * MIB) as Uint8Array)).toBe(true);
    expect(text(2 * MIB).equals(second.body)).toBe(true);
  });
});
