// A worker of the pool: one job at a time, and its outcome back. Buffers change hands and are not copied, but for those
// that the codec library made: they belong to its memory.

import { parentPort } from 'node:worker_threads';
import { carryOut, type Job, type Outcome } from './operations.ts';

export interface WorkerJob {
  readonly job: Job;
}

export interface WorkerReply {
  readonly outcome: Outcome;
}

parentPort?.on('message', ({ job }: WorkerJob) => {
  const outcome = carryOut(job);
  if (!outcome.ok) {
    parentPort?.postMessage({ outcome } satisfies WorkerReply);
    return;
  }
  const body = new Uint8Array(outcome.body);
  parentPort?.postMessage({ outcome: { ...outcome, body } } satisfies WorkerReply, [body.buffer]);
});
