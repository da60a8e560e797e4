// Spans of traced messages, against an OTLP/HTTP receiver: one trace from the producer through retries, a restart and a
// replay from the dead letters.

import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { OtlpReceiver, type ReceivedSpan } from '../../internal/testing/otlp-receiver.ts';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { openAdmin } from '../../pkg/client/admin.ts';
import { type Client, connect } from '../../pkg/client/index.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;
const HEADERS = { traceparent: TRACEPARENT, tracestate: 'vendor=1,other=x', 'x-own': 'kept' };

let tachyon: Tachyon;
let receiver: OtlpReceiver;
let endpoint: string;
let clients: Client[];

beforeEach(async () => {
  tachyon = new Tachyon();
  clients = [];
  receiver = new OtlpReceiver();
  endpoint = await receiver.listen();
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await tachyon.remove();
  await receiver.close();
});

async function client(router: string): Promise<Client> {
  const opened = await connect({ router, timeoutMs: 20_000 });
  clients.push(opened);
  return opened;
}

async function declared(): Promise<void> {
  const admin = await openAdmin({ socketPath: join(tachyon.dataFolder, 'admin.sock') });
  await admin.request('queues.declare', {
    queue: 'orders',
    patterns: ['orders.*'],
    attempts_max: 2,
    backoff_initial_ms: 1,
    backoff_max_ms: 1,
  });
  await admin.close();
}

const named = (name: string): ReceivedSpan[] => receiver.spans.filter((span) => span.name === name);
const outcomes = (): unknown[] => named('deliver orders').map(({ attributes }) => attributes['tachyon.outcome']);

test('one trace tells of a message from the publish to the ack, through a retry, the dead letters, a restart and a replay', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: 'broker-1' };
  const { ready, broker } = await tachyon.readyBroker([], { env });
  await declared();
  const first = await client(ready.router);
  await first.publish('orders.created', 'body', { messageId: 'm-1', headers: HEADERS });
  const seen: unknown[] = [];
  await first.consume({ queue: 'orders' }, async (delivery) => {
    seen.push(delivery.headers);
    delivery.nack({ reason: 'not yet' });
  });
  await eventually('it is a dead letter', () => outcomes().includes('dead_lettered'));
  expect(seen).toEqual([HEADERS, HEADERS]);

  const [published] = named('publish orders.created');
  expect(published).toMatchObject({
    traceId: TRACE,
    parentSpanId: PARENT,
    traceState: 'vendor=1,other=x',
    attributes: {
      'messaging.system': 'tachyon',
      'messaging.operation.name': 'publish',
      'messaging.destination.name': 'orders.created',
      'messaging.message.id': 'm-1',
      'tachyon.queues': 1,
    },
  });
  expect(named('journal')[0]).toMatchObject({ traceId: TRACE, parentSpanId: published?.spanId });
  expect(outcomes()).toEqual(['nack_retryable', 'dead_lettered']);
  const [attempt] = named('deliver orders');
  expect(attempt).toMatchObject({
    traceId: TRACE,
    parentSpanId: PARENT,
    status: { code: 2, message: 'not yet' },
    attributes: { 'messaging.consumer.group.name': 'orders', 'tachyon.attempt': 1 },
  });
  expect(BigInt(attempt?.endTimeUnixNano ?? 0)).toBeGreaterThan(BigInt(attempt?.startTimeUnixNano ?? 0));
  expect([...receiver.services]).toEqual(['broker-1']);

  await first.close();
  await broker.kill('SIGTERM');
  const again = await tachyon.readyBroker([], { env });
  const second = await client(again.ready.router);
  const { code } = await tachyon
    .start([
      ...['dlq', 'replay', '--ids', 'm-1', '--target-consumer', 'orders', '--target-topic', 'orders.created'],
      ...['--confirm', 'REPLAY', '--data-dir', tachyon.dataFolder],
    ])
    .finished();
  expect(code).toBe(0);
  await second.consume({ queue: 'orders' }, (delivery) => {
    seen.push(delivery.headers);
  });
  await eventually('the replay was acked', () => outcomes().includes('acked'));
  expect(seen.at(-1)).toEqual(HEADERS);
  const [ack] = named('ack');
  expect(ack).toMatchObject({ traceId: TRACE, parentSpanId: named('deliver orders').at(-1)?.spanId });
});

