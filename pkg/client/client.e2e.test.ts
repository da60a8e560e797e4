// The client against a real broker process, over both transports: what it promises over a crash of the broker, over a handler that blocks the
// event loop, and over the death of the consumer's own process. Consumers that block or die are processes of their own.

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { type Running, Tachyon } from '../../internal/testing/processes/tachyon.ts';
import {
  type Client,
  type ClientTransport,
  type ConsumeOptions,
  connect,
  type PublishReceipt,
  type Status,
} from './index.ts';

const ROOT = join(import.meta.dirname, '../..');
const LEASE_MS = 1_000;

let tachyon: Tachyon;
const clients: Client[] = [];

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await tachyon.remove();
});

describe.each(['zmtp', 'libzmq'] as const)('over %s', (transport: ClientTransport) => {
  async function client(router: string, options: { readonly pub?: string } = {}): Promise<Client> {
    const reconnect = { initialMs: 20, maxMs: 200 };
    const opened = await connect({ transport, router, timeoutMs: 20_000, reconnect, ...options });
    clients.push(opened);
    return opened;
  }

  /** A consumer in a process of its own, whose handler blocks the loop for so long before it is done. */
  function blockingConsumer(router: string, blockMs: number, options: ConsumeOptions): Running {
    const program = `
      import { connect } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
      const client = await connect({ transport: '${transport}', router: process.argv[1], timeoutMs: 20_000 });
      client.on('settlement-refused', (status) => console.log('refused', status.code));
      await client.consume(${JSON.stringify(options)}, (delivery) => {
        console.log('begins', delivery.text());
        const untilMs = performance.now() + ${blockMs};
        while (performance.now() < untilMs);
        return delivery.ack({ durable: true }).then(() => console.log('acked', delivery.text(), delivery.attempt));
      });
      console.log('serves');
    `;
    return tachyon.start(['--import', 'tsx', '--input-type=module', '--eval', program, router], {
      command: [process.execPath],
      cwd: ROOT,
    });
  }

  const shortLease = {
    env: { DELIVERY_TIMEOUT_MS: String(LEASE_MS), HEARTBEAT_INTERVAL_MS: '100', HEARTBEAT_MISSES: '3' },
  };

  describe('messages', () => {
    it('all arrive once, in order, with a promise and an ack each, under concurrent publishing', async () => {
      const { ready } = await tachyon.readyBroker();
      const producer = await client(ready.router);
      const seen: number[] = [];
      await (await client(ready.router)).consume({ queue: 'q', subscriptions: ['n.*'] }, (delivery) => {
        seen.push(Number(delivery.text()));
      });
      const receipts = await Promise.all(Array.from({ length: 50_000 }, (_, i) => producer.publish('n.x', String(i))));
      expect(new Set(receipts.map((receipt) => receipt.durability))).toEqual(new Set(['disk']));
      expect(receipts.some((receipt) => receipt.duplicate !== false)).toBe(false);
      await eventually('all', () => seen.length >= receipts.length, { withinMs: 60_000 });
      expect(seen).toEqual(receipts.map((_, i) => i));
    });

    it('that nobody wants are refused with the way out, and their neighbours are not', async () => {
      const { ready } = await tachyon.readyBroker();
      const one = await client(ready.router);
      await one.consume({ queue: 'q', subscriptions: ['good'] });
      const results = await one.publishBatch([
        { topic: 'good', body: 'a' },
        { topic: 'bad', body: { b: 1 } },
        { topic: 'good', body: new Uint8Array([1]), messageId: 'x', headers: { h: true } },
      ]);
      expect(results).toMatchObject([
        { ok: true },
        { ok: false, error: { code: 'UNROUTABLE', detail: expect.stringContaining('tachyon queues declare') } },
        { ok: true },
      ]);
    });

    it('survive a broker that is killed: every publish is answered, and each is in the queue once', async () => {
      const { broker, ready } = await tachyon.readyBroker();
      const address = ['--router', ready.router];
      const producer = await client(ready.router);
      const told: Status[] = [];
      producer.on('*', (status) => told.push(status));
      const setup = await producer.consume({ queue: 'q', subscriptions: ['n'], pull: true });
      await setup.close();
      const receipts: PublishReceipt[] = [];
      const all: Promise<unknown>[] = [];
      const publish = (from: number, count: number): void => {
        for (let i = from; i < from + count; i++) {
          all.push(producer.publish('n', String(i)).then((receipt) => receipts.push(receipt)));
        }
      };
      publish(0, 40_000);
      await eventually('some are confirmed', () => receipts.length > 2_000);
      await broker.kill('SIGKILL');
      expect(receipts.length).toBeLessThan(40_000);
      publish(40_000, 1_000);
      await tachyon.readyBroker(address);
      await Promise.all(all);
      expect(receipts).toHaveLength(41_000);
      expect(told.some((status) => status.type === 'producer-renewed')).toBe(false);
      const seen: number[] = [];
      const reader = await client(ready.router);
      await reader.consume({ queue: 'q' }, (delivery) => {
        seen.push(Number(delivery.text()));
      });
      await eventually('all', () => seen.length >= 41_000, { withinMs: 60_000 });
      await reader.drain();
      expect(seen).toEqual(Array.from({ length: 41_000 }, (_, i) => i));
    });

    it('of a producer that a memory broker forgot say that they may be there twice', async () => {
      const memory = { env: { WAL_ENABLED: 'false' } };
      const { broker, ready } = await tachyon.readyBroker([], memory);
      const producer = await client(ready.router);
      const renewed = new Promise((resolve) => producer.on('producer-renewed', resolve));
      await producer.consume({ queue: 'q', subscriptions: ['n'] });
      expect(await producer.publish('n', 'first')).toMatchObject({ durability: 'memory', duplicate: false });
      broker.child.kill('SIGSTOP');
      const uncertain = producer.publish('n', 'second');
      await new Promise((resolve) => setImmediate(resolve));
      await broker.kill('SIGKILL');
      await tachyon.readyBroker(['--router', ready.router], memory);
      await renewed;
      // The consumer's registration is what brings the queue and its route back; the publish may have come before it.
      const outcome = await uncertain.catch((error: { code: string; cause?: { code: string } }) => error);
      if ('position' in outcome) expect(outcome.duplicate).toBe('unknown');
      else expect(outcome).toMatchObject({ code: 'UNROUTABLE', cause: { code: 'UNKNOWN_PRODUCER' } });
    });
  });

  describe('a handler that blocks the event loop', () => {
    it('for three times the lease keeps its message', async () => {
      const { ready } = await tachyon.readyBroker([], shortLease);
      const blocked = blockingConsumer(ready.router, 3 * LEASE_MS, { queue: 'q', subscriptions: ['n'] });
      await blocked.says('serves');
      const other = await client(ready.router);
      await other.publish('n', 'job');
      await blocked.says('begins job');
      const stolen: string[] = [];
      await other.consume({ queue: 'q' }, (delivery) => {
        stolen.push(delivery.text());
      });
      await blocked.says('acked job 1');
      expect(stolen).toEqual([]);
      expect(blocked.stdout).not.toContain('refused');
    });

    it('keeps what waits behind it too', async () => {
      const { ready } = await tachyon.readyBroker([], shortLease);
      const blocked = blockingConsumer(ready.router, 1.2 * LEASE_MS, { queue: 'q', subscriptions: ['n'] });
      await blocked.says('serves');
      const other = await client(ready.router);
      await other.publishBatch(['a', 'b', 'c'].map((body) => ({ topic: 'n', body })));
      await blocked.says('acked c 1');
      expect(blocked.stdout.match(/acked/g)).toHaveLength(3);
      expect(blocked.stdout).not.toContain('refused');
    });

    it('loses it where leases are not extended: the test above can fail', async () => {
      const { ready } = await tachyon.readyBroker([], shortLease);
      const options = { queue: 'q', subscriptions: ['n'], autoExtend: false };
      const blocked = blockingConsumer(ready.router, 3 * LEASE_MS, options);
      await blocked.says('serves');
      const other = await client(ready.router);
      await other.publish('n', 'job');
      await blocked.says('begins job');
      const stolen: string[] = [];
      await other.consume({ queue: 'q' }, (delivery) => {
        stolen.push(delivery.text());
      });
      await eventually('the other has it', () => stolen.length === 1);
      expect(blocked.stdout).not.toContain('acked');
    });

    it('and whose process is killed gives its message back long before what was paid ahead is over', async () => {
      const { ready } = await tachyon.readyBroker([], shortLease);
      const blocked = blockingConsumer(ready.router, 600_000, {
        queue: 'q',
        subscriptions: ['n'],
        autoExtend: 300_000,
      });
      await blocked.says('serves');
      const other = await client(ready.router);
      await other.publish('n', 'job');
      await blocked.says('begins job');
      await blocked.kill('SIGKILL');
      const seen: number[] = [];
      await other.consume({ queue: 'q' }, (delivery) => {
        seen.push(delivery.attempt);
      });
      await eventually('it is back', () => seen.length === 1, { withinMs: 30_000 });
      expect(seen).toEqual([1]);
    });
  });

  describe('fanout', () => {
    it('reaches subscribers by pattern, and its receipt says that nothing was kept', async () => {
      const { ready } = await tachyon.readyBroker();
      const one = await client(ready.router, { pub: ready.pub });
      const seen: string[] = [];
      await one.subscribe('metrics.*.cpu', (message) => seen.push(`${message.topic} ${message.text()}`));
      const receipt = await eventually('the first arrives', async () => {
        const given = await one.publish('metrics.a.cpu', { load: 1 }, { mode: 'fanout' });
        return seen.length > 0 && given;
      });
      expect(receipt).toMatchObject({ durability: 'none', position: 0 });
      expect(seen[0]).toBe('metrics.a.cpu {"load":1}');
    });
  });

  describe('a broker that is asked to stop', () => {
    it('lets consumer and producer go on with the one that follows it', async () => {
      const { broker, ready } = await tachyon.readyBroker();
      const one = await client(ready.router);
      const seen: string[] = [];
      await one.consume({ queue: 'q', subscriptions: ['n'], consumerId: 'steady' }, (delivery) => {
        seen.push(delivery.text());
      });
      await one.publish('n', 'before');
      const ended = broker.kill('SIGTERM');
      const during = one.publish('n', 'during');
      await ended;
      await tachyon.readyBroker(['--router', ready.router]);
      await during;
      await one.publish('n', 'after');
      await eventually('all', () => new Set(seen).size === 3);
      await one.drain();
    });
  });
});
