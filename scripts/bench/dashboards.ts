// What dashboards cost the messages: the p99 from the moment at which a message is due until its consumer has it, with
// nobody looking and with many looking, in turn on the same broker. Broker, gateway, traffic and dashboards are
// processes of their own. Prints medians, and whether the p99 moves by less than a tenth.
//
//   npx tsx scripts/bench/dashboards.ts [--dashboards 100] [--rounds 5] [--seconds 10] [--rate 1000] [--json]
//
// Broker and gateway are the built executable. Run it on a machine that has nothing else to do.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../../cmd/tachyon-bench/measure/machine.ts';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { openAdmin } from '../../pkg/client/admin.ts';
import type { TrafficOrder, TrafficReport } from './dashboards/traffic.ts';
import { percentile } from './sidecar/ping.ts';

const { values } = parseArgs({
  options: {
    dashboards: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const [dashboards, rounds, seconds, rate] = [values.dashboards, values.rounds, values.seconds, values.rate].map(
  Number,
) as [number, number, number, number];
if ([dashboards, rounds, seconds, rate].some((value) => !(value > 0)))
  throw new RangeError('every option is a number above 0');

const TOKEN = 'bench-token-of-a-dashboard';
const QUEUES = 50;

interface Round {
  readonly looking: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const machine = describeMachine();
const tachyon = new Tachyon();
const children: ChildProcess[] = [];
try {
  const { ready } = await tachyon.readyBroker();
  const admin = await openAdmin({ socketPath: join(tachyon.dataFolder, 'admin.sock') });
  await admin.request('queues.declare', { queue: 'traffic', patterns: ['traffic.>'] });
  for (let n = 0; n < QUEUES; n += 1)
    await admin.request('queues.declare', { queue: `q${n}`, patterns: [`other.${n}`] });
  await admin.close();
  const gateway = tachyon.start(['gateway'], {
    env: {
      DATA_DIR: tachyon.dataFolder,
      GATEWAY_PORT: '0',
      ADMIN_TOKEN: TOKEN,
      GATEWAY_REQUESTS_PER_SECOND: '1000000',
    },
  });
  const address = await gateway.until(
    'ready',
    ({ log }) => log.find(({ msg }) => msg === 'ready')?.['gateway'] as string | undefined,
  );
  const traffic = await child('traffic.ts', [ready.router]);
  const watchers = await child('watchers.ts', [address, TOKEN]);
  // Warm, and not counted.
  await measured(traffic, watchers, dashboards);
  const done: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? [0, dashboards] : [dashboards, 0];
    for (const looking of order) done.push(await measured(traffic, watchers, looking));
  }
  report(done);
} finally {
  for (const one of children) one.disconnect();
  await tachyon.remove();
}

async function child(file: string, args: readonly string[]): Promise<ChildProcess> {
  const one = fork(join(import.meta.dirname, 'dashboards', file), args);
  children.push(one);
  await once(one, 'message');
  return one;
}

async function measured(traffic: ChildProcess, watchers: ChildProcess, looking: number): Promise<Round> {
  await answered(watchers, { dashboards: looking });
  const { latenciesMs } = (await answered(traffic, { seconds, rate } satisfies TrafficOrder)) as TrafficReport;
  return { looking, p50Ms: percentile(latenciesMs, 0.5), p99Ms: percentile(latenciesMs, 0.99) };
}

async function answered(to: ChildProcess, order: object): Promise<unknown> {
  const told = once(to, 'message');
  to.send(order);
  return (await told)[0];
}

function report(done: readonly Round[]): void {
  const median = (looking: number, of: (round: Round) => number): number => {
    const figures = done
      .filter((round) => round.looking === looking)
      .map(of)
      .sort((a, b) => a - b);
    return percentile(figures, 0.5);
  };
  const figures = [0, dashboards].map((looking) => ({
    looking,
    p50Ms: median(looking, ({ p50Ms }) => p50Ms),
    p99Ms: median(looking, ({ p99Ms }) => p99Ms),
  }));
  const [none, all] = figures as [Round, Round];
  const ratio = all.p99Ms / none.p99Ms;
  if (values.json)
    return console.log(JSON.stringify({ dashboards, rounds, seconds, rate, figures, ratio, done, machine }, null, 2));
  console.log(`${rate} messages of 100 B a second; medians of ${rounds} rounds of ${seconds} s each, in turn`);
  console.log('| dashboards | p50 ms | p99 ms |');
  console.log('| --- | --- | --- |');
  for (const { looking, p50Ms, p99Ms } of figures)
    console.log(`| ${looking} | ${p50Ms.toFixed(2)} | ${p99Ms.toFixed(2)} |`);
  const words = ratio < 1.1 ? 'less than a tenth' : 'a tenth or more';
  console.log(`p99 with ${dashboards} dashboards is ${ratio.toFixed(2)} of that with none: it moves by ${words}`);
}
