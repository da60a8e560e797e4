// The demo's workers, as its main process sees them.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import type { FromWorker, Report, WorkerJob } from './words.ts';

const ENTRY = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);

export class CrewMember {
  readonly job: WorkerJob;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #ready: Promise<void>;

  /** `failed`: it ended or gave up without being asked to. */
  constructor(job: WorkerJob, events: { report(job: WorkerJob, report: Report): void; failed(error: Error): void }) {
    this.job = job;
    this.#child = fork(ENTRY, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#ended = once(this.#child, 'exit');
    this.#ready = new Promise((resolve, reject) => {
      this.#child.on('message', (word: FromWorker) => {
        if (word.type === 'report') events.report(job, word);
        else if (word.type === 'ready') resolve();
        else reject(new Error(`${job.name}: ${word.reason}`));
      });
      this.#child.on('exit', (code, signal) => {
        reject(new Error(`${job.name} ended: ${signal ?? code}`));
        if (!this.#child.killed && this.#child.connected)
          events.failed(new Error(`${job.name} ended: ${signal ?? code}`));
      });
    });
    this.#child.send(job);
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}