test('what no producer traces, or asks not to record, makes no span', async () => {
  const { ready, broker } = await tachyon.readyBroker([], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
  await declared();
  const own = await client(ready.router);
  let handled = 0;
  await own.consume({ queue: 'orders' }, () => {
    handled += 1;
  });
  await own.publish('orders.a', 'untraced', { headers: { 'x-own': '1' } });
  await own.publish('orders.b', 'not recorded', { headers: { traceparent: `00-${TRACE}-${PARENT}-00` } });
  await own.publish('orders.c', 'no context', { headers: { traceparent: 'rubbish' } });
  await own.publish('orders.d', 'recorded', { headers: { traceparent: TRACEPARENT } });
  await eventually('all were handled', () => handled === 4);
  await own.drain();
  await broker.kill('SIGTERM');
  // What waited is sent before the broker ends.
  expect(receiver.spans.map(({ name }) => name).sort()).toEqual([
    'ack',
    'deliver orders',
    'journal',
    'publish orders.d',
  ]);
});

test('a receiver that is away costs its spans and a line in the log, and no message', async () => {
  receiver.refuses = true;
  const { ready, broker } = await tachyon.readyBroker([], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
  await declared();
  const own = await client(ready.router);
  let handled = 0;
  await own.consume({ queue: 'orders' }, () => {
    handled += 1;
  });
  for (let i = 0; i < 100; i += 1) await own.publish('orders.a', 'x', { headers: { traceparent: TRACEPARENT } });
  await eventually('all were handled', () => handled === 100);
  await eventually('it is told', () => broker.stdout.includes('spans could not be sent'));
});

test('of a receiver that never answers every lost span is counted, and told in the log', async () => {
  receiver.hangs = true;
  const { ready, broker } = await tachyon.readyBroker([], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
  await declared();
  const admin = await openAdmin({ socketPath: join(tachyon.dataFolder, 'admin.sock') });
  const own = await client(ready.router);
  const messages = 12_000;
  const made = 2 * messages; // a publish, and the journal inside it
  const publishes: Promise<unknown>[] = [];
  for (let i = 0; i < messages; i += 1) {
    publishes.push(own.publish('orders.a', 'x', { headers: { traceparent: TRACEPARENT } }));
    if (publishes.length === 500) await Promise.all(publishes.splice(0));
  }
  await Promise.all(publishes);
  const status = async (): Promise<Record<string, number>> => {
    const { tracing } = (await admin.request('status', {})) as { tracing: Record<string, number> };
    return tracing;
  };
  const { sent = 0, waiting = 0, unsent = 0, dropped = 0, untraced } = await status();
  expect(sent + waiting + unsent + dropped).toBe(made);
  expect({ sent, untraced }).toEqual({ sent: 0, untraced: 0 });
  expect(waiting).toBeLessThanOrEqual(16_384);
  expect(dropped).toBeGreaterThan(0);
  await admin.close();
  await own.close();
  await broker.kill('SIGTERM');
  const told = broker.stdout
    .split('\n')
    .filter((line) => line.includes('spans could not be sent'))
    .map((line) => JSON.parse(line) as { time: number | string; unsent: number; dropped: number });
  expect(told.reduce((sum, line) => sum + line.unsent + line.dropped, 0)).toBe(made);
  // The first at once, the last at the end, and between them one every ten seconds.
  const tookMs = new Date(told.at(-1)?.time ?? 0).getTime() - new Date(told[0]?.time ?? 0).getTime();
  expect(told.length).toBeLessThanOrEqual(2 + Math.ceil(tookMs / 10_000));
}, 60_000);

test('an address that is none keeps the broker from starting, by name', async () => {
  const { code, stderr } = await tachyon
    .broker([], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' } })
    .finished();
  expect(code).not.toBe(0);
  expect(stderr).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
});
