// The sidecar as a process of its own, for evidence and measurements: started, killed, stopped and continued by its id.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { TACHYON_MAIN } from '../../../internal/testing/processes/tachyon.ts';

const CLOCK_TICKS_PER_SECOND = 100;

export class SidecarProcess {
  readonly socketPath: string;
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;
  #stderr = '';

  constructor(socketPath: string, args: readonly string[] = []) {
    this.socketPath = socketPath;
    this.#args = args;
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const { PATH, HOME, TMPDIR } = process.env;
    const args = [TACHYON_MAIN, 'sidecar', '--socket', this.socketPath, '--log-level', 'fatal', ...this.#args];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH, HOME, TMPDIR },
    });
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the sidecar ended: ${this.#stderr}`);
      if (await answers(this.socketPath)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** CPU time that it has used, in seconds; null where the system does not tell. */
  get cpuSeconds(): number | null {
    try {
      const fields = readFileSync(`/proc/${this.#child?.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
    } catch {
      return null; // no /proc here
    }
  }

  async end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
