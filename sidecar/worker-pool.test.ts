// The pool with real threads; some run code that dies, hangs or answers nonsense when a body tells it to.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../internal/testing/eventually.ts';
import { RawClient } from '../internal/testing/sidecar/raw-client.ts';
import { OPERATIONS, STATUSES } from '../pkg/encoding/fastpath/operations.ts';
import { decompressBlockLE } from '../pkg/encoding/lz4.ts';
import type { Job } from './operations.ts';
import { startSidecar } from './server.ts';
import { type LostWorker, WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';

/** Obeys the first byte of a body: ends, throws, never answers; else it gives the body back. */
const OBEDIENT = `
import { parentPort } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
parentPort.on('message', ({ job }) => {
  const [order] = job.payload;
  if (order === 1) process.exit(3);
  if (order === 2) throw new Error('as told');
  if (order === 3) for (;;);
  parentPort.postMessage({ outcome: { ok: true, body: job.payload, crc: crc32(job.payload) } });
});
`;
const EXIT = 1;
const THROW = 2;
const HANG = 3;

let folder: string;
let pools: WorkerPool[];
let lost: LostWorker[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-pool-'));
  pools = [];
  lost = [];
});

afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  rmSync(folder, { recursive: true, force: true });
});

function workerOf(code: string): URL {
  const path = join(folder, 'worker.mjs');
  writeFileSync(path, code);
  return pathToFileURL(path);
}

function pool(options: Partial<WorkerPoolOptions> = {}): WorkerPool {
  const one = new WorkerPool({ workers: 2, jobMs: 10_000, onLost: (worker) => lost.push(worker), ...options });
  pools.push(one);
  return one;
}

const job = (...payload: readonly number[]): Job => ({
  operation: OPERATIONS.compress,
  flags: 1,
  sizeMax: 0,
  topic: new Uint8Array(0),
  payload: Uint8Array.from(payload),
  crc: null,
});

describe('a pool', () => {
  it('carries out more jobs than it has workers, each once', async () => {
    const one = pool();
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, i) => one.run(job(i, i, i, i))));
    const bodies = outcomes.map((outcome) => outcome.ok && decompressBlockLE(outcome.body, 10));
    expect(bodies).toEqual(Array.from({ length: 50 }, (_, i) => Buffer.from([i, i, i, i])));
  });

  it('takes the buffer of a body, and copies a slice of one', async () => {
    const one = pool();
    const own = job(9, 9);
    const shared = new Uint8Array(100);
    await Promise.all([one.run(own), one.run({ ...own, payload: shared.subarray(3, 50) })]);
    expect(own.payload.length).toBe(0);
    expect(shared.length).toBe(100);
  });

  it.each([
    ['ends', EXIT, 'it ended with exit code 3'],
    ['throws', THROW, 'as told'],
  ])('answers the job of a worker that %s, and puts another in its place', async (_, order, detail) => {
    const one = pool({ workers: 1, file: workerOf(OBEDIENT) });
    const [dead, next] = await Promise.all([one.run(job(order)), one.run(job(7))]);
    expect(dead).toEqual({ ok: false, code: 'SIDECAR_WORKER_LOST', detail });
    expect(next).toMatchObject({ ok: true, body: Uint8Array.of(7) });
    expect(lost).toEqual([{ reason: detail, busy: true }]);
  });

  it('goes on when its workers die a hundred times', async () => {
    const one = pool({ workers: 4, file: workerOf(OBEDIENT) });
    for (let round = 0; round < 25; round += 1) {
      const orders = [EXIT, 7, THROW, 8, EXIT, 9, THROW];
      const outcomes = await Promise.all(orders.map((order) => one.run(job(order))));
      expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, false, true, false, true, false]);
    }
    expect(lost).toHaveLength(100);
  });

  it('ends a job that does not end, and its worker with it', async () => {
    const one = pool({ workers: 1, jobMs: 300, file: workerOf(OBEDIENT) });
    expect(await one.run(job(7))).toMatchObject({ ok: true });
    expect(await one.run(job(HANG))).toMatchObject({ ok: false, code: 'TIMEOUT' });
    await eventually('another worker serves', async () => (await one.run(job(7))).ok);
    expect(lost).toHaveLength(1);
  });

  it('answers what waits for workers that never come up', async () => {
    const one = pool({ workers: 1, jobMs: 1500, file: workerOf("throw new Error('cannot start');") });
    const outcomes = await Promise.all([one.run(job(7)), one.run(job(8)), one.run(job(9))]);
    expect(outcomes.every((outcome) => !outcome.ok && ['TIMEOUT', 'SIDECAR_WORKER_LOST'].includes(outcome.code))).toBe(
      true,
    );
    expect(one.waiting).toBe(0);
    // They come later and later: 10, 20, 40 … ms after each other, so a second and a half holds eight of them.
    expect(lost.length).toBeLessThanOrEqual(9);
  });

  it('that is closed ends what is under way and what waits', async () => {
    const one = pool({ workers: 1, file: workerOf(OBEDIENT) });
    const jobs = [one.run(job(HANG)), one.run(job(7))];
    await one.close();
    jobs.push(one.run(job(8)));
    for (const outcome of await Promise.all(jobs))
      expect(outcome).toMatchObject({ ok: false, code: 'SIDECAR_WORKER_LOST' });
  });
});

it('a sidecar whose worker dies answers that request with a code, and the next one well', async () => {
  const socketPath = join(folder, 's');
  const sidecar = await startSidecar({ socketPath, workers: 1, workerFile: workerOf(OBEDIENT) });
  const client = await RawClient.connect(socketPath);
  try {
    const dying = Buffer.alloc(64 * 1024, EXIT);
    expect(await client.ask({ operation: OPERATIONS.compress, payload: dying, requestId: 1 })).toMatchObject({
      status: STATUSES.SIDECAR_WORKER_LOST,
      requestId: 1,
    });
    const well = Buffer.alloc(64 * 1024, 7);
    expect(
      await client.ask({ operation: OPERATIONS.decompress, payload: Buffer.concat([Buffer.from([0, 1, 0, 0]), well]) }),
    ).toMatchObject({ status: 0 });
  } finally {
    client.close();
    await sidecar.stop(0);
  }
});
