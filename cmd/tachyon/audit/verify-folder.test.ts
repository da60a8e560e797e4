// What somebody can do to the files of an audit log, and that both verifiers see it: the command's, and the stand-alone
// script that shares no code with it. Each fault is planted in a sound log of two files with a signed head in the middle
// and one at the end.

import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AuditFields,
  type FloorFields,
  GENESIS,
  newSigningKey,
  type SigningKey,
  signFloor,
  signHead,
  writeLine,
} from '../../../pkg/audit/index.ts';
import { verifyFolder } from './verify-folder.ts';

const SCRIPT = join(import.meta.dirname, '../../../scripts/verify-audit.mjs');
const FIRST = `${'1'.padStart(20, '0')}.jsonl`;
const SECOND = `${'4'.padStart(20, '0')}.jsonl`;
const AT = '2026-03-21T10:00:00.000Z';

let folder: string;
let log: string;
let key: SigningKey;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-audit-'));
  log = join(folder, 'audit');
  key = newSigningKey();
  writeLog(log, 'ops', key);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fields = (number: number, actor: string): AuditFields => ({
  number,
  actor,
  timestamp: AT,
  operation: 'purge_dead_letter',
  outcome: 'done',
  // A line separator is no end of a line.
  target_message_ids: [`m${number}`, '\u2028'],
  requested_reason: 'ä 漢',
  prior_state: [],
  resulting_state: [{ status: 'purged' }],
  position: number,
  index: 0,
});

/** Six entries, three in each file; heads at 3 and 6. */
function writeLog(path: string, actor: string, { privatePem, publicPem }: SigningKey): void {
  mkdirSync(path);
  let head = GENESIS;
  for (let number = 1; number <= 6; number += 1) {
    const line = writeLine(fields(number, actor), head);
    head = line.hash;
    appendFileSync(join(path, number <= 3 ? FIRST : SECOND), `${line.text}\n`);
    if (number % 3 === 0) {
      appendFileSync(join(path, 'heads.jsonl'), `${JSON.stringify(signHead(privatePem, number, head, AT))}\n`);
    }
  }
  writeFileSync(join(path, 'public-key.pem'), publicPem);
}

const linesOf = (name: string): string[] => readFileSync(join(log, name), 'utf8').trimEnd().split('\n');
const write = (name: string, lines: readonly string[]): void =>
  writeFileSync(join(log, name), lines.map((line) => `${line}\n`).join(''));
const edit = (name: string, change: (lines: string[]) => readonly string[]): void => write(name, change(linesOf(name)));

const ours = (headFiles: readonly string[] = [], keyFile: string | null = null) =>
  verifyFolder({ folder: log, headFiles, keyFile });

function alone(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, log, ...args], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

describe('a sound log', () => {
  it('is found so by both, with all of its heads', async () => {
    expect(await ours()).toMatchObject({ ok: true, entries: 6, heads: 2, fault: null });
    expect(alone()).toEqual({ status: 0, said: expect.stringMatching(/^sound: 6 entries, .* 2 signed heads met\n$/) });
  });

  it('may have a line and a head that are just being written', async () => {
    appendFileSync(join(log, SECOND), '{"event_id":"audit_');
    appendFileSync(join(log, 'heads.jsonl'), '{"size":7,');
    expect(await ours()).toMatchObject({ ok: true, entries: 6 });
    expect(alone()).toMatchObject({ status: 0 });
  });
});

/** As retention does it: the first file goes, and that it went is signed. */
function removeFirst(over: Partial<FloorFields> = {}, signer: SigningKey = key): void {
  const hash = (JSON.parse(linesOf(FIRST)[2] ?? '') as { readonly hash: string }).hash;
  const fields = { removed: 3, hash, at: AT, reason: 'AUDIT_BYTES_MAX', ...over };
  writeFileSync(join(log, 'floor.json'), `${JSON.stringify(signFloor(signer.privatePem, fields))}\n`);
  rmSync(join(log, FIRST));
}

