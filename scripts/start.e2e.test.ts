// Proved on a planted checkout: the real scripts over a main.ts that only says what reaches it.

import { existsSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlantedCheckout, type Run } from '../internal/testing/planted-checkout.ts';

// Counts the signals that reach it; exits with 7 some time after the first, so that a doubled one would be seen.
const MAIN = `
let signals = 0;
const linger = setInterval(() => {}, 1_000);
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    signals++;
    if (signals > 1) return;
    setTimeout(() => {
      console.log(\`signals \${signals}\`);
      clearInterval(linger);
      process.exitCode = 7;
      process.exit();
    }, 500);
  });
}
console.log(\`args \${process.argv.slice(2).join(' ')}\`);
`;

const DIES_BY_SIGNAL = "process.kill(process.pid, 'SIGKILL');\nsetInterval(() => {}, 1_000);\nexport {};\n";

const MAIN_FILE = 'cmd/tachyon/main.ts';

let checkout: PlantedCheckout;

beforeEach(() => {
  checkout = new PlantedCheckout();
  checkout.plant(MAIN_FILE, MAIN);
});

afterEach(() => checkout.remove());

const start = (...args: readonly string[]): Run => checkout.run('scripts/start.mjs', args);

async function runToEnd(): Promise<Run> {
  const run = start();
  await run.says('args');
  run.child.kill('SIGTERM');
  await run.end();
  return run;
}

describe('npm start', () => {
  it('builds, runs `tachyon up` with the given arguments, and ends with its exit code', async () => {
    const run = start('--router', 'tcp://127.0.0.1:0');
    await run.says('args up --router tcp://127.0.0.1:0');
    expect(run.stderr).toContain('built in');
    run.child.kill('SIGTERM');
    expect(await run.end()).toEqual({ code: 7, signal: null });
    expect(run.stdout).toContain('signals 1');
  });

  it('passes a Ctrl-C on once, though the group gets it and npm repeats it', async () => {
    const run = checkout.run('scripts/start.mjs', [], { detached: true });
    await run.says('args');
    process.kill(-(run.child.pid ?? Number.NaN), 'SIGINT');
    run.child.kill('SIGINT');
    expect(await run.end()).toEqual({ code: 7, signal: null });
    expect(run.stdout).toContain('signals 1');
  });

  it('dies by the signal that its child died by', async () => {
    checkout.plant(MAIN_FILE, DIES_BY_SIGNAL);
    expect(await start().end()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('builds again after a change, and only then', async () => {
    expect((await runToEnd()).stderr).toContain('building');
    expect((await runToEnd()).stderr).toBe('');
    checkout.plant(MAIN_FILE, MAIN.replace('args', 'new args'));
    const changed = await runToEnd();
    expect(changed.stderr).toContain('building');
    expect(changed.stdout).toContain('new args up');
  });

  it('builds again when output is lost, and leaves none of a source that is gone', async () => {
    checkout.plant('cmd/tachyon/gone.ts', 'export const x = 1;\n');
    await runToEnd();
    rmSync(checkout.path('cmd/tachyon/gone.ts'));
    rmSync(checkout.path('dist/cmd/tachyon/main.js'));
    const run = await runToEnd();
    expect(run.stdout).toContain('args up');
    expect(existsSync(checkout.path('dist/cmd/tachyon/gone.js'))).toBe(false);
  });

  it('stops with the compiler’s words when the build fails, also at the second try', async () => {
    checkout.plant(MAIN_FILE, 'export const x: number = "text";\n');
    for (let attempt = 0; attempt < 2; attempt++) {
      const run = start();
      expect((await run.end()).code).toBe(1);
      expect(run.stderr).toMatch(/cmd\/tachyon\/main\.ts.*TS2322[\s\S]*the build failed/);
    }
  });

  it('builds when a source has a time after the build', async () => {
    await runToEnd();
    const later = new Date(Date.now() + 60_000);
    utimesSync(checkout.path('cmd/tachyon/main.ts'), later, later);
    expect((await runToEnd()).stderr).toContain('building');
  });

  it('installs first when the lock names what is not there, and tells why it could not', async () => {
    rmSync(checkout.path('node_modules'));
    checkout.plant('bin/npm', '#!/bin/sh\necho "$@" > npm-was-asked; echo "no network here"; exit 1\n', 0o755);
    const path = `${checkout.path('bin')}:${process.env['PATH']}`;
    const run = checkout.run('scripts/start.mjs', [], { env: { PATH: path } });
    expect((await run.end()).code).toBe(1);
    expect(readFileSync(checkout.path('npm-was-asked'), 'utf8')).toMatch(/^ci --include=dev /);
    expect(run.stderr).toMatch(/installing dependencies[\s\S]*no network here\nnpm ci failed/);
    expect(existsSync(checkout.path('dist'))).toBe(false);
  });

  it('installs again when the lock has moved on', async () => {
    const lock = readFileSync(checkout.path('package-lock.json'), 'utf8');
    checkout.plant('package-lock.json', lock.replace(/("node_modules\/zod": \{\s*"version": ")[^"]+/, '$199.0.0'));
    checkout.plant('bin/npm', '#!/bin/sh\nexit 1\n', 0o755);
    const run = checkout.run('scripts/start.mjs', [], { env: { PATH: checkout.path('bin') } });
    await run.end();
    expect(run.stderr).toContain('installing dependencies (1 missing or changed)');
  });
});
