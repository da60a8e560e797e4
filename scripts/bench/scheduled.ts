// What messages that are due later cost: the memory of so many of them, and how late a message is given to a consumer that
// waits for it, while nothing else is done; with and without the others in the same queue's broker.
//
//   npx tsx scripts/bench/scheduled.ts [--messages 1000000] [--size 100] [--timed 300] [--json]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import { connect } from '../../pkg/client/index.ts';
import { declareQueue, fillQueue } from './one-broker/fill-queue.ts';
import { countsOf, megabytes, Report } from './one-broker/report.ts';
import { percentile } from './sidecar/ping.ts';

const FAR_MS = 24 * 3_600_000;
const TIMED = 'timed';
/** Due one after the other, from the first on. */
const FIRST_DUE_MS = 500;
const EVERY_MS = 10;
const SETTLED_MS = 2_000;

interface Lateness {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly early: number;
}

const { counts, json } = countsOf({ messages: 1_000_000, size: 100, timed: 300 });
const { messages, size, timed } = counts;
const report = new Report('scheduled.ts', json);

const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-scheduled-'));
try {
  const broker = await BrokerProcess.start({ dataFolder });
  await declareQueue(broker, TIMED);
  const alone = await lateness(broker);
  tell('nothing else is scheduled', alone);
  const emptyBytes = await rssOf(broker);
  const seconds = await fillQueue(broker, { queue: 'far', messages, size, options: { delayMs: FAR_MS } });
  const fullBytes = await rssOf(broker);
  report.line(
    `${messages} scheduled in ${seconds.toFixed(1)} s; rss ${megabytes(emptyBytes)} before, ${megabytes(fullBytes)} with them`,
  );
  const beside = await lateness(broker);
  tell('they are scheduled', beside);
  await broker.end('SIGKILL');
  const again = await BrokerProcess.start({ dataFolder });
  const [readyMs, recoveredBytes] = [again.ready.readyMs, await rssOf(again)];
  if (again.ready.messages !== messages) throw new Error(`${again.ready.messages} are there after a restart`);
  report.line(`after a restart: ready in ${readyMs} ms, rss ${megabytes(recoveredBytes)}`);
  await again.end('SIGKILL');
  report.end({ messages, size, emptyBytes, fullBytes, recoveredBytes, readyMs, alone, beside });
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
}

/** Once it is at rest, what the filling left behind is collected or not: as an operator would see it. */
async function rssOf(broker: BrokerProcess): Promise<number> {
  await pause(SETTLED_MS);
  const usage = broker.usage();
  if (usage === null) throw new Error('the memory of a process can be read on Linux only');
  return usage.rssBytes;
}

/** Of messages for one consumer, one due every few milliseconds; by the one clock of this machine. */
async function lateness(broker: BrokerProcess): Promise<Lateness> {
  const client = await connect({ router: broker.router, pub: broker.pub });
  const late: number[] = [];
  const all = new Promise<void>((resolve) => {
    void client.consume({ queue: TIMED, subscriptions: [`${TIMED}.>`] }, (delivery) => {
      late.push(Date.now() - Number(Buffer.from(delivery.body).toString()));
      delivery.ack();
      if (late.length === timed) resolve();
    });
  });
  const firstMs = Date.now() + FIRST_DUE_MS;
  const published = Array.from({ length: timed }, (_, index) => {
    const deliverAt = firstMs + index * EVERY_MS;
    return client.publish(`${TIMED}.one`, String(deliverAt), { deliverAt });
  });
  await Promise.all(published);
  await all;
  await client.close();
  const early = late.filter((ms) => ms < 0).length;
  return { p50Ms: percentile(late, 0.5), p99Ms: percentile(late, 0.99), maxMs: Math.max(...late), early };
}

function tell(when: string, { p50Ms, p99Ms, maxMs, early }: Lateness): void {
  report.line(
    `${timed} messages while ${when}: late p50 ${p50Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms; ${early} early`,
  );
}
