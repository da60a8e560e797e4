// The lines of `tachyon-bench` that the documents print can be typed: each command is there and knows their options, and
// the page about benchmarks leaves none out.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BENCH_ENTRY } from '../processes/entries.ts';

const docs = join(import.meta.dirname, '../../../docs');

const help = (...words: readonly string[]): string => {
  const { status, stdout } = spawnSync(process.execPath, [BENCH_ENTRY, ...words, '--help'], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout;
};

const commandsOf = (text: string): string[] =>
  [...text.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help');

/** The lines of shell blocks that call the bench, from its first word on. */
function lines(): readonly (readonly string[])[] {
  return readdirSync(docs)
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => [...readFileSync(join(docs, name), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)])
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => /^(?:npx )?(?:tachyon-bench|npm run bench --) (.+?)(?:\s+#.*)?$/.exec(line)?.[1]?.split(/\s+/) ?? [])
    .filter((words) => words.length > 0);
}

describe('tachyon-bench in the documents', () => {
  it('is called with commands and options that it knows', () => {
    const called = lines();
    expect(called.length).toBeGreaterThan(8);
    const known = commandsOf(help().split('Commands:')[1] ?? '');
    const texts = new Map<string, string>();
    for (const [command = '', ...words] of called) {
      expect(known).toContain(command);
      const text = texts.get(command) ?? help(command);
      texts.set(command, text);
      for (const word of words.filter((each) => each.startsWith('--'))) {
        expect(text).toMatch(new RegExp(`${word.split('=')[0]}[ ,\\n]`));
      }
    }
  });

  it('has every command in the table of its page', () => {
    const page = readFileSync(join(docs, 'benchmarks.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    const known = commandsOf(help().split('Commands:')[1] ?? '');
    expect(known.length).toBeGreaterThan(6);
    expect(known.filter((name) => !listed.includes(name))).toEqual([]);
  });

  it('says in its help what allocations are', () => {
    for (const command of ['harness', 'matrix'])
      expect(help(command)).toMatch(/allocs_per_op is the bytes of JavaScript/);
  });
});
