// Clients with a ZeroMQ socket and nothing else, against a live broker: the earlier client's frames, and the programs
// that docs/protocol.md prints, run as printed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Dealer } from 'zeromq';
import { type ReadyLine, Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { pythonWithZmq } from '../../internal/testing/python.ts';
import { connect } from '../../pkg/client/index.ts';
import { compressBlockBE } from '../../pkg/encoding/lz4.ts';

let tachyon: Tachyon;
let ready: ReadyLine;
const sockets: Dealer[] = [];

const python = pythonWithZmq();

function dealer(): Dealer {
  const socket = new Dealer({ linger: 0, receiveTimeout: 10_000 });
  socket.connect(ready.router);
  sockets.push(socket);
  return socket;
}

const json = (value: unknown): string => JSON.stringify(value);
const control = (word: object): [string, string] => ['_control', json(word)];

interface EarlierEvent {
  readonly ID: string;
  readonly Topic: string;
  readonly Data: unknown;
  readonly delivery_id?: string;
}

const anEvent = (id: string, topic: string): object => ({
  ID: id,
  Topic: topic,
  tenant_id: '',
  Source: 'billing',
  timestamp: '2026-01-02T03:04:05Z',
  deliver_at: '0001-01-01T00:00:00Z',
  priority: 'high',
  Data: { amount: 7 },
  DataContentType: 'application/json',
  DataSchema: '',
  SpecVersion: '1.0',
});

/** The next event that is delivered; control words on the way are collected. */
async function nextEvent(socket: Dealer, words: object[] = []): Promise<EarlierEvent> {
  for (;;) {
    const frames = await socket.receive();
    expect(frames[0]?.length).toBe(0);
    const [, topic, body] = frames.map(String);
    if (topic !== '_control') return JSON.parse(body ?? '') as EarlierEvent;
    words.push(JSON.parse(body ?? '') as object);
  }
}

async function nextWord(socket: Dealer): Promise<Record<string, unknown>> {
  for (;;) {
    const [, topic, body] = (await socket.receive()).map(String);
    if (topic === '_control') return JSON.parse(body ?? '') as Record<string, unknown>;
  }
}

const statusOf = async (): Promise<{ counters: Record<string, number>; leased: number; dead_letters: number }> =>
  JSON.parse((await tachyon.run(['status', '-o', 'json'])).stdout) as never;

async function registered(
  consumerId: string,
  pattern: string,
  word: Partial<Record<string, unknown>> = {},
): Promise<Dealer> {
  const socket = dealer();
  await socket.send(
    control({
      type: 'consumer.register',
      consumer_id: consumerId,
      mode: 'direct',
      subscriptions: [pattern],
      capabilities: {
        supports_ack: true,
        supports_compression: ['lz4'],
        supports_codec: ['json'],
        resumable: false,
        max_inflight: 8,
      },
      ...word,
    }),
  );
  expect(await nextWord(socket)).toMatchObject({ type: 'consumer.registered', status: 'ok' });
  return socket;
}

describe.each(['zmtp', 'libzmq'])('over %s', (transport) => {
  beforeAll(async () => {
    tachyon = new Tachyon();
    const env = { HEARTBEAT_INTERVAL_MS: '200', TRANSPORT: transport };
    ({ ready } = await tachyon.readyBroker([], { env }));
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close();
  });
  afterAll(() => tachyon.remove());

  describe('the earlier client', () => {
    it('publishes a compressed event in the short form and gets it back as an event, by a socket that said no hello', async () => {
      const consumer = await registered('node-1', 'user.created');
      const producer = dealer();
      await producer.send(['user.created', compressBlockBE(Buffer.from(json(anEvent('evt-1', 'user.created'))))]);
      const event = await nextEvent(consumer);
      expect(event).toMatchObject({ ID: 'evt-1', Topic: 'user.created', Data: { amount: 7 }, Source: 'billing' });
      await consumer.send(control({ type: 'ack', message_id: 'evt-1', consumer_id: 'node-1' }));
      await expect.poll(async () => (await statusOf()).counters['acked']).toBe(1);
    });

    it('uses the delimiter form, is confirmed there, and may compress control words too', async () => {
      const consumer = dealer();
      const register = json({
        type: 'consumer.register',
        consumer_id: 'node-2',
        mode: 'direct',
        subscriptions: ['user.deleted'],
      });
      await consumer.send(['', '_control', compressBlockBE(Buffer.from(register))]);
      expect(await nextWord(consumer)).toMatchObject({ type: 'consumer.registered' });
      const producer = dealer();
      await producer.send(['', 'user.deleted', compressBlockBE(Buffer.from(json(anEvent('evt-2', 'user.deleted'))))]);
      expect(await nextWord(producer)).toMatchObject({
        type: 'publish.confirmed',
        message_id: 'evt-2',
        durability: 'disk',
      });
      expect(await nextEvent(consumer)).toMatchObject({ ID: 'evt-2' });
    });

    it('that crashed and comes back under its routing id is given at once what it held, long before its lease is over', async () => {
      const options = { linger: 0, receiveTimeout: 1_000, routingId: 'fixed-1' };
      const register = control({ type: 'consumer.register', consumer_id: 'node-5', subscriptions: ['user.moved'] });
      const first = new Dealer(options);
      first.connect(ready.router);
      await first.send(register);
      expect(await nextWord(first)).toMatchObject({ type: 'consumer.registered' });
      await dealer().send(['user.moved', json(anEvent('evt-5', 'user.moved'))]);
      const { delivery_id: lost } = await nextEvent(first);
      first.close();
      // While the broker's socket still has the former connection under this id, a new one is not taken in.
      let again: EarlierEvent | null = null;
      for (let tries = 0; again === null && tries < 8; tries += 1) {
        const second = new Dealer(options);
        sockets.push(second);
        second.connect(ready.router);
        await second.send(register);
        again = await nextEvent(second).catch(() => null);
        if (again === null) second.close();
      }
      expect(again).toMatchObject({ ID: 'evt-5', attempt: 1 });
      expect(again?.delivery_id).not.toBe(lost);
    });

    it('sees a retryable nack again, and a terminal one among the dead letters', async () => {
      const consumer = await registered('node-3', 'user.updated');
      const producer = dealer();
      await producer.send(['user.updated', json(anEvent('evt-3', 'user.updated'))]);
      await nextEvent(consumer);
      await consumer.send(
        control({ type: 'nack', message_id: 'evt-3', consumer_id: 'node-3', status: 'retryable_error' }),
      );
      expect(await nextEvent(consumer)).toMatchObject({ ID: 'evt-3', attempt: 2 });
      await consumer.send(control({ type: 'nack', message_id: 'evt-3', consumer_id: 'node-3', status: 'broken' }));
      await expect.poll(async () => (await statusOf()).dead_letters).toBe(1);
      const records = JSON.parse(
        (await tachyon.run(['dlq', 'list', '-o', 'json', '--consumer', 'node-3'])).stdout,
      ) as object[];
      expect(records).toMatchObject([
        { message_id: 'evt-3', topic: 'user.updated', consumer_id: 'node-3', attempt: 2, priority: 'high' },
      ]);
    });

    it('heartbeats under load hold nobody up', async () => {
      const consumer = await registered('node-4', 'load.event', { capabilities: { max_inflight: 64 } });
      const producer = dealer();
      const total = 2_000;
      const publishing = (async () => {
        for (let n = 0; n < total; n += 1)
          await producer.send(['load.event', json(anEvent(`load-${n}`, 'load.event'))]);
      })();
      const seen = new Set<string>();
      while (seen.size < total) {
        const { ID } = await nextEvent(consumer);
        seen.add(ID);
        await consumer.send(control({ type: 'ack', message_id: ID, consumer_id: 'node-4' }));
        if (seen.size % 10 === 0) await consumer.send(control({ type: 'consumer.heartbeat', consumer_id: 'node-4' }));
      }
      await publishing;
      expect(seen.size).toBe(total);
      expect((await tachyon.run(['status'])).code).toBe(0);
    });
  });

  describe.skipIf(python === null)('the Python client of docs/protocol.md', () => {
    const writePrograms = (): void => {
      const page = readFileSync(join(import.meta.dirname, '../../docs/protocol.md'), 'utf8');
      for (const [, title = '', text = ''] of page.matchAll(/```python title=(\S+)\n([\s\S]*?)```/g)) {
        writeFileSync(join(tachyon.folder, title), text);
      }
    };

    it('asks with a REQ, and gets exactly one message: the answer, or an error', async () => {
      writePrograms();
      const options = { command: [python ?? ''] as const, env: { TACHYON_ROUTER: ready.router } };
      const ask = async (topic: string): Promise<string> =>
        (await tachyon.start(['request.py', topic, 'x'], options).finished()).stdout;
      expect(await ask('questions.open')).toMatch(/^error \{"type":"error","code":"NO_RESPONDERS"/);
      const client = await connect({ router: ready.router });
      await client.respond({ queue: 'questions', subscriptions: ['questions.*'], concurrency: 2 }, (request) =>
        request.topic === 'questions.open' ? `${request.text()}!` : new Promise<never>(() => undefined),
      );
      expect(await ask('questions.open')).toBe('answer x!\n');
      expect(await ask('questions.silent')).toMatch(/^error \{"type":"error","code":"TIMEOUT"/);
      expect(await tachyon.good(['request', 'questions.open', 'who?', '--router', ready.router])).toBe('who?!\n');
      expect(await tachyon.run(['request', 'nobody', 'x', '--router', ready.router])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('NO_RESPONDERS'),
      });
      await client.close();
    });

    it('takes what its producer sent, acknowledges it, and sees the confirms', async () => {
      writePrograms();
      const options = { command: [python ?? ''] as const, env: { TACHYON_ROUTER: ready.router } };
      const consumer = tachyon.start(['consumer.py'], options);
      await consumer.says('consumer.registered');
      const producer = await tachyon.start(['producer.py', '3'], options).finished();
      expect(producer).toMatchObject({ code: 0, stderr: '' });
      const confirms = producer.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(confirms).toMatchObject(
        [0, 1, 2].map((n) => ({ type: 'publish.confirmed', message_id: `order-${n}`, durability: 'disk' })),
      );
      await consumer.says('{"number": 2}');
      await expect
        .poll(
          async () => JSON.parse((await tachyon.run(['queues', 'show', 'orders.>', '-o', 'json'])).stdout) as object,
        )
        .toMatchObject({
          depth: 0,
          leased: 0,
        });
    });
  });
});
