// package.json tells the truth: scripts and exports lead to files, versions are exact, the lock is theirs.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './repository.ts';

interface Manifest {
  readonly license: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
/** Of a bundled executable, its entry. */
const sourceOf = (path: string): string =>
  path
    .replace(/^(\.\/)?dist\//, '')
    .replace(/^bin\/([^/]+)\.js$/, 'cmd/$1/main.ts')
    .replace(/(\.d\.ts|\.js)$/, '.ts');

describe('package.json', () => {
  it.each(Object.entries(manifest.scripts))('script %s runs files that exist', (_name, script) => {
    const files = script.split(/\s+/).filter((word) => /^(scripts|dist|cmd)\//.test(word));
    expect(files.map(sourceOf).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('points its executables and exports at sources that exist', () => {
    const exported = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    const targets = [...Object.values(manifest.bin), ...exported].map(sourceOf);
    expect(targets.length).toBeGreaterThan(4);
    expect(targets.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('starts its executables by name: each begins with the line that says who runs it', () => {
    const first = Object.values(manifest.bin).map((path) => read(sourceOf(path)).split('\n')[0]);
    expect(new Set(first)).toEqual(new Set(['#!/usr/bin/env node']));
  });

  it('pins every version exactly, and the lock file agrees', () => {
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string }> };
    const locked = Object.keys(wanted).map((name) => [name, lock.packages[`node_modules/${name}`]?.version]);
    expect(Object.entries(wanted).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(Object.fromEntries(locked)).toEqual(wanted);
  });

  it('names the licence that lies beside it', () => {
    expect(manifest.license).toBe('MIT');
    expect(read('LICENSE')).toMatch(/^MIT License\n\nCopyright \(c\) 2026 AetherBus Tachyon contributors\n/);
  });
});

describe('the continuous integration', () => {
  it('runs the gate on every Node that is promised, with actions that cannot change under it', () => {
    const workflow = read('.github/workflows/ci.yml');
    expect(workflow).toContain('node: [20, 22, 24]');
    expect(workflow).toContain('run: npm run check');
    const actions = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => !/@[0-9a-f]{40}$/.test(action ?? ''))).toEqual([]);
  });

  it('has a runner that can be executed', () => {
    expect(statSync(join(root, '.ci/run')).mode & 0o111).not.toBe(0);
  });
});
