// A folder outside the repository with the repository's own linter configuration and nothing but planted files, so that
// a test sees which of them the linters refuse and in which words.

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './repository.ts';

export interface Refusal {
  readonly file: string;
  /** The rule's name, as the linter prints it. */
  readonly rule: string;
  readonly text: string;
}

export interface LintRun {
  readonly exitCode: number;
  readonly output: string;
}

interface OxlintReport {
  readonly diagnostics: readonly {
    readonly code: string;
    readonly message: string;
    readonly help?: string;
    readonly filename: string;
  }[];
}

export class PlantedProject {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tachyon-tidy-'));

  constructor() {
    for (const file of ['.oxlintrc.json', 'biome.json', 'tsconfig.json', 'package.json', '.gitignore']) {
      copyFileSync(join(root, file), join(this.#folder, file));
    }
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'), 'dir');
    execFileSync('git', ['init', '--quiet'], { cwd: this.#folder });
  }

  plant(path: string, text: string): void {
    mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
    writeFileSync(join(this.#folder, path), text);
  }

  oxlint(): readonly Refusal[] {
    const report = JSON.parse(this.#run('oxlint', ['-f', 'json']).output) as OxlintReport;
    return report.diagnostics.map(({ filename, code, message, help }) => ({
      file: filename,
      rule: code,
      text: `${message} ${help ?? ''}`,
    }));
  }

  oxlintRun(): LintRun {
    return this.#run('oxlint', []);
  }

  biomeRun(): LintRun {
    return this.#run('biome', ['lint', '--error-on-warnings', '--max-diagnostics=none']);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(tool: string, args: readonly string[]): LintRun {
    const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', tool), args, {
      cwd: this.#folder,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    return { exitCode: status ?? -1, output: stdout + (tool === 'oxlint' ? '' : stderr) };
  }
}
