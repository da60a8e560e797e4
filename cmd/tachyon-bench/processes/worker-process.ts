// A working process as the run sees it: words to it, words from it, and its end, which before its result is a failure.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { machineMs } from '../measure/clock.ts';
import type { FromWorker, Job, MeasuredTime, Progress, ToWorker, WorkResult } from '../work/words.ts';
import { BENCH_ENTRY } from './entries.ts';

export interface WorkerEvents {
  arrived(count: number): void;
  progress?(progress: Progress): void;
}

export class WorkerProcess {
  readonly #role: Job['role'];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** Words may come before they are waited for: each kind is said once. */
  readonly #words = new Map<FromWorker['type'], Deferred>();
  #fail!: (error: Error) => void;
  /** Rejects when the process fails or ends; never resolves. */
  readonly failed: Promise<never>;

  constructor(role: Job['role'], nodeArguments: readonly string[], events: WorkerEvents) {
    this.#role = role;
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined); // who waits for something sees it there
    this.#child = fork(BENCH_ENTRY, ['worker'], {
      execArgv: [...nodeArguments],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#ended = once(this.#child, 'exit');
    this.#child.on('exit', (code, signal) => this.#fail(new Error(`the ${role} ended early: ${signal ?? code}`)));
    this.#child.on('message', (word: FromWorker) => {
      if (word.type === 'failed') this.#fail(new Error(`the ${role} failed: ${word.reason}`));
      else if (word.type === 'arrived') events.arrived(word.count);
      else if (word.type === 'progress') events.progress?.(word.progress);
      else this.#said(word.type).resolve(word);
    });
  }

  /** Gives the process its job; resolves when it is connected. */
  async open(job: Omit<Job, 'role'>): Promise<void> {
    await this.#hear('hello');
    const ready = this.#hear('ready');
    this.say({ type: 'job', job: { ...job, role: this.#role } });
    await ready;
  }

  /** Without a time: from now on, until everything is through. */
  async run(time: MeasuredTime = untilDone()): Promise<WorkResult> {
    const done = this.#hear('done');
    this.say({ type: 'go', time });
    const word = await done;
    return (word as Extract<FromWorker, { type: 'done' }>).result;
  }

  say(word: ToWorker): void {
    // A process that is gone is told by `failed`.
    if (this.#child.connected) this.#child.send(word, () => undefined);
  }

  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }

  #hear(type: FromWorker['type']): Promise<FromWorker> {
    return Promise.race([this.#said(type).promise, this.failed]);
  }

  #said(type: FromWorker['type']): Deferred {
    const known = this.#words.get(type);
    if (known !== undefined) return known;
    let resolve!: (word: FromWorker) => void;
    const promise = new Promise<FromWorker>((give) => {
      resolve = give;
    });
    const said = { promise, resolve };
    this.#words.set(type, said);
    return said;
  }
}

function untilDone(): MeasuredTime {
  const nowMs = machineMs();
  return { startMs: nowMs, fromMs: nowMs, toMs: null };
}

interface Deferred {
  readonly promise: Promise<FromWorker>;
  resolve(word: FromWorker): void;
}
