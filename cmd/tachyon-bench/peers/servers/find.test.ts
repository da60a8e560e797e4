// Programs are found by name in a list of folders, and versions compare as numbers.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { askVersion, findProgram, isAtLeast } from './find.ts';

const folder = mkdtempSync(join(tmpdir(), 'tachyon-find-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a program', () => {
  it('is the first executable file of its name', async () => {
    const file = join(folder, 'race-server');
    writeFileSync(file, '#!/bin/sh\necho "race-server: v2.10.4 (build 7)"\n');
    expect(findProgram('race-server', folder)).toBeNull();
    chmodSync(file, 0o755);
    expect(findProgram('race-server', `${folder}-absent${delimiter}${folder}`)).toBe(file);
    expect(await askVersion(file, [])).toBe('2.10.4');
    expect(await askVersion('/bin/true', [])).toBe('unknown');
  });
});

describe('a version', () => {
  it('is compared by its numbers', () => {
    expect(isAtLeast('2.9.10', '2.10.0')).toBe(false);
    expect(isAtLeast('2.10.0', '2.10.0')).toBe(true);
    expect(isAtLeast('3.0', '2.10.0')).toBe(true);
    expect(isAtLeast('unknown', '2.10.0')).toBe(false);
  });
});
