// Consumers that are kept between requests: whose they are, how many, how long, and what a lost connection means. The
// client is a small one made here; real messages are in the e2e test.

import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import type { Client } from '../../pkg/client/client.ts';
import type { Consumer } from '../../pkg/client/consume/consumer.ts';
import type { Delivery } from '../../pkg/client/consume/delivery.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { HttpConsumers } from './consumers.ts';

class HeldDelivery {
  isOpen = true;
  readonly deliveryId: number;
  readonly said: string[] = [];

  constructor(deliveryId: number) {
    this.deliveryId = deliveryId;
  }

  ack(): Promise<object> {
    this.said.push('ack');
    this.isOpen = false;
    const isStale = this.deliveryId === 13;
    return isStale ? Promise.reject(new TachyonError('STALE_DELIVERY')) : Promise.resolve({ position: 1 });
  }

  nack({ status = '' }: { readonly status?: string }): void {
    this.said.push(status);
    this.isOpen = false;
  }
}

interface Setup {
  readonly max?: number;
  readonly idleMs?: number;
  readonly ids?: readonly number[];
}

function theConsumers({ max = 5, idleMs = 60_000, ids = [] }: Setup = {}) {
  const waiting = [...ids];
  const listeners = new Set<(status: { connection: string }) => void>();
  const ended: string[] = [];
  const made: HeldDelivery[] = [];
  const consume = ({ consumerId = '' }: { consumerId?: string }): Promise<Partial<Consumer>> => {
    let end = (): void => undefined;
    const closed = new Promise<null>((resolve) => {
      end = () => resolve(null);
    });
    return Promise.resolve({
      fetch: (count: number) => {
        const deliveries = waiting.splice(0, count).map((id) => new HeldDelivery(id));
        made.push(...deliveries);
        return Promise.resolve(deliveries as unknown as Delivery[]);
      },
      close: () => {
        ended.push(consumerId);
        end();
        return Promise.resolve();
      },
      closed: () => closed,
    });
  };
  const on = (_type: string, listener: (status: { connection: string }) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const client = { consume, on } as unknown as Client;
  const released: number[] = [];
  let nowMs = 0;
  const consumers = new HttpConsumers({
    hold: () => ({ client: Promise.resolve(client), release: () => released.push(1) }),
    max,
    idleMs,
    timeoutMs: 1_000,
    nowMs: () => nowMs,
  });
  opened.push(consumers);
  return {
    consumers,
    made,
    ended,
    pass: (ms: number) => {
      nowMs += ms;
    },
    disconnect: (consumer: string) => {
      for (const listener of listeners) listener({ connection: `consume:${consumer}` });
    },
    listeners,
    released,
  };
}

const opened: HttpConsumers[] = [];
afterEach(async () => {
  for (const consumers of opened.splice(0)) await consumers.close();
});

const W1 = { owner: 'ci', tenant: '', consumer: 'w1' };
const FETCH = { ...W1, queue: 'orders', patterns: [], count: 10, waitMs: 0 };

describe('HttpConsumers', () => {
  it('hands out what is there and settles by id, telling each that could not be', async () => {
    const { consumers, made } = theConsumers({ ids: [11, 12, 13, 14] });
    const deliveries = await consumers.fetch(FETCH);
    expect(deliveries.map(({ deliveryId }) => deliveryId)).toEqual([11, 12, 13, 14]);
    expect(await consumers.ack(W1, [11, 13, 99, 11])).toMatchObject({
      settled: 1,
      failures: [
        { delivery_id: 99, code: 'UNKNOWN_DELIVERY' },
        { delivery_id: 13, code: 'STALE_DELIVERY' },
      ],
    });
    expect(await consumers.nack(W1, [12], { status: 'terminal' })).toEqual({ settled: 1, failures: [] });
    expect(made.map(({ said }) => said.join())).toEqual(['ack', 'terminal', 'ack', '']);
    consumers.giveBack(deliveries.slice(3));
    expect(made[3]?.said).toEqual(['returned']);
  });

  it('keeps a consumer for the token that opened it, and for one queue', async () => {
    const { consumers } = theConsumers({ ids: [11] });
    await consumers.fetch(FETCH);
    await expect(consumers.fetch({ ...FETCH, owner: 'other' })).rejects.toMatchObject({ code: 'ROLE_TOO_LOW' });
    await expect(consumers.ack({ ...W1, owner: 'other' }, [11])).rejects.toMatchObject({ code: 'ROLE_TOO_LOW' });
    await expect(consumers.fetch({ ...FETCH, queue: 'p' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(consumers.ack({ ...W1, consumer: 'w2' }, [11])).rejects.toMatchObject({ code: 'CONSUMER_NOT_FOUND' });
    await expect(consumers.ack({ ...W1, tenant: 't' }, [11])).rejects.toMatchObject({ code: 'CONSUMER_NOT_FOUND' });
  });

  it('has a bound, and room again when one leaves', async () => {
    const { consumers, ended, released } = theConsumers({ max: 1 });
    await consumers.fetch(FETCH);
    await expect(consumers.fetch({ ...FETCH, consumer: 'w2' })).rejects.toMatchObject({ code: 'BUSY' });
    await consumers.leave(W1);
    expect(ended).toEqual(['w1']);
    await eventually('that its client is not held any more', () => released.length === 1);
    expect(await consumers.fetch({ ...FETCH, consumer: 'w2' })).toEqual([]);
  });

  it('ends one that nobody used for long, so that what it holds goes back', async () => {
    const { consumers, ended, pass } = theConsumers({ idleMs: 20, ids: [11] });
    await consumers.fetch(FETCH);
    pass(21);
    await eventually('the end of the idle consumer', () => ended.length === 1);
    expect(consumers.size).toBe(0);
  });

  it('says that the broker is away instead of that there is nothing', async () => {
    const { consumers, disconnect, listeners } = theConsumers();
    await consumers.fetch(FETCH);
    const fetching = consumers.fetch(FETCH);
    disconnect('w1');
    await expect(fetching).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
    expect(consumers.size).toBe(0);
    await eventually('that nobody listens for it any more', () => listeners.size === 0);
    expect(await consumers.fetch(FETCH)).toEqual([]);
  });
});
