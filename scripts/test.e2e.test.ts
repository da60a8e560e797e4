// Proved on a planted checkout whose tests are known: the closing line and the exit code must agree with them, above all
// where nothing was checked.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlantedCheckout } from '../internal/testing/planted-checkout.ts';

let checkout: PlantedCheckout;

beforeEach(() => {
  checkout = new PlantedCheckout();
});

afterEach(() => checkout.remove());

const file = (...lines: readonly string[]): string => ["import { expect, it } from 'vitest';", ...lines, ''].join('\n');
const PASSING = "it('holds', () => expect(1).toBe(1));";
const FAILING = "it('does not hold', () => expect(1).toBe(2 as number));";
const UNAVAILABLE = "it.skipIf(true)('has nothing to run on', () => expect(1).toBe(1));";

interface Closing {
  readonly code: number | null;
  readonly line: string | undefined;
  /** False when the run ended before any test could begin. */
  readonly isBuilt: boolean;
}

async function closing(files: Readonly<Record<string, string>>): Promise<Closing> {
  for (const [path, text] of Object.entries(files)) checkout.plant(path, text);
  const run = checkout.run('scripts/test.mjs');
  const { code } = await run.end();
  return { code, line: run.stdout.trimEnd().split('\n').at(-1), isBuilt: run.stderr.includes('built in') };
}

describe('npm test', () => {
  it('passes when every test of every project does', async () => {
    const files = {
      'pkg/a.test.ts': file(PASSING),
      'pkg/a.sim.test.ts': file(PASSING),
      'pkg/a.crash.test.ts': file(PASSING),
      'pkg/a.e2e.test.ts': file(PASSING),
    };
    expect(await closing(files)).toEqual({ code: 0, line: '4 passed, 0 failed', isBuilt: true });
  });

  it('counts what failed, and says what was skipped', async () => {
    const files = { 'pkg/a.test.ts': file(PASSING, FAILING, UNAVAILABLE), 'pkg/b.e2e.test.ts': file(PASSING) };
    expect(await closing(files)).toEqual({ code: 1, line: '2 passed, 1 failed, 1 skipped', isBuilt: true });
  });

  it('counts a file that cannot be loaded as a failure', async () => {
    const files = { 'pkg/a.test.ts': file(PASSING), 'pkg/b.test.ts': "throw new Error('at load');\n" };
    expect(await closing(files)).toEqual({ code: 1, line: '1 passed, 1 failed', isBuilt: true });
  });

  it('counts a rejection that nobody handled as a failure', async () => {
    const files = { 'pkg/a.test.ts': file(PASSING, "void Promise.reject(new Error('alone'));") };
    expect(await closing(files)).toEqual({ code: 1, line: '1 passed, 1 failed', isBuilt: true });
  });

  it('counts a test process that dies as a failure', async () => {
    const files = { 'pkg/a.test.ts': file(PASSING, "it('dies', () => process.kill(process.pid, 'SIGKILL'));") };
    expect(await closing(files)).toMatchObject({
      code: 1,
      line: expect.stringMatching(/^\d passed, [1-9]\d* failed$/),
      isBuilt: true,
    });
  });

  it('fails when there is nothing to run', async () => {
    expect(await closing({ 'pkg/a.ts': 'export const x = 1;\n' })).toEqual({
      code: 1,
      line: '0 passed, 1 failed',
      isBuilt: true,
    });
  });

  it('fails when everything was skipped', async () => {
    expect(await closing({ 'pkg/a.test.ts': file(UNAVAILABLE) })).toEqual({
      code: 1,
      line: '0 passed, 1 failed, 1 skipped',
      isBuilt: true,
    });
  });

  it('fails when the build does, and runs nothing', async () => {
    const files = { 'pkg/a.test.ts': file(PASSING), 'pkg/b.ts': 'export const x: number = "text";\n' };
    expect(await closing(files)).toEqual({ code: 1, line: '0 passed, 1 failed', isBuilt: false });
  });
});
