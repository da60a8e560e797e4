// A broker in a process of its own, as `tachyon up` runs it: it ends when this process does, also by SIGKILL. Ready is
// what its log says.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { type AdminClient, openAdmin } from '../../../pkg/client/index.ts';
import { isProbeReading, type ProbeReading } from '../measure/probe-words.ts';
import { type Usage, usageOf } from '../measure/process-usage.ts';
import { BROKER_ENTRY, PROBE_ENTRY } from './entries.ts';

export interface BrokerOptions {
  readonly dataFolder: string;
  /** Default: a free port of this machine. */
  readonly router?: string;
  readonly pub?: string;
  /** Settings, by the names of their environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments for node itself, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
  /** Load the probe that answers `read`. */
  readonly probed?: boolean;
}

/** The fields of the log line that says that the broker is ready. */
interface ReadyLine {
  readonly msg: 'ready';
  readonly router: string;
  readonly pub: string;
  readonly durability: string;
  readonly readyMs: number;
  readonly recoveredEvents: number;
  readonly messages: number;
}

const FREE_PORT = 'tcp://127.0.0.1:*';
/** Log lines kept to explain a broker that ends before it is ready. */
const LINES_KEPT = 20;

/** An interrupted run leaves no broker that could make the folder anew which is removed then. */
const running = new Set<ChildProcess>();
const killAll = (): void => {
  for (const child of running) child.kill('SIGKILL');
};

export class BrokerProcess {
  readonly ready: ReadyLine;
  readonly dataFolder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #questions = 0;

  private constructor(child: ChildProcess, ended: Promise<void>, ready: ReadyLine, dataFolder: string) {
    this.#child = child;
    this.#ended = ended;
    this.ready = ready;
    this.dataFolder = dataFolder;
  }

  /** Resolves when the broker says that it is ready; rejects with its last words when it ends before. */
  static async start({
    dataFolder,
    router = FREE_PORT,
    pub = FREE_PORT,
    env = {},
    nodeArguments = [],
    probed = false,
  }: BrokerOptions): Promise<BrokerProcess> {
    const flags = ['broker', '--data-dir', dataFolder, '--router', router, '--pub', pub];
    const probe = probed ? ['--import', pathToFileURL(PROBE_ENTRY).href] : [];
    const child = spawn(process.execPath, [...nodeArguments, ...probe, BROKER_ENTRY, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...env, TACHYON_SUPERVISED: '1' },
    });
    if (running.size === 0) process.prependOnceListener('exit', killAll);
    running.add(child);
    const ended = once(child, 'close').then(() => {
      running.delete(child);
      if (running.size === 0) process.off('exit', killAll);
    });
    const lines: string[] = [];
    const keep = (line: string): void => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
    };
    createInterface({ input: child.stderr as Readable }).on('line', keep);
    const ready = await new Promise<ReadyLine | null>((resolve) => {
      // Read to the end, so that a full pipe never holds up the broker.
      createInterface({ input: child.stdout as Readable }).on('line', (line) => {
        keep(line);
        if (line.includes('"msg":"ready"')) resolve(JSON.parse(line) as ReadyLine);
      });
      void ended.then(() => resolve(null));
    });
    if (ready === null) throw new Error(`the broker ended before it was ready:\n${lines.join('\n')}`);
    return new BrokerProcess(child, ended, ready, dataFolder);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get router(): string {
    return this.ready.router;
  }

  get pub(): string {
    return this.ready.pub;
  }

  /** Resolves when the process is gone. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  usage(): Usage | null {
    return usageOf(this.pid);
  }

  /** What it used since it was last asked; null when it ends instead. Only of a probed one. */
  read(): Promise<ProbeReading | null> {
    this.#questions += 1;
    const number = this.#questions;
    const child = this.#child;
    return new Promise((resolve) => {
      const heard = (word: unknown): void => {
        if (isProbeReading(word) && word.number === number) settle(word);
      };
      const settle = (reading: ProbeReading | null): void => {
        child.off('message', heard);
        resolve(reading);
      };
      child.on('message', heard);
      void this.#ended.then(() => settle(null));
      if (child.connected) child.send({ type: 'bench.read', number }, () => undefined);
      else settle(null);
    });
  }

  openAdmin(): Promise<AdminClient> {
    return openAdmin({ socketPath: join(this.dataFolder, 'admin.sock'), timeoutMs: 30_000 });
  }

  /** Sends the signal and waits for the end. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    await this.#ended;
  }
}
