// Every relative link in a document leads to a file that exists, and to a heading that exists where it names one.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryFiles, root } from './repository.ts';

const LINK = /(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)/g;
const ELSEWHERE = /^([a-z]+:|\/\/)/i;

const withoutCode = (text: string): string => text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');

/** The anchor that a heading gets where Markdown is shown. */
function anchor(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function brokenLinks(path: string, text: string): readonly string[] {
  return [...withoutCode(text).matchAll(LINK)].flatMap((match) => {
    const link = match[1] ?? match[2] ?? '';
    if (ELSEWHERE.test(link)) return [];
    const [file = '', heading] = link.split('#');
    const target = file === '' ? join(root, path) : join(root, dirname(path), decodeURIComponent(file));
    if (!existsSync(target)) return [`${path}: ${link}`];
    if (heading === undefined || !statSync(target).isFile()) return [];
    const headings = [...readFileSync(target, 'utf8').matchAll(/^#{1,6} (.+)$/gm)].map(([, words]) =>
      anchor(words ?? ''),
    );
    return headings.includes(heading) ? [] : [`${path}: ${link}`];
  });
}

describe('links', () => {
  const documents = repositoryFiles().filter(({ path }) => path.endsWith('.md'));

  it('in the documents lead to files and headings that exist', () => {
    expect(documents.length).toBeGreaterThan(1);
    expect(documents.flatMap(({ path, text }) => brokenLinks(path, text))).toEqual([]);
  });

  it('that lead nowhere are found', () => {
    const text =
      '[a](./absent.md) ![b](absent.png) [c](package.json) [d](https://example.org/x) [e](CONTRIBUTING.md#tests)';
    expect(brokenLinks('README.md', `${text} [f](CONTRIBUTING.md#absent) \`[g](absent)\``)).toEqual([
      'README.md: ./absent.md',
      'README.md: absent.png',
      'README.md: CONTRIBUTING.md#absent',
    ]);
  });
});
