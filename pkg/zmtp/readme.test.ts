// The page beside this file: its examples run as they stand and print what is said here, its tables say what the code says.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as zmtp from './index.ts';

const page = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
/** Stands for the name under which an application has it installed. */
const source = JSON.stringify(join(import.meta.dirname, 'index.ts'));
const examples = new Map(
  [...page.matchAll(/```ts title=(\S+)\n([\s\S]*?)```/g)].map(([, name = '', code = '']) => [name, code]),
);

const PRINTED: Readonly<Record<string, string>> = {
  'request.ts': 'ada asked: what time is it?\n',
  'backpressure.ts': 'heard 100000\n',
  'publish.ts': 'wanted: weather.\nweather.north rain\nnot wanted: weather.\n',
  'plain.ts': 'kept out: AUTHENTICATION_FAILED\nlet in: ada\n',
};

describe('the examples', () => {
  it('are all known here', () => {
    expect([...examples.keys()].sort()).toEqual(Object.keys(PRINTED).sort());
  });

  it.each(Object.entries(PRINTED))('%s prints what it should, and ends by itself', (name, printed) => {
    const folder = mkdtempSync(join(tmpdir(), 'zmtp-'));
    try {
      const file = join(folder, name.replace(/\.ts$/, '.mts'));
      writeFileSync(file, examples.get(name)!.replace("'aetherbus-tachyon/zmtp'", source));
      const run = spawnSync(process.execPath, ['--import', 'tsx', file], {
        encoding: 'utf8',
        timeout: 15_000,
        cwd: import.meta.dirname,
      });
      expect({ stdout: run.stdout, stderr: run.stderr, status: run.status }).toEqual({
        stdout: printed,
        stderr: '',
        status: 0,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the tables', () => {
  it('have every limit, with its default', () => {
    const rows = [...page.matchAll(/^\| `([a-z]\w+)` \| ([\d,]+)( MiB)? \|/gm)].map(([, name, number, unit]) => [
      name,
      Number(number!.replaceAll(',', '')) * (unit === undefined ? 1 : 1024 * 1024),
    ]);
    expect(Object.fromEntries(rows)).toEqual(zmtp.ZMTP_LIMITS);
  });

  it('name every socket, and no other', () => {
    const sockets = [...page.matchAll(/^\| `([A-Z]\w+)` \| \d/gm)].map(([, name = '']) => name);
    expect(sockets.toSorted()).toEqual(['Dealer', 'Pub', 'Req', 'Router', 'Sub', 'XPub']);
    for (const name of sockets) expect(zmtp).toHaveProperty(name);
  });
});

describe('limits', () => {
  it('that are no positive whole numbers are mistakes of the program', () => {
    for (const value of [0, -1, 1.5, Number.NaN, Infinity])
      expect(() => new zmtp.Pub({}, { limits: { queueBytesMax: value } })).toThrow(RangeError);
  });

  it('of an identity: 255 bytes, the first not zero', () => {
    const open = (identity: string | Uint8Array) => () => new zmtp.Dealer({ onMessages: () => {} }, { identity });
    expect(open('x'.repeat(256))).toThrow(RangeError);
    expect(open(Uint8Array.of(0, 1))).toThrow(RangeError);
  });
});
