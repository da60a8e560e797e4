// Proved over both transports against a scripted broker on a real ROUTER socket, which speaks through the codecs of
// pkg/protocol.

import { afterEach, describe, expect, it } from 'vitest';
import { FakeBroker, type FakeBrokerOptions } from '../../internal/testing/client/fake-broker.ts';
import { eventually } from '../../internal/testing/eventually.ts';
import { errorWord } from '../protocol/index.ts';
import {
  type Client,
  type ClientTransport,
  type ConnectOptions,
  connect as connectOver,
  TachyonError,
} from './index.ts';

const opened: { client?: Client; broker?: FakeBroker } = {};

afterEach(async () => {
  await opened.client?.close();
  await opened.broker?.stop();
});

const failure = async (promise: Promise<unknown>): Promise<TachyonError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TachyonError);
  return error as TachyonError;
};

describe.each(['zmtp', 'libzmq'] as const)('over %s', (transport: ClientTransport) => {
  const connect = (options: ConnectOptions = {}): Promise<Client> => connectOver({ transport, ...options });

  async function world(
    brokerOptions: FakeBrokerOptions = {},
    options: ConnectOptions = {},
  ): Promise<{ client: Client; broker: FakeBroker }> {
    const broker = await FakeBroker.start(brokerOptions);
    opened.broker = broker;
    const reconnect = { initialMs: 5, maxMs: 50 };
    const client = await connect({ router: broker.address, reconnect, timeoutMs: 2_000, ...options });
    opened.client = client;
    return { client, broker };
  }

  describe('publishing', () => {
    it('takes no producer id before the first publish', async () => {
      const { client, broker } = await world({ confirms: true });
      expect(broker.producers).toHaveLength(0);
      await client.publish('a.b', 'x');
      expect(broker.producers).toHaveLength(1);
    });

    it('packs what one turn publishes into one packet, numbered in the order of the calls', async () => {
      const { client, broker } = await world({ confirms: true });
      await client.publish('a.b', 'first');
      const before = broker.latest!.of('publish').length;
      const receipts = await Promise.all(Array.from({ length: 100 }, (_, i) => client.publish('a.b', `m${i}`)));
      expect(broker.latest!.of('publish')).toHaveLength(before + 1);
      expect(receipts.map((receipt) => receipt.sequence)).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
      expect(receipts[99]).toEqual({ position: 1_010, durability: 'disk', duplicate: false, sequence: 101 });
      expect(
        broker
          .latest!.published()
          .slice(1)
          .map((message) => message.text),
      ).toEqual(receipts.map((_, i) => `m${i}`));
    });
  });

  describe('connecting', () => {
    it('rejects with BROKER_UNREACHABLE where nobody listens', async () => {
      const error = await failure(connect({ router: 'tcp://127.0.0.1:1', timeoutMs: 100 }));
      expect(error.code).toBe('BROKER_UNREACHABLE');
    });

    it('waits for a broker that is still starting', async () => {
      const { broker, client } = await world();
      await client.close();
      await broker.stop();
      const connecting = connect({ router: broker.address, reconnect: { initialMs: 5, maxMs: 5 }, timeoutMs: 5_000 });
      await broker.restart();
      opened.client = await connecting;
    });

    it('rejects with the code of a hello that is refused', async () => {
      const broker = await FakeBroker.start({ onHello: () => errorWord('UNSUPPORTED_VERSION', { detail: 'abtp/9' }) });
      opened.broker = broker;
      expect(await failure(connect({ router: broker.address }))).toMatchObject({
        code: 'UNSUPPORTED_VERSION',
        detail: 'abtp/9',
      });
    });

    it.each([
      [{ router: '127.0.0.1:5555' }, 'router'],
      [{ bufferBytes: 0 }, 'bufferBytes'],
      [{ maxOutstanding: 16_385 }, 'maxOutstanding'],
      [{ onFull: 'drop' as 'wait' }, 'onFull'],
      [{ transport: 'tcp' as 'zmtp' }, 'transport'],
      [{ transport: 'zmtp', pub: 'inproc://x' } as const, 'pub'],
      [{ tenant: ' ' }, 'tenant'],
      [{ reconnect: { jitter: 2 } }, 'reconnect.jitter'],
      [{ reconnect: { initialMs: 10, maxMs: 1 } }, 'reconnect'],
    ])('refuses %j with the name of the option', async (options, name) => {
      const error = await failure(connect(options));
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.detail).toContain(name);
    });

    it('rejects an address that cannot be read, and does not throw elsewhere', async () => {
      const error = await failure(connect({ router: 'tcp://nowhere', timeoutMs: 50 }));
      expect(error.code).toBe('BROKER_UNREACHABLE');
    });

    it('that came about says so, and so does its end', async () => {
      const { client, broker } = await world({ confirms: true });
      const seen: string[] = [];
      client.on('*', (status) => seen.push(status.type));
      const only: string[] = [];
      client.on('disconnected', (status) => only.push(status.error.code));
      await client.publish('a', 'b');
      await broker.stop();
      await eventually('told', () => only.length === 1);
      await client.close();
      await client.close();
      expect(only).toEqual(['BROKER_UNREACHABLE']);
      expect(seen[0]).toBe('connected');
      expect(seen).toContain('reconnecting');
      expect(seen.at(-1)).toBe('closed');
    });

    it('is disposed of by draining', async () => {
      const { client, broker } = await world();
      const receipt = client.publish('a', 'b');
      await eventually('published', () => broker.latest?.of('publish').length === 1);
      const gone = client[Symbol.asyncDispose]();
      broker.latest?.confirm(1);
      await gone;
      expect(await receipt).toMatchObject({ sequence: 1 });
    });

    it('that is closed rejects what has no answer', async () => {
      const { client } = await world();
      const receipt = failure(client.publish('a', 'b'));
      await client.close();
      expect((await receipt).code).toBe('CLIENT_CLOSED');
      expect((await failure(client.subscribe('a'))).code).toBe('CLIENT_CLOSED');
    });
  });

  describe('consuming', () => {
    it('acks what a handler finished, and the acks of one turn travel together', async () => {
      const { client, broker } = await world();
      const seen: string[] = [];
      await client.consume({ queue: 'q', autoExtend: false }, (delivery) => seen.push(delivery.text()));
      const peer = await eventually('a consumer', () => broker.consumers[0]);
      peer.deliver(7, [
        { topic: 'a', text: 'x' },
        { topic: 'a', text: 'y' },
      ]);
      await eventually('two acks', () => peer.acked().length === 2);
      expect(seen).toEqual(['x', 'y']);
      expect(peer.of('ack')).toHaveLength(1);
      expect(peer.acked()).toEqual([7, 8]);
    });

    it('gathers the acks of quick handlers behind a slow one: each does not leave by itself', async () => {
      const { client, broker } = await world();
      const count = 1_000;
      await client.consume({ queue: 'q', autoExtend: false }, (delivery) => {
        if (delivery.text() !== 'slow') return;
        const untilMs = performance.now() + 5;
        while (performance.now() < untilMs);
      });
      const peer = await eventually('a consumer', () => broker.consumers[0]);
      const quick = Array.from({ length: count - 1 }, () => ({ topic: 'a', text: 'quick' }));
      peer.deliver(1, [{ topic: 'a', text: 'slow' }, ...quick]);
      await eventually('all acks', () => peer.acked().length === count);
      expect(peer.acked()).toEqual(Array.from({ length: count }, (_, i) => i + 1));
      expect(peer.of('ack').length).toBeLessThan(count / 4);
    });
  });
});
