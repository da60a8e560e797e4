// The bench as its own process, small: what it prints must be whole and true to its books.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connect } from '../../pkg/client/index.ts';
import type { RunFigures } from './judge.ts';
import { BrokerProcess } from './processes/broker-process.ts';
import { BENCH_ENTRY } from './processes/entries.ts';
import { PATTERN, QUEUE } from './settings.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function bench(...args: readonly string[]): Promise<Ended> {
  const child: ChildProcess = spawn(process.execPath, [BENCH_ENTRY, 'run', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

const figuresOf = ({ code, stdout, stderr }: Ended): RunFigures => {
  expect({ code, stderr, stdout }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as RunFigures;
};

describe('tachyon-bench run', () => {
  it('publishes, delivers and acknowledges every message over disk, and says what it cost', async () => {
    const figures = figuresOf(
      await bench('--mode', 'direct-ack', '--payload-size', '100', '--messages', '2000', '--json'),
    );
    expect(figures).toMatchObject({
      ok: true,
      faults: [],
      published: 2_000,
      confirmed: 2_000,
      received: 2_000,
      missing: 0,
      durability: 'disk',
    });
    expect(figures.messagesPerSecond).toBeGreaterThan(0);
    expect(figures.syncsPerSecond).toBeGreaterThan(0);
    expect(figures.messagesPerSync).toBeGreaterThan(0);
    const { p50Ms, p99Ms, p999Ms, maxMs } = figures.publishToConfirm;
    expect([p50Ms, p99Ms, p999Ms, maxMs]).toEqual([p50Ms, p99Ms, p999Ms, maxMs].toSorted((a, b) => a - b));
    expect(p50Ms).toBeGreaterThan(0);
  });

  it('does so with 16 producers on 1,000 topics', async () => {
    const figures = figuresOf(await bench('--messages', '2000', '--producers', '16', '--topics', '1000', '--json'));
    expect(figures).toMatchObject({ ok: true, received: 2_000, missing: 0 });
  });

  it('measures fanout with nothing missed', async () => {
    const figures = figuresOf(await bench('--mode', 'fanout', '--messages', '2000', '--json'));
    expect(figures).toMatchObject({ ok: true, received: 2_000, missing: 0, durability: 'none' });
  });

  it.each(['zmtp', 'libzmq'])('measures clients and a broker that speak through %s', async (transport) => {
    const figures = figuresOf(await bench('--messages', '2000', '--transport', transport, '--json'));
    expect(figures).toMatchObject({ ok: true, received: 2_000, missing: 0, transport });
  });

  it('tells bodies of 16 bytes apart, which are no larger than what tells them apart', async () => {
    const figures = figuresOf(await bench('--messages', '2000', '--payload-size', '16', '--json'));
    expect(figures).toMatchObject({ ok: true, received: 2_000, missing: 0, unexpected: 0 });
  });

  it('takes the scenarios of the earlier bench by their names', async () => {
    const figures = figuresOf(await bench('--scenario', 'B', '--messages', '500', '--connections', '2', '--json'));
    expect(figures).toMatchObject({ ok: true, received: 500 });
    expect(figures.settings).toMatchObject({ payloadSize: 4_096, compress: true, topic: 'telemetry', producers: 2 });
    expect(figures.packedShare).toBeLessThan(0.6);
  });

  it('refuses what it does not know, before anything is started', async () => {
    expect(await bench('--mode', 'other')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('direct-ack or fanout or mixed'),
    });
    expect(await bench('--transport', 'pigeons')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('zmtp or libzmq'),
    });
    expect(await bench('--scenario', 'E')).toMatchObject({ code: 2, stderr: expect.stringContaining('A, B, C, D') });
    expect(await bench('--messages', 'many')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('whole number'),
    });
  });

  it('fails on a broker that gives its messages to somebody else', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-bench-test-'));
    const broker = await BrokerProcess.start({ dataFolder });
    try {
      const { router, pub } = broker;
      // Somebody else works on the queue of the run, and gets its share.
      const client = await connect({ router, pub });
      await client.consume({ queue: QUEUE, subscriptions: [PATTERN] }, () => undefined);
      const run = ['--no-launch-broker', '--router', router, '--pub', pub, '--messages', '2000', '--patience', '500'];
      const ended = await bench(...run);
      await client.close();
      expect(ended.code).toBe(1);
      expect(ended.stdout).toMatch(/FAILED: [\d,]+ messages are missing/);
    } finally {
      await broker.end();
      rmSync(dataFolder, { recursive: true, force: true });
    }
  });
});
