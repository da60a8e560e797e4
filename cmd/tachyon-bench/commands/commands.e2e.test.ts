// Every timed command as its own process, short and small: the lines that the documents print run, and what they print
// is whole. How fast anything is, no test says.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../internal/testing/eventually.ts';
import { connect } from '../../../pkg/client/index.ts';
import type { RunFigures } from '../judge.ts';
import type { Step } from '../measure/step-verdict.ts';
import { CSV_HEAD } from '../output/csv.ts';
import { BrokerProcess } from '../processes/broker-process.ts';
import { BENCH_ENTRY } from '../processes/entries.ts';
import { runOn, withBroker } from '../run.ts';
import { PATTERN, QUEUE, type RunSettings } from '../settings.ts';
import type { Progress } from '../work/words.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Small windows: a busy machine fills them late. */
const SMALL = ['--warm-up', '200ms', '--window', '64', '--drain', '20s'];

/** `line` as somebody types it, without the name of the program. */
async function bench(line: string, ...more: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [BENCH_ENTRY, ...line.split(' '), ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

function jsonOf<T>({ code, stdout, stderr }: Ended): T {
  expect({ code, stderr, stdout }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as T;
}

const folder = mkdtempSync(join(tmpdir(), 'tachyon-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('tachyon-bench harness', () => {
  it('measures direct messages, compressed end to end, and says what each process paid', async () => {
    const line = 'harness --mode direct-ack --payload-class small --compress=true --duration 1s';
    const figures = jsonOf<RunFigures>(await bench(line, ...SMALL, '--json'));
    expect(figures).toMatchObject({ ok: true, faults: [], missing: 0, unexpected: 0, durability: 'disk' });
    expect(figures.settings).toMatchObject({ mode: 'direct-ack', payloadSize: 512, producers: 2, durationMs: 1_000 });
    expect(figures.received).toBe(figures.confirmed);
    expect(figures.seconds).toBe(1);
    expect(figures.packedShare).toBeLessThan(0.7);
    for (const name of ['broker', 'producer', 'consumer'] as const) {
      expect(figures.cpuMicrosPerMessage[name]).toBeGreaterThan(0);
      expect(figures.heapBytesPerMessage[name]).toBeGreaterThan(0);
    }
    expect(figures.device?.bytesPerSecond).toBeGreaterThan(0);
    expect(figures.device?.share).toBeGreaterThan(0);
    const { p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs } = figures.latency.consumer;
    const rising = [p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs];
    expect(rising).toEqual(rising.toSorted((a, b) => a - b));
  });

  it('measures fanout: every subscriber receives every message', async () => {
    const line = 'harness --mode fanout --fanout-subs 8 --payload-class medium --compress=false --duration 1s';
    const figures = jsonOf<RunFigures>(await bench(line, ...SMALL, '--json'));
    expect(figures).toMatchObject({ ok: true, missing: 0, durability: 'none', packedShare: 1 });
    expect(figures.received).toBe(figures.published * 8);
  });

  it('measures a mix of topics, each with a queue of its own', async () => {
    const line = 'harness --mode mixed --mixed-topics 8 --payload-class medium --compress=true --duration 1s';
    const figures = jsonOf<RunFigures>(await bench(line, ...SMALL, '--json'));
    expect(figures).toMatchObject({ ok: true, missing: 0, durability: 'disk' });
    expect(figures.settings).toMatchObject({ mode: 'mixed', topics: 8, payloadSize: 4_096 });
  });

  it('holds a rate, counts latency from when a message was due, and draws it', async () => {
    const svg = join(folder, 'latency.svg');
    const ended = await bench(
      'harness --rate 500 --duration 2s --no-device --payload-size 16B --compress=false',
      ...SMALL,
      '--svg',
      svg,
      '--json',
    );
    const figures = jsonOf<RunFigures>(ended);
    expect(figures.publishedLate).not.toBeNull();
    expect(figures.device).toBeNull();
    // 500 a second for 2.2 s: whatever the machine does, each that was due is published or told to be left out. The last
    // 20 ms may go either way, and a busy machine ends the time late.
    expect(figures.published + figures.leftOut).toBeGreaterThanOrEqual(1_090);
    expect(figures.published + figures.leftOut).toBeLessThanOrEqual(1_300);
    expect(ended.stderr).toContain(svg);
    expect(readFileSync(svg, 'utf8')).toContain('publish to consumer');
  });

  it('measures a broker without a disk where it is told to, and shows progress where it is asked for', async () => {
    const ended = await bench('harness --durability memory --duration 1s --progress', ...SMALL);
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/msg\/s[\s\S]*publish to consumer, warm-up included/),
    });
    expect(ended.stdout).toContain('durability=memory');
    expect(ended.stdout).toMatch(/throughput_msgs_sec=[1-9]/);
    expect(ended.stdout).not.toContain('warm-up');
  });

  it('refuses what cannot be measured, before anything is started', async () => {
    for (const [line, said] of [
      ['harness --mode other', 'direct-ack or fanout or mixed'],
      ['harness --durability tape', 'disk or memory'],
      ['harness --window 4 --batch 5', '--batch 5'],
      ['harness --launch-broker=false --durability memory', 'started here'],
      ['step-load --start-rate 10 --max-rate 5', '--start-rate'],
    ] as const) {
      expect(await bench(line)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    }
    for (const [line, said] of [
      ['harness --payload-class huge', 'small, medium, large'],
      ['harness --duration 10', 'such as'],
      ['harness --compress=perhaps', 'true or false'],
    ] as const) {
      expect(await bench(line)).toMatchObject({ code: 1, stderr: expect.stringContaining(said) });
    }
  });
});

describe('on a broker that runs', () => {
  let broker: BrokerProcess;
  beforeAll(async () => {
    broker = await BrokerProcess.start({ dataFolder: join(folder, 'broker') });
  });
  afterAll(() => broker.end());
  const there = (): string[] => ['--launch-broker=false', '--router', broker.router, '--pub', broker.pub];

  it('says of the broker what is known from outside, and leaves nothing in its queue', async () => {
    const more = [...SMALL, ...there(), '--data-dir', broker.dataFolder, '--json'];
    const figures = jsonOf<RunFigures>(await bench('harness --duration 1s', ...more));
    expect(figures).toMatchObject({ ok: true, missing: 0, cpuSeconds: { broker: null }, gc: { broker: null } });
    expect(figures.syncsPerSecond).toBeGreaterThan(0);
    const admin = await broker.openAdmin();
    expect(await admin.request('status')).toMatchObject({ depth: 0 });
    await admin.close();
  });

  it('fails when somebody else takes its messages', async () => {
    const client = await connect({ router: broker.router, pub: broker.pub });
    await client.consume({ queue: QUEUE, subscriptions: [PATTERN] }, () => undefined);
    const ended = await bench(
      'harness --duration 1s --warm-up 0ms --window 64 --in-flight 0 --drain 500ms',
      ...there(),
    );
    await client.close();
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/FAILED: \d+ messages are missing/);
  });
});

