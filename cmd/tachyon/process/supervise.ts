// `tachyon up`: runs the broker as a child, starts it again when it crashes, and ends when it ends in order. Invariants:
// one broker at a time; each stop signal that somebody sends reaches it once; it never outlives its supervisor for long
// (it stops in order when the channel closes, also after SIGKILL here).

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isFinal } from '../exit-codes.ts';
import { hasColour } from '../output/palette.ts';
import { welcome } from '../output/welcome.ts';
import { ownName } from './own-name.ts';
import { restartDelayMs, STEADY_MS } from './restart-delay.ts';
import { onStopSignals, type StopSignal } from './stop-signals.ts';
import { isReadyMessage, SUPERVISED_VARIABLE } from './supervised.ts';

/** How long a broker may live after a second signal. */
const KILL_AFTER_MS = 1_000;

/** The executable that runs here, bundled or not: the broker is the same one. */
const MAIN = process.argv[1] ?? import.meta.filename;

export function supervise(words: readonly string[]): Promise<never> {
  new Supervisor(words).start();
  return new Promise<never>(() => undefined);
}

class Supervisor {
  readonly #words: readonly string[];
  #child: ChildProcess | null = null;
  #stopping: StopSignal | null = null;
  #crashes = 0;
  #startedMs = 0;
  #welcomed = false;
  #restart: NodeJS.Timeout | undefined;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  start(): void {
    onStopSignals({ first: (signal) => this.#stop(signal), again: (signal) => this.#stopNow(signal) });
    this.#spawn();
  }

  #spawn(): void {
    this.#startedMs = performance.now();
    // A group of its own: the terminal's signals come from here, once. Its log goes where ours goes, without us between.
    const child = spawn(process.execPath, [...process.execArgv, MAIN, 'broker', ...this.#words], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: process.platform !== 'win32',
      env: { ...process.env, [SUPERVISED_VARIABLE]: '1' },
    });
    this.#child = child;
    child.on('message', (message) => {
      if (!isReadyMessage(message) || this.#welcomed) return;
      this.#welcomed = true;
      process.stderr.write(
        welcome(message, { cwd: process.cwd(), color: hasColour(process.stderr), tachyon: ownName() }),
      );
    });
    child.on('error', (error) => {
      say(`the broker cannot be run: ${error.message}`);
      process.exit(1);
    });
    child.on('exit', (code, signal) => this.#ended(code, signal));
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = null;
    const exitCode = code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0));
    if (this.#stopping !== null || isFinal(code)) process.exit(exitCode);
    if (performance.now() - this.#startedMs >= STEADY_MS) this.#crashes = 0;
    const delayMs = restartDelayMs(this.#crashes);
    this.#crashes += 1;
    const how = signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
    say(`the broker ${how}; it is started again in ${delayMs} ms`);
    this.#restart = setTimeout(() => this.#spawn(), delayMs);
  }

  #stop(signal: StopSignal): void {
    this.#stopping = signal;
    clearTimeout(this.#restart);
    if (this.#child === null) process.exit(0);
    this.#child.kill(signal);
  }

  #stopNow(signal: StopSignal): void {
    this.#child?.kill(signal);
    setTimeout(() => this.#child?.kill('SIGKILL'), KILL_AFTER_MS);
  }
}

const say = (sentence: string): void => {
  process.stderr.write(`tachyon up: ${sentence}\n`);
};
