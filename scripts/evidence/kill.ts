// `npm run evidence -- kill [--n 300] [--keep]`: a real broker under load is killed with SIGKILL n times on one growing data
// folder of 1 MiB segments: at random moments, and on purpose during rotation, checkpoint, trim and recovery. At the end
// everything is drained and judged by the producers' own synced books. Exits 1 when anything confirmed was lost or changed.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Running, TACHYON_MAIN } from '../../internal/testing/processes/tachyon.ts';
import { openAdmin } from '../../pkg/client/index.ts';
import { judge } from './kill/judge.ts';
import { type Killed, KillPlan } from './kill/kill-plan.ts';
import { BrokerRounds } from './kill/rounds.ts';

const PRODUCER = new URL('./kill/producer.ts', import.meta.url);
const CONSUMER = new URL('./kill/consumer.ts', import.meta.url);

const { values } = parseArgs({
  options: { n: { type: 'string', default: '300' }, keep: { type: 'boolean', default: false } },
});
const n = Number(values.n);
if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`--n is a count of kills from 1 on, not ${values.n}`);

const root = mkdtempSync(join(tmpdir(), 'tachyon-kill-'));
const book = (name: string): string => join(root, `${name}.book`);
const producers = ['p1', 'p2'];
const workers = ['w1', 'w2'];
const router = `ipc://${join(root, 'router.sock')}`;
const children: ChildProcess[] = [];
let ok = false;

const start = (program: URL, args: readonly string[]): ChildProcess => {
  const child = fork(program, args, { execArgv: ['--import', 'tsx'] });
  children.push(child);
  return child;
};
const report = async (child: ChildProcess): Promise<unknown> => {
  const [told] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`a process of the load ended with ${code}`);
    }),
  ])) as [unknown];
  return told;
};

try {
  const began = performance.now();
  const rounds = new BrokerRounds(TACHYON_MAIN, root, router);
  const plan = new KillPlan(n);
  let broker: Running = await rounds.ready();
  const admin = await openAdmin({ socketPath: rounds.adminSocket });
  await admin.request('queues.declare', {
    queue: 'work',
    patterns: ['load.>'],
    attempts_max: 255,
    returns_max: 65_535,
  });
  await admin.request('queues.declare', {
    queue: 'kept',
    patterns: ['load.kept'],
    attempts_max: 255,
    returns_max: 65_535,
  });
  await admin.close();
  const load = producers.map((name) => start(PRODUCER, [router, name, book(name)]));
  const work = workers.map((name) => start(CONSUMER, [router, name, 'work', book(name)]));

  const kills: Killed[] = [];
  while (kills.length < n) {
    const killed = await rounds.killOnce(broker, plan.next(kills));
    kills.push(killed);
    broker = await rounds.start(plan.recoveryIsNext(kills));
    if (process.stderr.isTTY) process.stderr.write(`\r${kills.length} of ${n} kills`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  await broker.ready();

  const produced = load.map(report);
  for (const child of load) child.send('stop');
  const reports = await Promise.all(produced);
  const drained = work.map(report);
  for (const child of work) child.send('stop');
  await Promise.all(drained);
  const keeper = start(CONSUMER, [router, 'keeper', 'kept', book('keeper')]);
  const kept = report(keeper);
  keeper.send('stop');
  await kept;
  const { recoveredEvents, readyMs } = await broker.ready();
  const status = await rounds.status();
  await broker.kill('SIGTERM');

  const verdict = judge(producers.map(book), workers.map(book), [book('keeper')]);
  const during = plan.tally(kills);
  const inPhases = n - during.load;
  ok = verdict.lost.length === 0 && verdict.damaged.length === 0 && verdict.confirmed > 0 && inPhases >= 0.3 * n;
  const row = (name: string, value: string | number): string => `  ${name.padEnd(34)} ${value}`;
  const percent = `${Math.round((100 * inPhases) / n)} %`;
  console.log(
    [
      `${n} kills in ${((performance.now() - began) / 1000).toFixed(0)} s`,
      ...Object.entries(during).map(([moment, count]) => row(`killed during ${moment}`, count)),
      row('  in a phase, of all', percent),
      row('confirmed (in the synced books)', verdict.confirmed),
      row('seen', verdict.seen),
      row('lost', verdict.lost.length),
      row('with another body', verdict.damaged.length),
      row('duplicates', verdict.duplicates),
      row('seen without a confirm', verdict.unconfirmed),
      row('events at the last recovery', `${recoveredEvents} in ${readyMs} ms`),
    ].join('\n'),
  );
  const { lost, damaged } = verdict;
  console.log(
    JSON.stringify({
      ok,
      kills: n,
      during,
      ...verdict,
      lost: lost.length,
      damaged: damaged.length,
      examples: [...lost, ...damaged].slice(0, 10),
      producers: reports,
      proofs: plan.proofs(kills),
      status,
    }),
  );
  console.log(ok ? 'passed' : 'FAILED');
  process.exitCode = ok ? 0 : 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  if (ok && !values.keep) rmSync(root, { recursive: true, force: true });
  else console.log(`the data folder and the books are kept in ${root}`);
}
