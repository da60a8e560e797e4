// One of the processes that `tachyon up` runs, started again when it crashes. Invariants: one process of a part at a time;
// a part that was asked to stop is not started again; it never outlives its supervisor for long (it stops in order when
// the channel closes, also after SIGKILL here).

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isFinal } from '../exit-codes.ts';
import { restartDelayMs, STEADY_MS } from './restart-delay.ts';
import type { StopSignal } from './stop-signals.ts';
import { SUPERVISED_VARIABLE } from './supervised.ts';

/** How long a process may live after a second signal. */
const KILL_AFTER_MS = 1_000;

/** The executable that runs here, bundled or not: the others are the same one. */
const MAIN = process.argv[1] ?? import.meta.filename;

export interface PartOptions {
  /** As people are told of it. */
  readonly name: string;
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly say: (sentence: string) => void;
  /** What it says over the channel. */
  readonly heard: (message: unknown) => void;
  /** It ended in a way that a restart cannot mend, or cannot be run at all. */
  readonly over: (exitCode: number) => void;
}

export class Part {
  readonly #options: PartOptions;
  #child: ChildProcess | null = null;
  #stopping = false;
  #isOver = false;
  #lastCode = 0;
  #crashes = 0;
  #startedMs = 0;
  #restart: NodeJS.Timeout | undefined;
  readonly #gone: (() => void)[] = [];

  constructor(options: PartOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  start(): void {
    if (this.#stopping) return;
    const { words, env, heard } = this.#options;
    this.#startedMs = performance.now();
    // A group of its own: the terminal's signals come from here, once. Its log goes where ours goes, without us between.
    const child = spawn(process.execPath, [...process.execArgv, MAIN, ...words], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: process.platform !== 'win32',
      env: { ...env, [SUPERVISED_VARIABLE]: '1' },
    });
    this.#child = child;
    child.on('message', heard);
    child.on('error', (error) => {
      this.#options.say(`the ${this.name} cannot be run: ${error.message}`);
      if (child.pid === undefined) this.#finished(1);
    });
    child.on('exit', (code, signal) => this.#ended(code, signal));
  }

  /** Resolves with its exit code once it is gone: in order, or, where a bound is given, by force after that. */
  stop(signal: StopSignal, boundMs: number | null): Promise<number> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === null) return Promise.resolve(this.#isOver ? this.#lastCode : 0);
    return new Promise((resolve) => {
      const bound = boundMs === null ? undefined : setTimeout(() => child.kill('SIGKILL'), boundMs);
      this.#gone.push(() => {
        clearTimeout(bound);
        resolve(this.#lastCode);
      });
      child.kill(signal);
    });
  }

  /** It ends now, whatever it is at; whoever waits for its end hears of it. */
  stopNow(signal: StopSignal): void {
    this.#stopping = true;
    clearTimeout(this.#restart);
    this.#child?.kill(signal);
    setTimeout(() => this.#child?.kill('SIGKILL'), KILL_AFTER_MS);
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    const exitCode = code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0));
    if (this.#stopping || isFinal(code)) return this.#finished(exitCode);
    this.#child = null;
    if (performance.now() - this.#startedMs >= STEADY_MS) this.#crashes = 0;
    const delayMs = restartDelayMs(this.#crashes);
    this.#crashes += 1;
    const how = signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
    this.#options.say(`the ${this.name} ${how}; it is started again in ${delayMs} ms`);
    this.#restart = setTimeout(() => this.start(), delayMs);
  }

  #finished(exitCode: number): void {
    this.#child = null;
    this.#isOver = true;
    this.#lastCode = exitCode;
    for (const gone of this.#gone.splice(0)) gone();
    if (!this.#stopping) this.#options.over(exitCode);
  }
}
