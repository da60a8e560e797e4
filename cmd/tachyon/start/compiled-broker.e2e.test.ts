// The built broker as it was compiled ahead, and where that is of no use.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TACHYON_MAIN, Tachyon } from '../../../internal/testing/processes/tachyon.ts';
import { cacheOf, compile, compiledBroker } from './compiled-broker.ts';

const SCRIPT = join(dirname(TACHYON_MAIN), 'broker.cjs');
/** To V8 a flag like this is another version: no code cache fits. */
const OTHER_V8 = '--stack-size=900';

let tachyon: Tachyon;
let folder: string;

beforeEach(() => {
  tachyon = new Tachyon();
  folder = mkdtempSync(join(tmpdir(), 'tachyon-compiled-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  return tachyon.remove();
});

describe('the broker that was compiled ahead', () => {
  it('is taken by the node that built it', () => {
    expect(compile(SCRIPT, readFileSync(cacheOf(SCRIPT))).cachedDataRejected).toBe(false);
  });

  it('is not looked at by another node, which starts the same broker from its modules', async () => {
    const { ready } = await tachyon.readyBroker([], { command: [process.execPath, OTHER_V8, TACHYON_MAIN] });
    expect(ready.durability).toBe('disk');
  });

  it('is compiled anew where its cache is not one', () => {
    const copy = join(folder, 'broker.cjs');
    copyFileSync(SCRIPT, copy);
    expect(compiledBroker(folder)).toBeNull();
    writeFileSync(cacheOf(copy), 'not a cache');
    expect(compile(copy, readFileSync(cacheOf(copy))).cachedDataRejected).toBe(true);
  });
});
