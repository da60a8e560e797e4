// The catalogue, the page and the class agree: what a client catches is what the documentation explains.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, isErrorCode, RETIRED_CODES, TachyonError } from '../../../pkg/protocol/errors.ts';
import { GENERATED_PAGES } from '../../../scripts/docs/pages.ts';
import { root } from './repository.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');

describe('error codes', () => {
  it.each(codes)('%s is the code of the error that is thrown under it', (code) => {
    const error = new TachyonError(code);
    expect(error.code).toBe(code);
    expect(error.message.startsWith(`${code}: `)).toBe(true);
    expect(error.retryable).toBe(ERRORS[code].retry === 'later');
  });

  it('have one shape, and each says a whole sentence of its own', () => {
    expect(codes.length).toBeGreaterThan(30);
    expect(codes.filter((code) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(code))).toEqual([]);
    const sentences = codes.map((code) => ERRORS[code].sentence);
    expect(sentences.filter((sentence) => !/^[A-Z].*\.$/.test(sentence))).toEqual([]);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it('are all in docs/errors.md, and nothing else is', () => {
    const documented = [...page.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code]) => code);
    expect(documented).toEqual(codes);
  });

  it('that are retired stay listed and are not used again', () => {
    expect(RETIRED_CODES.filter((code) => isErrorCode(code))).toEqual([]);
    expect(RETIRED_CODES.filter((code) => !page.includes(`* \`${code}\``))).toEqual([]);
  });
});

describe('generated pages', () => {
  it.each(GENERATED_PAGES.map((generated) => [generated.path, generated] as const))(
    '%s says what the code says',
    (path, generated) => {
      expect(readFileSync(join(root, path), 'utf8'), 'run `npm run docs`').toBe(generated.render());
    },
  );
});
