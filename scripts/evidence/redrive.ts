// `npm run evidence -- redrive [--n 100000] [--json]`: a queue's dead letters are replayed by one job while the broker is
// killed in the middle and messages of another queue go on; then they are dead-lettered again and purged by another job
// that is killed too. Fails when a record is missing after the replay or left after the purge, when the audit log does
// not verify or does not name each record of each job, or when the live messages lost one.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ArrivalBook } from '../../cmd/tachyon-bench/measure/arrival-book.ts';
import { describeMachine } from '../../cmd/tachyon-bench/measure/machine.ts';
import { BodyMaker, readStamp } from '../../cmd/tachyon-bench/measure/stamped-body.ts';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import { type Client, connect } from '../../pkg/client/index.ts';
import { LiveTraffic } from './redrive/live-traffic.ts';
import { verifyAudit } from './redrive/verify-audit.ts';

const QUEUE = 'poison';
const TOPIC = 'poison.one';
const BODY_BYTES = 100;
const WINDOW = 16_384;
const LOOK_MS = 20;
const ACTOR = { actor: 'evidence', reason: 'redrive' };

interface Job {
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}

const { values } = parseArgs({ options: { n: { type: 'string', default: '100000' }, json: { type: 'boolean' } } });
const n = Number(values.n);
if (!Number.isSafeInteger(n) || n < 2_000) throw new RangeError(`--n is a count from 2000 on, not ${values.n}`);

const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-redrive-'));
const env = { DLQ_RECORDS_MAX: String(Math.max(100_000, n)) };
let broker = await BrokerProcess.start({ dataFolder, env });
const live = await LiveTraffic.start(broker.router);
const faults: string[] = [];
const facts: Record<string, number | string> = { records: n };
try {
  await asked('queues.declare', { ...ACTOR, queue: QUEUE, patterns: ['poison.>'], attempts_max: 1 });
  await publishAll();
  await deadLetterAll();
  await killedJob('replay', { target_consumer: QUEUE, target_topic: TOPIC, confirm: 'REPLAY' });
  facts['after the replay'] = await deadLetterAll();
  await killedJob('purge', { confirm: 'PURGE' });
  const left = ((await asked('queues.show', { queue: QUEUE })) as { dead_letters: number }).dead_letters;
  if (left !== 0) faults.push(`${left} dead letters are left after the purge`);
  const { published, received } = await live.end();
  facts['live messages'] = published;
  if (received !== published) faults.push(`of ${published} live messages that were confirmed ${received} arrived`);
} finally {
  await broker.end();
}
const audit = await verifyAudit(join(dataFolder, 'audit'));
for (const operation of ['replay_dead_letter', 'purge_dead_letter']) {
  const named = audit.targets.get(operation)?.size ?? 0;
  if (named !== n) faults.push(`the audit log names ${named} records of ${operation}, and there were ${n}`);
}
facts['audit entries'] = audit.entries;
facts['longest audit line'] = `${audit.longestLine} B`;
if (audit.fault !== null) faults.push(`the audit log does not verify: ${audit.fault}`);
rmSync(dataFolder, { recursive: true, force: true });
report();

async function asked(word: string, args: object): Promise<unknown> {
  const admin = await broker.openAdmin();
  try {
    return await admin.request(word, args, { timeoutMs: 60_000 });
  } finally {
    await admin.close();
  }
}

async function publishAll(): Promise<void> {
  const client = await connect({ router: broker.router });
  const bodies = new BodyMaker(0, BODY_BYTES);
  const messageOf = (index: number) => ({
    topic: TOPIC,
    body: bodies.make(index, 0),
    messageId: `poison-${index}`,
  });
  for (let from = 0; from < n; from += WINDOW) {
    const count = Math.min(WINDOW, n - from);
    await client.publishBatch(Array.from({ length: count }, (_none, i) => messageOf(from + i)));
  }
  await client.close();
}

/** Everything of the queue into the dead letters; gives how many distinct messages came by. */
async function deadLetterAll(): Promise<number> {
  const book = new ArrivalBook([n]);
  const client: Client = await connect({ router: broker.router, timeoutMs: 30_000 });
  await client.consume({ queue: QUEUE }, (delivery) => {
    const stamp = readStamp(delivery.body);
    if (stamp !== null) book.note(stamp.producer, stamp.index);
    delivery.nack({ status: 'terminal', reason: 'poison' });
  });
  await until(`${n} dead letters`, async () => {
    const { dead_letters: dead, depth } = (await asked('queues.show', { queue: QUEUE })) as Record<string, number>;
    return depth === 0 && dead === n;
  });
  await client.close();
  if (book.distinct !== n) faults.push(`${book.distinct} distinct messages of ${n} came by`);
  return book.distinct;
}

/** Starts a job over all, kills the broker when about half of it is done, starts it again and waits for the job's end. */
async function killedJob(kind: 'replay' | 'purge', order: object): Promise<void> {
  const startedMs = performance.now();
  const { job } = (await asked(`dlq.${kind}`, { ...ACTOR, queue: QUEUE, ...order })) as { job: number };
  let halfway = 0;
  await until('half of it is done', async () => {
    halfway = (await jobOf(job)).done;
    return halfway >= n / 2;
  });
  await broker.end('SIGKILL');
  broker = await BrokerProcess.start({ dataFolder, env, router: broker.router });
  const resumed = await jobOf(job);
  await until('the job ends', async () => (await jobOf(job)).state !== 'running');
  const ended = await jobOf(job);
  facts[`${kind}: done at the kill`] = halfway;
  facts[`${kind}: done after the start`] = resumed.done;
  facts[`${kind}: seconds`] = Math.round((performance.now() - startedMs) / 10) / 100;
  if (halfway >= n) faults.push(`${kind}: the kill came too late to show anything`);
  if (ended.state !== 'done' || ended.done !== n || ended.failed !== 0)
    faults.push(`${kind}: the job ended as ${JSON.stringify(ended)}`);
}

async function jobOf(job: number): Promise<Job> {
  return (await asked('jobs.show', { job })) as Job;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 300_000;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not within five minutes: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function report(): void {
  const passed = faults.length === 0;
  const machine = describeMachine();
  if (values.json === true) console.log(JSON.stringify({ passed, faults, facts, machine }, null, 2));
  else {
    for (const [what, value] of Object.entries(facts))
      console.log(`${what.padEnd(28)} ${value.toLocaleString('en-US')}`);
    for (const fault of faults) console.log(`FAILED: ${fault}`);
    console.log(passed ? 'passed' : 'FAILED');
  }
  process.exitCode = passed ? 0 : 1;
}