describe('a broker that ends', () => {
  it('ends the run that measures it, at once and with its reason', async () => {
    const settings: RunSettings = {
      mode: 'direct-ack',
      payloadSize: 100,
      messages: 1,
      producers: 1,
      topics: 1,
      window: 64,
      consumerWindow: null,
      rate: 0,
      durationMs: 3_600_000,
      intervalMs: 20,
    };
    await withBroker({ parentFolder: folder }, async (at, own) => {
      let seen = 0;
      const progress = ({ received }: Progress): void => {
        seen += received;
      };
      const run = runOn({ settings, broker: null, progress }, at, own);
      const ended = run.then(
        () => 'figures',
        (error: Error) => error.message,
      );
      await eventually('messages arrive', () => seen > 0);
      await own.end('SIGKILL');
      expect(await ended).toBe('the broker ended during the run');
    });
  });
});

describe('tachyon-bench matrix', () => {
  it('prints the columns and 18 rows, each of which received something', async () => {
    const ended = await bench('matrix --duration 1s --connections 2', ...SMALL);
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
    const [head, ...rows] = ended.stdout.trimEnd().split('\n');
    expect(head).toBe(CSV_HEAD);
    expect(rows).toHaveLength(18);
    for (const row of rows) {
      expect(row).toMatch(
        /^(direct-ack|fanout|mixed),(small|medium|large),(true|false),[1-9]\d*,[\d.]+(,[\d.ms]+(µs|ms|s)){3}(,\d+\.\d\d){3}$/,
      );
    }
  }, 300_000);
});

describe('tachyon-bench step-load', () => {
  it('raises the rate step by step, says up to which it was kept, and draws it', async () => {
    const svg = join(folder, 'steps.svg');
    const line = 'step-load --start-rate 20 --step 20 --max-rate 40 --payload-size 4KB --duration 2s --warm-up 200ms';
    const told = jsonOf<{ keptRate: number; steps: readonly Step[] }>(
      await bench(line, '--drain', '20s', '--svg', svg, '--json'),
    );
    expect(told.steps[0]).toMatchObject({ rate: 20, figures: { ok: true, missing: 0 } });
    expect([20, 40]).toContain(told.keptRate);
    expect(existsSync(svg)).toBe(true);
  });
});

describe('tachyon-bench baseline', () => {
  it('measures bodies of 64 KB, 1 MB and 8 MB', async () => {
    const runs = jsonOf<readonly RunFigures[]>(await bench('baseline --duration 2s --warm-up 0ms --drain 20s --json'));
    expect(runs.map(({ settings }) => settings.payloadSize)).toEqual([65_536, 1_048_576, 8_388_608]);
    for (const figures of runs) expect(figures).toMatchObject({ ok: true, missing: 0 });
  });
});

describe('tachyon-bench latency', () => {
  it('publishes one message at a time, beside what disk and sockets take', async () => {
    const told = jsonOf<{ floor: { socket: { p50Ms: number } }; direct: RunFigures; fanout: RunFigures }>(
      await bench('latency --duration 1s --warm-up 200ms --drain 20s --json'),
    );
    expect(told.direct).toMatchObject({ ok: true, settings: { window: 1, inFlight: 1 }, durability: 'disk' });
    expect(told.fanout).toMatchObject({ ok: true, durability: 'none' });
    expect(told.floor.socket.p50Ms).toBeGreaterThan(0);
    expect(told.direct.publishToConfirm.p50Ms).toBeGreaterThan(told.floor.socket.p50Ms);
    expect(told.direct.messagesPerSync).toBe(1);
  });
});

describe('tachyon-bench soak', () => {
  it('prints a line for each interval, and does not judge memory that it saw for seconds', async () => {
    const ended = await bench('soak --duration 3s --every 1s --rate 200 --no-device', ...SMALL);
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
    expect(ended.stdout.match(/^\d+\.\d s {2}published \d+ {2}consumed \d+/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(ended.stdout).toMatch(/broker .*too short to tell/);
    expect(ended.stdout).toContain('No message is missing.');
  });
});
