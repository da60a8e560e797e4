// Quotas, throttles and overload of a real broker: set by variables, met by clients, seen by commands.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { type Client, type ConnectOptions, connect } from '../../pkg/client/index.ts';

let tachyon: Tachyon;
let open: { close(): unknown }[];

beforeEach(() => {
  tachyon = new Tachyon();
  open = [];
});
afterEach(async () => {
  for (const one of open) await one.close();
  await tachyon.remove();
});

interface Limits {
  readonly all: Readonly<Record<string, number>>;
  readonly tenants: readonly (Readonly<Record<string, number>> & {
    readonly limits: Readonly<Record<string, number>>;
  })[];
  readonly throttles: readonly Readonly<Record<string, unknown>>[];
  readonly overload: { readonly level: string; readonly signal: string };
}
const limits = async (): Promise<Limits> => (await tachyon.parsed(['limits'])) as Limits;

async function broker(env: Readonly<Record<string, string>>, options: Partial<ConnectOptions> = {}): Promise<Client> {
  const { ready } = await tachyon.readyBroker([], { env });
  await tachyon.good(['queues', 'declare', 'orders', '--bind', 'orders.>']);
  const client = await connect({ router: ready.router ?? '', pub: ready.pub ?? '', ...options });
  open.push(client);
  return client;
}

/** The code that each of them is refused with; null where it is taken. */
const say = (client: Client, count: number, options: { readonly priority?: string } = {}): Promise<(string | null)[]> =>
  Promise.all(
    Array.from({ length: count }, () =>
      client.publish('orders.a', 'x', options).then(
        () => null,
        ({ code }: { code: string }) => code,
      ),
    ),
  );

describe('the bounds of the broker', () => {
  it.each([['MAX_GLOBAL_INGRESS'], ['MAX_QUEUED_DIRECT']])(
    '%s bounds what waits and what there is in all: the next publish is refused, and taken when there is room again',
    async (name) => {
      const client = await broker({ [name]: '3' });
      expect(await say(client, 5)).toEqual([null, null, null, 'BUSY', 'BUSY']);
      await tachyon.good(['queues', 'purge', 'orders', '--confirm', 'PURGE']);
      expect(await say(client, 1)).toEqual([null]);
      expect((await limits()).all).toMatchObject({ ingress: 1, queued: 1, inflight: 0 });
    },
  );
});

describe('TENANT_QUOTAS_JSON', () => {
  it('bounds what a tenant has in queues, has waiting and has with consumers', async () => {
    const quota = { max_inflight: 2, max_queued: 3, max_ingress: 4 };
    const client = await broker({ TENANT_QUOTAS_JSON: JSON.stringify({ '': quota }) });
    const held: (() => unknown)[] = [];
    await client.consume({ queue: 'orders' }, () => new Promise<void>((done) => held.push(done)));
    expect(await say(client, 2)).toEqual([null, null]);
    while ((await limits()).all['inflight'] !== 2) await new Promise((resolve) => setImmediate(resolve));
    expect((await say(client, 4)).filter((code) => code === null).length).toBe(2);
    expect(await tachyon.parsed(['why', 'orders'])).toMatchObject([
      { check: 'delivery', detail: expect.stringMatching(/^tenant_inflight_full: /) },
      {},
      {},
    ]);
    expect((await limits()).tenants).toMatchObject([{ inflight: 2, queued: 2, limits: quota }]);
    // Each one that is settled makes room for the next.
    for (let settled = 0; settled < 4; ) {
      const done = held.shift();
      done?.();
      if (done !== undefined) settled += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('that cannot be read is refused at the start: it never means that nothing is bounded', async () => {
    const env = { TENANT_QUOTAS_JSON: '{"a":{"max_inflihgt":2}}' };
    const end = await tachyon.broker([], { env }).finished();
    expect(end.code).toBe(2);
    expect(end.stderr).toContain('tenant "a" has "max_inflihgt": known are max_inflight');
  });
});

describe('a client that waits', () => {
  it('is not refused by a throttle: its messages come as fast as they may', async () => {
    const rule = { scope: 'topic', match: 'orders.>', messages_per_second: 50, burst_ms: 20 };
    const client = await broker({ THROTTLES_JSON: JSON.stringify([rule]) }, { onBrokerFull: 'wait' });
    expect(await say(client, 12)).toEqual(Array.from({ length: 12 }, () => null));
    expect((await limits()).throttles).toMatchObject([rule]);
    expect(await tachyon.parsed(['status'])).toMatchObject({ counters: { throttled: 0 } });
  });
});

describe('QUEUE_POLICY_ENABLED', () => {
  it('sheds the lowest class when the backlog reaches its fraction, and shows the level in status', async () => {
    const client = await broker({
      MAX_GLOBAL_INGRESS: '100',
      QUEUE_POLICY_ENABLED: 'true',
      QUEUE_POLICY_EVALUATION_INTERVAL_MS: '100',
      QUEUE_POLICY_MIN_HOLD_MS: '100',
      QUEUE_POLICY_MEMORY_LIMIT_BYTES: '8589934592',
      QUEUE_POLICY_MEMORY_PRESSURE_HIGH_WATERMARK: '0.85',
      QUEUE_POLICY_CLASS_CIRCUIT_BREAKER: 'true',
      QUEUE_POLICY_CLASS_BREAKER_QUEUE_FRACTION: '0.8',
    });
    await say(client, 82);
    while ((await limits()).overload.level === 'normal') await new Promise((resolve) => setImmediate(resolve));
    expect(await say(client, 1, { priority: 'low' })).toEqual(['OVERLOADED']);
    expect(await say(client, 1, { priority: 'urgent' })).toEqual([null]);
    expect(await tachyon.parsed(['status'])).toMatchObject({ overload: { level: 'shedding', signal: 'backlog' } });
    await tachyon.good(['queues', 'purge', 'orders', '--confirm', 'PURGE']);
    while ((await limits()).overload.level !== 'normal') await new Promise((resolve) => setImmediate(resolve));
    expect(await say(client, 1, { priority: 'low' })).toEqual([null]);
  });
});
