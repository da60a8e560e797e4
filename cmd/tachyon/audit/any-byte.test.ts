// Whichever byte of a log is made another, put in or taken out, both verifiers find it: the command's in this
// process, the stand-alone script as it is in a process of its own, which is given one altered log after the other. The
// log has two files, a head in the middle and one at the end, and a record of removal, all as a broker writes them.

import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../internal/testing/sim/random.ts';
import { GENESIS, newSigningKey, signFloor, signHead, writeLine } from '../../../pkg/audit/index.ts';
import { verifyFolder } from './verify-folder.ts';

const SCRIPT = join(import.meta.dirname, '../../../scripts/verify-audit.mjs');
const FILES = ['2', '3'].map((first) => `${first.padStart(20, '0')}.jsonl`);
const AT = '2026-03-21T10:00:00.000Z';
const NEWLINE = 0x0a;
/** Each of some hundred logs is verified twice. */
const MS_MAX = 60_000;

/** Runs the script once for each altered file, in one process; answers with the exit codes. */
const EACH = `
  import { readFileSync, writeFileSync } from 'node:fs';
  const [script, folder, list] = process.argv.slice(2);
  const codes = [];
  const say = process.stderr.write;
  process.stdout.write = process.stderr.write = () => true;
  for (const [index, { path, base64 }] of JSON.parse(readFileSync(list, 'utf8')).entries()) {
    const before = readFileSync(path);
    writeFileSync(path, Buffer.from(base64, 'base64'));
    process.argv = [process.execPath, script, folder];
    process.exitCode = 0;
    await import('file://' + script + '?' + index);
    codes.push(process.exitCode);
    writeFileSync(path, before);
  }
  process.exitCode = 0;
  process.stderr.write = say;
  process.stderr.write(JSON.stringify(codes));
`;

let folder: string;
let log: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-any-byte-'));
  log = mkdtempSync(join(folder, 'audit-'));
  const { privatePem, publicPem } = newSigningKey();
  let head = GENESIS;
  for (let number = 1; number <= 3; number += 1) {
    const state = { queue: 'ä\u2028\ufffd漢', count: -1.5e-7, list: [null, true] };
    const facts = { target_message_ids: [`m${number}`], prior_state: [], resulting_state: [state] };
    const asked = { requested_reason: 'a\n"b"', ...(number === 2 ? {} : { request_id: 'r-1' }) };
    const fields = { number, actor: 'ann', timestamp: AT, operation: 'purge', outcome: 'done', ...facts, ...asked };
    const line = writeLine({ ...fields, position: number, index: 0 }, head);
    head = line.hash;
    if (number === 1) {
      const floor = signFloor(privatePem, { removed: 1, hash: head, at: AT, reason: 'AUDIT_BYTES_MAX' });
      writeFileSync(join(log, 'floor.json'), `${JSON.stringify(floor)}\n`);
      continue;
    }
    appendFileSync(join(log, FILES[number - 2] ?? ''), `${line.text}\n`);
    appendFileSync(join(log, 'heads.jsonl'), `${JSON.stringify(signHead(privatePem, number, head, AT))}\n`);
  }
  writeFileSync(join(log, 'public-key.pem'), publicPem);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Altered {
  readonly what: string;
  readonly path: string;
  readonly bytes: Buffer;
}

const WAYS = ['bit', 'more', 'byte', 'less'] as const;

/** At each place one of: another bit, one byte more, another byte, one less; at an end of line each of them. */
function* altered(name: string, through: (bytes: Buffer) => number): Generator<Altered> {
  const path = join(log, name);
  const bytes = readFileSync(path);
  const random = new Random(bytes.length);
  for (let at = 0; at < through(bytes); at += 1) {
    const ways = bytes[at] === NEWLINE ? WAYS : [random.pick(WAYS)];
    for (const way of ways) {
      const one = way === 'bit' ? (bytes[at] ?? 0) ^ (1 << random.int(8)) : random.int(256);
      const put = way === 'less' ? [] : [one];
      const behind = bytes.subarray(at + (way === 'more' ? 0 : 1));
      const next = Buffer.concat([bytes.subarray(0, at), Buffer.from(put), behind]);
      if (!next.equals(bytes)) yield { what: `${name}: ${way} ${one} at ${at}`, path, bytes: next };
    }
  }
}

async function ours(path: string, bytes: Buffer): Promise<boolean> {
  const before = readFileSync(path);
  writeFileSync(path, bytes);
  try {
    return (await verifyFolder({ folder: log, headFiles: [], keyFile: null })).ok;
  } finally {
    writeFileSync(path, before);
  }
}

function alone(all: readonly Altered[]): readonly number[] {
  const list = join(folder, 'list.json');
  writeFileSync(list, JSON.stringify(all.map(({ path, bytes }) => ({ path, base64: bytes.toString('base64') }))));
  const each = join(folder, 'each.mjs');
  writeFileSync(each, EACH);
  const args = [each, SCRIPT, log, list];
  const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stderr) as number[];
}

/** What was altered and not found, and by whom. */
async function missed(all: readonly Altered[]): Promise<readonly string[]> {
  expect(all.length).toBeGreaterThan(200);
  const missing: string[] = [];
  for (const { what, path, bytes } of all) if (await ours(path, bytes)) missing.push(`ours: ${what}`);
  const codes = alone(all);
  expect(codes).toHaveLength(all.length);
  for (const [index, code] of codes.entries()) if (code !== 1) missing.push(`alone: ${all[index]?.what} gave ${code}`);
  return missing;
}

describe('one byte', () => {
  it('is not what they find: the log as it was written is sound', async () => {
    const [name = ''] = FILES;
    const bytes = readFileSync(join(log, name));
    expect(await ours(join(log, name), bytes)).toBe(true);
    expect(alone([{ what: '', path: join(log, name), bytes }])).toEqual([0]);
  });

  it.each([...FILES, 'floor.json'])(
    'of %s is found',
    async (name) => {
      expect(await missed([...altered(name, (bytes) => bytes.length)])).toEqual([]);
    },
    MS_MAX,
  );

  it(
    'of a signed head is found, as long as it has its end of line',
    async () => {
      // What stands without one at the end is a head that is being written.
      const through = (bytes: Buffer): number => bytes.lastIndexOf(NEWLINE);
      expect(await missed([...altered('heads.jsonl', through)])).toEqual([]);
    },
    MS_MAX,
  );
});
