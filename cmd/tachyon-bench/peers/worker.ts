// A working process as the race sees it: words to it, words from it, and its end, which before its result is a failure.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { BENCH_ENTRY } from '../processes/entries.ts';
import { Answer } from './raw/line.ts';
import type { FromWorker, Job, ToWorker, WorkResult } from './work/words.ts';

export const WORKER_COMMAND = 'peers-worker';

export class PeersWorker {
  readonly #role: Job['role'];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #hello = new Answer<void>();
  readonly #ready = new Answer<void>();
  #done = new Answer<WorkResult>();
  #fail!: (error: Error) => void;
  /** Rejects when the process fails or ends; never resolves. */
  readonly failed: Promise<never>;

  constructor(role: Job['role'], nodeArguments: readonly string[]) {
    this.#role = role;
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined); // who waits for something sees it there
    this.#child = fork(BENCH_ENTRY, [WORKER_COMMAND], {
      execArgv: [...nodeArguments],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#ended = once(this.#child, 'exit');
    this.#child.on('exit', (code, signal) => this.#fail(new Error(`the ${role} ended early: ${signal ?? code}`)));
    this.#child.on('message', (word: FromWorker) => this.#take(word));
  }

  /** Gives the process its job; resolves when it is connected. */
  async open(job: Omit<Job, 'role'>): Promise<void> {
    await Promise.race([this.#hello.promise, this.failed]);
    this.#say({ type: 'open', job: { ...job, role: this.#role } });
    await Promise.race([this.#ready.promise, this.failed]);
  }

  /** Runs a phase; resolves with its result, or with what there is when it stood still. */
  run(from: number, end: number): Promise<WorkResult> {
    this.#done = new Answer<WorkResult>();
    this.#say({ type: 'run', from, end });
    return Promise.race([this.#done.promise, this.failed]);
  }

  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }

  #take(word: FromWorker): void {
    if (word.type === 'hello') this.#hello.give();
    else if (word.type === 'ready') this.#ready.give();
    else if (word.type === 'done') this.#done.give(word.result);
    else this.#fail(new Error(`the ${this.#role} failed: ${word.reason}`));
  }

  #say(word: ToWorker): void {
    // A process that is gone is told by `failed`.
    if (this.#child.connected) this.#child.send(word, () => undefined);
  }
}
