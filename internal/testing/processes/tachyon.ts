// The built `tachyon` as whole processes, over a data folder of its own: what the e2e tests and the evidence runs drive.
// Everything that was started here is gone after `remove`.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(
  import.meta.dirname,
  import.meta.dirname.includes(`${join('dist', 'internal')}`) ? '../../../..' : '../../..',
);
export const TACHYON_MAIN = join(ROOT, 'dist/bin/tachyon.js');

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Finished extends End {
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Keep standard input open and empty. */
  readonly openInput?: boolean;
  readonly cwd?: string;
  readonly command?: readonly [string, ...string[]];
  /** Standard output is a pipe that nobody reads. */
  readonly unread?: boolean;
}

/** The line that says that a broker serves. */
export interface ReadyLine {
  readonly msg: 'ready';
  readonly router: string;
  readonly pub: string;
  readonly admin: string;
  readonly dataFolder: string;
  readonly durability: string;
  readonly recoveredEvents: number;
  readonly messages: number;
  readonly readyMs: number;
  readonly pid: number;
}

export class Running {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #end: Promise<End>;
  #listeners = new Set<() => void>();

  constructor(child: ChildProcess, unread: boolean) {
    this.child = child;
    const heard = (): void => {
      for (const listener of this.#listeners) listener();
    };
    if (!unread) {
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.stdout += text;
        heard();
      });
    }
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      heard();
    });
    // `close` comes after all output was read; where nobody reads, only `exit` comes.
    this.#end = once(child, unread ? 'exit' : 'close').then(([code, signal]) => ({ code, signal }) as End);
    void this.#end.then(heard, heard);
  }

  get pid(): number {
    return this.child.pid ?? Number.NaN;
  }

  get end(): Promise<End> {
    return this.#end;
  }

  /** Resolves with the first value that is not undefined; rejects when the process ends without one. */
  async until<T>(what: string, look: (running: this) => T | undefined): Promise<T> {
    let ended = false;
    void this.#end.then(() => {
      ended = true;
    });
    for (;;) {
      const found = look(this);
      if (found !== undefined) return found;
      if (ended) throw new Error(`it ended without ${what}:\n${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => {
        const listener = (): void => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  says(words: string): Promise<true> {
    return this.until(`saying "${words}"`, ({ stdout, stderr }) =>
      stdout.includes(words) || stderr.includes(words) ? true : undefined,
    );
  }

  /** The log lines so far. */
  get log(): readonly Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  ready(count = 1): Promise<ReadyLine> {
    return this.until('the ready line', ({ log }) => {
      // Gateway and sidecar say that they are ready too.
      const lines = log.filter((line) => line['msg'] === 'ready' && 'router' in line);
      return lines.length < count ? undefined : (lines[count - 1] as unknown as ReadyLine);
    });
  }

  async finished(): Promise<Finished> {
    const end = await this.#end;
    return { ...end, stdout: this.stdout, stderr: this.stderr };
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<End> {
    this.child.kill(signal);
    return this.#end;
  }
}

const PORTS = ['--router', 'tcp://127.0.0.1:*', '--pub', 'tcp://127.0.0.1:*'];

export class Tachyon {
  /** Holds the data folder, which the broker makes. */
  readonly folder = mkdtempSync(join(tmpdir(), 'tachyon-e2e-'));
  readonly dataFolder = join(this.folder, 'data');
  readonly #running: Running[] = [];

  constructor() {
    if (!existsSync(TACHYON_MAIN)) throw new Error('dist is missing: npm run build');
  }

  /** Any command line, as it stands. */
  start(args: readonly string[], options: StartOptions = {}): Running {
    const {
      env = {},
      input,
      cwd = this.folder,
      command = [process.execPath, TACHYON_MAIN],
      openInput = false,
      unread = false,
    } = options;
    const [file, ...before] = command;
    const child = spawn(file, [...before, ...args], {
      cwd,
      env: { ...bareEnvironment(), ...env },
      stdio: [input === undefined && !openInput ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.on('error', () => undefined); // it may end before it has read everything
    if (input !== undefined) child.stdin?.end(input);
    const running = new Running(child, unread);
    this.#running.push(running);
    return running;
  }

  /** A broker of the data folder on free ports. */
  broker(args: readonly string[] = [], options: StartOptions = {}): Running {
    return this.start(['broker', '--data-dir', this.dataFolder, ...PORTS, ...args], options);
  }

  async readyBroker(
    args: readonly string[] = [],
    options: StartOptions = {},
  ): Promise<{ broker: Running; ready: ReadyLine }> {
    const broker = this.broker(args, options);
    return { broker, ready: await broker.ready() };
  }

  /** A command against the broker of the data folder, to its end. */
  run(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
    return this.start(args, { ...options, env: { DATA_DIR: this.dataFolder, ...options.env } }).finished();
  }

  /** What a command prints; the test fails unless it ends well and complains of nothing. */
  async good(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input === undefined ? {} : { input });
    if (code !== 0 || stderr !== '') throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** The same as the one JSON value that `-o json` prints. */
  async parsed(args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.good([...args, '-o', 'json']));
  }

  /** The same where `-o json` prints a value a line. */
  async lines(args: readonly string[]): Promise<unknown[]> {
    const text = await this.good([...args, '-o', 'json']);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  }

  async remove(): Promise<void> {
    await Promise.all(this.#running.map((running) => running.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The environment without settings: a test that means one says it. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR };
}
