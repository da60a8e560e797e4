// The measurements of one broker, each small: they run to their end and tell what they promise.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { pythonWithZmq } from '../../internal/testing/python.ts';

// The plain client is Python's; without its binding of libzmq that one is skipped.
const python = pythonWithZmq();

const run = promisify(execFile);

async function figuresOf(script: string, ...options: readonly string[]): Promise<Record<string, unknown>> {
  const args = ['--import', 'tsx', join(import.meta.dirname, script), ...options, '--json'];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

const COUNT = expect.any(Number);
const ON_WHAT = { command: expect.stringContaining('npx tsx scripts/bench/'), machine: { node: process.version } };

describe('the measurements of one broker', () => {
  it('time a restart with a queue that nobody emptied', async () => {
    const figures = await figuresOf('recovery.ts', '--messages', '2000', '--runs', '2');
    expect(figures).toMatchObject({ ...ON_WHAT, messages: 2_000, totalMs: COUNT });
    expect(figures['starts']).toHaveLength(2);
  });

  it('weigh a broker idle, with a long queue, and after a restart with it', async () => {
    const figures = await figuresOf('memory.ts', '--messages', '2000', '--idle', '1');
    expect(figures).toMatchObject({ ...ON_WHAT, longestMs: COUNT });
    const stages = figures['stages'] as readonly { readonly stage: string; readonly rssBytes: number }[];
    expect(stages.map(({ stage }) => stage)).toEqual(['idle', 'filled', 'ready after SIGKILL']);
    expect(stages.every(({ rssBytes }) => rssBytes > 0)).toBe(true);
  });

  it('weigh what is scheduled, and time how late it is given', async () => {
    const figures = await figuresOf('scheduled.ts', '--messages', '2000', '--timed', '20');
    const late = { p50Ms: COUNT, p99Ms: COUNT, early: 0 };
    expect(figures).toMatchObject({ ...ON_WHAT, fullBytes: COUNT, readyMs: COUNT, alone: late, beside: late });
  });

  it('time a start beside that of node', async () => {
    const figures = await figuresOf('start.ts', '--runs', '2');
    expect(figures).toMatchObject({ ...ON_WHAT, nodeMs: [COUNT, COUNT], brokerMs: [COUNT, COUNT] });
  });

  it('publish while a backlog drains, and tell what that costs', async () => {
    const figures = await figuresOf('drain-beside.ts', '--backlog', '20000', '--messages', '2000', '--rounds', '1');
    expect(figures).toMatchObject({ ...ON_WHAT, alone: [COUNT], beside: [COUNT], drained: [COUNT], fall: COUNT });
  });

  it.skipIf(python === null)('take the messages of a plain libzmq client', async () => {
    const figures = await figuresOf('plain-client.ts', '--messages', '3000', '--runs', '1');
    expect(figures).toMatchObject({ ...ON_WHAT, rates: [COUNT], brokerUs: [COUNT] });
  });

  it('move large bodies, and time the small ones beside them', async () => {
    const figures = await figuresOf('large-bodies.ts', '--sizes', '1000000', '--seconds', '1', '--window', '2');
    expect(figures).toMatchObject(ON_WHAT);
    const [one] = figures['figures'] as readonly {
      readonly messages: number;
      readonly small: { readonly p99Ms: number };
    }[];
    expect(one?.messages).toBeGreaterThan(0);
    expect(one?.small.p99Ms).toBeGreaterThan(0);
  });
});
