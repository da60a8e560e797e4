// A fixed number of threads that carry out jobs, one each at a time; what finds none free waits in order. What waits is
// bounded by whoever asks: each waiting job holds bytes of its memory budget. Invariants: every job ends with an
// outcome, also when its worker dies or does not end; a worker that died is replaced, later and later while they keep
// dying.

import { Worker } from 'node:worker_threads';
import { failed, type Job, type Outcome } from './operations.ts';
import { workerFile } from './worker-file.ts';
import type { WorkerJob, WorkerReply } from './worker-main.ts';

export interface WorkerPoolOptions {
  readonly workers: number;
  /** Time that one job may take, its wait for a worker included. */
  readonly jobMs: number;
  /** The code that a worker runs; the sidecar's own when not given. */
  readonly file?: URL;
  readonly onLost?: (lost: LostWorker) => void;
}

export interface LostWorker {
  readonly reason: string;
  /** A job was lost with it. */
  readonly busy: boolean;
}

const REPLACE_FIRST_MS = 10;
const REPLACE_LONGEST_MS = 5_000;

interface Task {
  readonly job: Job;
  readonly end: (outcome: Outcome) => void;
  readonly deadline: NodeJS.Timeout;
}

interface Hand {
  readonly worker: Worker;
  task: Task | null;
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #hands = new Set<Hand>();
  readonly #free: Hand[] = [];
  readonly #waiting: Task[] = [];
  readonly #replacements = new Set<NodeJS.Timeout>();
  /** Workers that died in a row before any job was done. */
  #deaths = 0;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    for (let i = 0; i < options.workers; i += 1) this.#hire();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** The bytes of the payload are the pool's from here on. */
  run(job: Job): Promise<Outcome> {
    if (this.#closed) return Promise.resolve(failed('SIDECAR_WORKER_LOST', 'the pool is closed'));
    return new Promise((end) => {
      const task: Task = { job, end, deadline: setTimeout(() => this.#tooLong(task), this.#options.jobMs) };
      this.#waiting.push(task);
      this.#next();
    });
  }

  #hire(): void {
    const worker = new Worker(this.#options.file ?? workerFile());
    const hand: Hand = { worker, task: null };
    this.#hands.add(hand);
    this.#free.push(hand);
    worker.on('message', ({ outcome }: WorkerReply) => this.#done(hand, outcome));
    worker.on('messageerror', (error) => this.#lose(hand, `its answer could not be read: ${error.message}`));
    worker.on('error', (error) => this.#lose(hand, error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#lose(hand, `it ended with exit code ${code}`));
    this.#next();
  }

  #next(): void {
    while (this.#free.length > 0) {
      const task = this.#waiting.shift();
      if (task === undefined) return;
      const hand = this.#free.pop() as Hand;
      hand.task = task;
      hand.worker.postMessage({ job: task.job } satisfies WorkerJob, ownBuffer(task.job.payload));
    }
  }

  #done(hand: Hand, outcome: Outcome): void {
    this.#deaths = 0;
    this.#settle(hand, outcome);
    this.#free.push(hand);
    this.#next();
  }

  #settle(hand: Hand, outcome: Outcome): void {
    const { task } = hand;
    if (task === null) return;
    hand.task = null;
    finish(task, outcome);
  }

  /** A thread inside a codec cannot be asked to stop: it is ended, and its job with it. */
  #tooLong(task: Task): void {
    const reason = `it did not end within ${this.#options.jobMs} ms`;
    const hand = [...this.#hands].find((one) => one.task === task);
    finish(task, failed('TIMEOUT', reason));
    if (hand !== undefined) return this.#lose(hand, `the job of the worker was too slow: ${reason}`);
    const at = this.#waiting.indexOf(task);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  #lose(hand: Hand, reason: string): void {
    if (!this.#hands.delete(hand)) return;
    const at = this.#free.indexOf(hand);
    if (at >= 0) this.#free.splice(at, 1);
    const busy = hand.task !== null;
    this.#settle(hand, failed('SIDECAR_WORKER_LOST', reason));
    void hand.worker.terminate();
    if (this.#closed) return;
    this.#options.onLost?.({ reason, busy });
    const delayMs = Math.min(REPLACE_LONGEST_MS, REPLACE_FIRST_MS * 2 ** Math.min(this.#deaths, 16));
    this.#deaths += 1;
    const timer = setTimeout(() => {
      this.#replacements.delete(timer);
      this.#hire();
    }, delayMs);
    this.#replacements.add(timer);
  }

  /** Whatever is under way or waits ends as lost. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#replacements) clearTimeout(timer);
    const gone = failed('SIDECAR_WORKER_LOST', 'the pool is closed');
    for (const task of this.#waiting.splice(0)) finish(task, gone);
    const hands = [...this.#hands];
    await Promise.all(hands.map(({ worker }) => worker.terminate()));
    for (const hand of hands) this.#settle(hand, gone);
  }
}

/** An end that was given before stays: a promise resolves once. */
function finish({ end, deadline }: Task, outcome: Outcome): void {
  clearTimeout(deadline);
  end(outcome);
}

/** What may change hands: a buffer that is nobody else's. A slice of a larger one is copied. */
function ownBuffer({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
