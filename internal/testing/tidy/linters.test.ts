// The gate itself is checked: each habit that the linters keep is broken once in a planted file, a run that sees no file
// does not pass, and the repository passes its own linters.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PlantedProject } from './planted-project.ts';
import { root } from './repository.ts';

/** They read every file, beside the other tests. */
const LINT_MS_MAX = 180_000;

const projects: PlantedProject[] = [];

function plantedProject(files: Readonly<Record<string, string>>): PlantedProject {
  const project = new PlantedProject();
  projects.push(project);
  for (const [path, text] of Object.entries(files)) project.plant(path, text);
  return project;
}

afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

const OXLINT_CASES: Readonly<Record<string, string>> = {
  'no-floating-promises': 'const f = async (): Promise<void> => {};\nexport const g = (): void => { f(); };\n',
  'no-misused-promises':
    'const f = async (): Promise<boolean> => true;\nexport const g = (): number => (f() ? 1 : 2);\n',
  'switch-exhaustiveness-check':
    "export function g(x: 'a' | 'b'): number { let n = 0; switch (x) { case 'a': n = 1; break; } return n; }\n",
  'no-explicit-any': 'export const x = (y: any): unknown => y;\n',
  'only-throw-error': "export function g(): never { throw 'text'; }\n",
  'no-console': "export const g = (): void => console.log('x');\n",
  'consistent-type-imports': "import { Stats } from 'node:fs';\nexport type S = Stats;\n",
};

const BIOME_CASES: Readonly<Record<string, string>> = {
  noEnum: 'export enum E { A }\n',
  noParameterProperties: 'export class C { constructor(readonly x: number) {} }\n',
  noNamespace: 'export namespace N { export const x = 1; }\n',
  noExplicitAny: 'export const x = (y: any): unknown => y;\n',
  noUnusedImports: "import { join } from 'node:path';\nexport const x = 1;\n",
};

describe('the linters', () => {
  it.each(Object.entries(OXLINT_CASES))('refuse what breaks %s', (rule, text) => {
    const refusals = plantedProject({ 'internal/app/planted.ts': text }).oxlint();
    expect(refusals.map((refusal) => refusal.rule).join()).toContain(rule);
  });

  it.each(Object.entries(BIOME_CASES))('refuse what breaks %s', (rule, text) => {
    const { exitCode, output } = plantedProject({ 'internal/app/planted.ts': text }).biomeRun();
    expect(output).toContain(rule);
    expect(exitCode).not.toBe(0);
  });

  it('refuse two files that import each other', () => {
    const refusals = plantedProject({
      'internal/app/one.ts': "import { two } from './two.ts';\nexport const one = (): number => two();\n",
      'internal/app/two.ts': "import { one } from './one.ts';\nexport const two = (): number => one();\n",
    }).oxlint();
    expect(refusals.map(({ rule }) => rule).join()).toContain('no-cycle');
  });

  it('fail when there is no file to look at', () => {
    const project = new PlantedProject();
    projects.push(project);
    expect(project.oxlintRun().exitCode).not.toBe(0);
  });

  it('pass a file that keeps every habit', () => {
    const project = plantedProject({ 'internal/app/planted.ts': 'export const leaseMs = 1_000;\n' });
    expect(project.oxlintRun().exitCode).toBe(0);
    expect(project.biomeRun().exitCode).toBe(0);
  });

  it.each([
    ['biome', 'check', '--error-on-warnings', '--reporter=github'],
    ['oxlint', '--format=unix'],
  ])(
    'pass the repository: %s %s',
    (tool, ...args) => {
      const { status, stdout } = spawnSync(join(root, 'node_modules/.bin', tool), args, {
        cwd: root,
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      });
      const told = status === 0 ? [] : stdout.split('\n').slice(0, 20);
      expect({ status, told }).toEqual({ status: 0, told: [] });
    },
    LINT_MS_MAX,
  );
});