describe('a log whose oldest entries retention removed', () => {
  it('is found sound by both, which say what went', async () => {
    removeFirst();
    expect(await ours()).toMatchObject({ ok: true, entries: 6, removed: 3, heads: 2, heads_removed: 0 });
    expect((await ours()).removal).toBe(`${AT}: AUDIT_BYTES_MAX`);
    expect(alone()).toEqual({
      status: 0,
      said: expect.stringMatching(
        /^sound: 6 entries, of which 1 to 3 were removed by retention \(signed on 2026-.*, 2 /,
      ),
    });
  });

  it('is found sound by both where the removal is recorded and not carried out yet', async () => {
    const text = readFileSync(join(log, FIRST));
    removeFirst();
    writeFileSync(join(log, FIRST), text);
    expect(await ours()).toMatchObject({ ok: true, entries: 6, removed: 0 });
    expect(alone()).toMatchObject({ status: 0 });
    edit(FIRST, (all) => all.map((line) => line.replace('"m2"', '"mX"')));
    expect(await ours()).toMatchObject({ ok: false, fault: 'altered_line' });
    expect(alone()).toMatchObject({ status: 1 });
  });

  it('may have a record of it elsewhere, which shows that an older one was put back', async () => {
    removeFirst();
    const kept = join(folder, 'kept.jsonl');
    const heads = readFileSync(join(log, 'heads.jsonl'), 'utf8');
    writeFileSync(kept, heads + readFileSync(join(log, 'floor.json'), 'utf8'));
    expect(await ours([kept])).toMatchObject({ ok: true, removed: 3 });
    expect(alone('--head', kept)).toMatchObject({ status: 0 });
    rmSync(log, { recursive: true });
    writeLog(log, 'ops', key);
    expect(await ours([kept])).toMatchObject({ ok: false, fault: 'rolled_back' });
    expect(alone('--head', kept)).toMatchObject({ status: 1 });
  });

  const forgeries: readonly (readonly [string, () => void, string])[] = [
    ['without the record', () => rmSync(join(log, FIRST)), 'missing_or_moved_line'],
    ['under a record signed by another key', () => removeFirst({}, newSigningKey()), 'bad_signature'],
    ['under a record of fewer entries', () => removeFirst({ removed: 2 }), 'missing_or_moved_line'],
    ['under a record with another hash', () => removeFirst({ hash: 'f'.repeat(64) }), 'replaced'],
    ['under a record that no head covers', () => removeFirst({ removed: 7 }), 'bad_floor'],
    [
      'under a record that is none',
      () => [removeFirst(), writeFileSync(join(log, 'floor.json'), '{}')],
      'unreadable_floor',
    ],
    ['and the files behind it too', () => [removeFirst(), rmSync(join(log, SECOND))], 'truncated'],
    ['and a line behind it too', () => [removeFirst(), edit(SECOND, (all) => all.slice(1))], 'missing_or_moved_line'],
  ];
  it.each(forgeries)('is no longer believed by either: %s', async (_what, plant, fault) => {
    plant();
    expect(await ours()).toMatchObject({ ok: false, fault });
    expect(alone()).toEqual({ status: 1, said: expect.stringMatching(/^not as written: /) });
  });
});

/** A name, what somebody does, the fault, and where it shows: file, line. */
type Plant = readonly [string, () => void, string, string | null, number];

const PLANTS: readonly Plant[] = [
  ['a deleted line', () => edit(FIRST, (all) => all.filter((_, at) => at !== 1)), 'missing_or_moved_line', FIRST, 2],
  [
    'lines in another order',
    () => edit(SECOND, ([a = '', b = '', c = '']) => [a, c, b]),
    'missing_or_moved_line',
    SECOND,
    2,
  ],
  ['a deleted file', () => rmSync(join(log, FIRST)), 'missing_or_moved_line', SECOND, 1],
  ['an altered line', () => edit(FIRST, (all) => all.map((l) => l.replace('"m2"', '"mX"'))), 'altered_line', FIRST, 2],
  [
    'an altered event id',
    () => edit(FIRST, (all) => all.map((l) => l.replace(/audit_./, 'audit_z'))),
    'altered_line',
    FIRST,
    1,
  ],
  ['a line that is none', () => edit(SECOND, (all) => ['nothing', ...all]), 'unreadable_line', SECOND, 1],
  ['rubbish behind a file that was followed', () => appendFileSync(join(log, FIRST), 'x'), 'unreadable_line', FIRST, 4],
  ['a log cut short', () => edit(SECOND, (all) => all.slice(0, 1)), 'truncated', null, 0],
  ['a last file that is gone', () => rmSync(join(log, SECOND)), 'truncated', null, 0],
  [
    'a forged head',
    () => edit('heads.jsonl', (all) => all.map((l) => l.replace('"size":6', '"size":5'))),
    'bad_signature',
    null,
    0,
  ],
  ['a head that is none', () => edit('heads.jsonl', (all) => ['{}', ...all]), 'unreadable_head', null, 0],
  ['a key that is gone', () => rmSync(join(log, 'public-key.pem')), 'bad_signature', null, 0],
];

describe('both verifiers find', () => {
  it.each(PLANTS)('%s', async (_, plant, fault, file, line) => {
    plant();
    expect(await ours()).toMatchObject({ ok: false, fault, file, line });
    const { status, said } = alone();
    expect({ status, said }).toEqual({ status: 1, said: expect.stringMatching(/^not as written: /) });
    if (file !== null) expect(said).toContain(`${file}:${line}`);
  });

  it('a log that was written anew, by a key that was kept elsewhere', async () => {
    const kept = join(folder, 'kept.pem');
    writeFileSync(kept, key.publicPem);
    rmSync(log, { recursive: true });
    writeLog(log, 'nobody', newSigningKey());
    expect(await ours()).toMatchObject({ ok: true });
    expect(await ours([], kept)).toMatchObject({ ok: false, fault: 'bad_signature' });
    expect(alone('--public-key', kept)).toMatchObject({ status: 1 });
  });

  it('a log that was written anew with the same key, by a head that was kept elsewhere', async () => {
    const kept = join(folder, 'kept.jsonl');
    cpSync(join(log, 'heads.jsonl'), kept);
    rmSync(log, { recursive: true });
    writeLog(log, 'nobody', key);
    expect(await ours()).toMatchObject({ ok: true });
    expect(await ours([kept])).toMatchObject({ ok: false, fault: 'replaced', file: FIRST, line: 3 });
    expect(alone('--head', kept)).toMatchObject({ status: 1 });
  });

  it('an older copy that was put back, and a log that is gone, by a head that was kept elsewhere', async () => {
    const kept = join(folder, 'kept.jsonl');
    cpSync(join(log, 'heads.jsonl'), kept);
    rmSync(join(log, SECOND));
    edit('heads.jsonl', ([first = '']) => [first]);
    expect(await ours()).toMatchObject({ ok: true, entries: 3 });
    expect(await ours([kept])).toMatchObject({ ok: false, fault: 'truncated', entries: 3 });
    expect(alone('--head', kept)).toMatchObject({ status: 1 });
    for (const name of [FIRST, 'heads.jsonl']) rmSync(join(log, name));
    expect(await ours([kept])).toMatchObject({ ok: false, fault: 'truncated', entries: 0 });
    expect(alone('--head', kept)).toMatchObject({ status: 1 });
  });
});

describe('what cannot be verified', () => {
  it('is no fault of a log: a folder without one, and files that are not there', async () => {
    await expect(verifyFolder({ folder, headFiles: [], keyFile: null })).rejects.toThrow(/no audit log/);
    await expect(verifyFolder({ folder: join(folder, 'x'), headFiles: [], keyFile: null })).rejects.toThrow(
      /cannot be read/,
    );
    await expect(ours([join(folder, 'x')])).rejects.toThrow(/--head .*cannot be read/);
    expect(alone('--head', join(folder, 'x'))).toMatchObject({ status: 2 });
    const noKey = join(folder, 'no.pem');
    writeFileSync(noKey, 'not a key');
    await expect(ours([], noKey)).rejects.toThrow(/no public key/);
    expect(alone('--public-key', noKey)).toMatchObject({ status: 2 });
  });
});
