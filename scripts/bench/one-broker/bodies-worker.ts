// A client process of the measurement of large bodies: publishes to one queue and takes from it, at a rate or as fast as
// its window lets it, for some seconds; then tells its figures and ends.

import { connect } from '../../../pkg/client/index.ts';

export interface Given {
  readonly router: string;
  readonly pub: string;
  readonly queue: string;
  readonly size: number;
  readonly seconds: number;
  /** Published and not yet settled, at most. */
  readonly window: number;
  /** Messages a second; 0: as fast as the window lets. */
  readonly rate: number;
}

export interface LargeFigures {
  readonly messages: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export interface SmallFigures extends LargeFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const given = JSON.parse(process.argv[2] ?? '{}') as Given;
const client = await connect({
  router: given.router,
  pub: given.pub,
  timeoutMs: 30_000,
  bufferBytes: 2 * given.window * given.size + 16_000_000,
});
const body = Buffer.alloc(given.size, 0x78);
const timesMs: number[] = [];
let published = 0;
let settled = 0;
let wake: () => void = () => undefined;
await client.consume({ queue: given.queue }, (delivery) => {
  timesMs.push(performance.now() - Buffer.from(delivery.body.buffer, delivery.body.byteOffset).readDoubleLE(0));
  settled += 1;
  wake();
});

const cpuFrom = process.cpuUsage();
const startedMs = performance.now();
const untilMs = startedMs + given.seconds * 1e3;
await (given.rate === 0 ? asFastAsItGoes() : steadily());
while (settled < published) await woken();
const seconds = (performance.now() - startedMs) / 1e3;
const { user, system } = process.cpuUsage(cpuFrom);
await client.drain();
timesMs.sort((a, b) => a - b);
const at = (share: number): number => timesMs[Math.floor(timesMs.length * share)] ?? Number.NaN;
const figures: SmallFigures = {
  messages: settled,
  seconds,
  cpuSeconds: (user + system) / 1e6,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
};
process.send?.(figures);

async function asFastAsItGoes(): Promise<void> {
  while (performance.now() < untilMs) {
    while (published - settled < given.window) publish();
    await woken();
  }
}

/** By the clock, whatever became of those before: a delay is not hidden by what it delays. */
async function steadily(): Promise<void> {
  for (let next = startedMs; next < untilMs; next += 1e3 / given.rate) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
    publish(next);
  }
}

function publish(atMs = performance.now()): void {
  const stamped = Buffer.from(body);
  stamped.writeDoubleLE(atMs, 0);
  published += 1;
  client.publish(`${given.queue}.one`, stamped).catch((error: unknown) => {
    throw error;
  });
}

function woken(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
  });
}
