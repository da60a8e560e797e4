// A checkout outside the repository for the tests of the scripts: their real files, manifest, lock and compiler settings
// over planted sources. node_modules is the repository's own, so nothing is installed and no network is needed.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

const COPIED = ['package.json', 'package-lock.json', 'tsconfig.json', 'vitest.config.ts'];
const SCRIPTS = ['bootstrap.mjs', 'bundle.mjs', 'start.mjs', 'test.mjs', 'test-counts-reporter.ts'].map(
  (name) => `scripts/${name}`,
);

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunOptions {
  readonly detached?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export class PlantedCheckout {
  readonly folder = mkdtempSync(join(tmpdir(), 'tachyon-checkout-'));
  readonly #runs: Run[] = [];

  constructor() {
    mkdirSync(join(this.folder, 'scripts'));
    for (const file of [...COPIED, ...SCRIPTS]) copyFileSync(join(root, file), join(this.folder, file));
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'), 'dir');
    // The build makes an executable of it; tests of the executable plant their own.
    this.plant('cmd/tachyon/main.ts', 'export {};\n');
    this.plant('cmd/tachyon/start/broker-alone.ts', 'export {};\n');
    // What the build compiles ahead needs a whole broker.
    this.plant('scripts/code-cache.mjs', '');
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  plant(file: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text, { mode });
  }

  run(script: string, args: readonly string[] = [], options: RunOptions = {}): Run {
    const run = new Run(this.folder, script, args, options);
    this.#runs.push(run);
    return run;
  }

  remove(): void {
    for (const run of this.#runs) run.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Run {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #end: Promise<End>;

  constructor(folder: string, script: string, args: readonly string[], { detached = false, env = {} }: RunOptions) {
    this.child = spawn(process.execPath, [script, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached,
      env: { ...process.env, ...env },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.#end = once(this.child, 'close').then(([code, signal]) => ({ code, signal }) as End);
  }

  /** Resolves when stdout holds the words; rejects when the process ends without them. */
  async says(words: string): Promise<void> {
    const { stdout } = this.child;
    while (!this.stdout.includes(words)) {
      const ended = await Promise.race([
        this.#end,
        stdout === null ? this.#end : once(stdout, 'data').then(() => null),
      ]);
      if (ended !== null && !this.stdout.includes(words)) throw new Error(`never said "${words}": ${this.stderr}`);
    }
  }

  end(): Promise<End> {
    return this.#end;
  }
}
