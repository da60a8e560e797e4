// An export is a log of its own: it verifies where it lies, keeps what retention takes from the log afterwards, and is never
// overwritten by a log that is not its continuation. What an export holds survives whatever the next one meets.

import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileAuditStore } from '../../../internal/repository/audit/file-audit-store.ts';
import { NodeDisk } from '../../../internal/repository/disk/node-disk.ts';
import { anAuditLog } from '../../../internal/testing/fixtures/an-audit-log.ts';
import { exportLog, writing } from './export-log.ts';
import { planExport } from './export-plan.ts';
import { verifyFolder } from './verify-folder.ts';

let folder: string;
let log: string;
let copy: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-export-'));
  log = mkdtempSync(join(folder, 'audit-'));
  copy = join(folder, 'kept', 'audit');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = anAuditLog();
const nowMs = entry.nowMs;

/** A log on a real disk; `work` is done with it. */
async function withLog(work: (store: FileAuditStore) => Promise<void>): Promise<void> {
  const store = new FileAuditStore({ disk: new NodeDisk(log), fileBytes: 1_024, bytesMax: 3_000 });
  store.open();
  await work(store);
  store.close();
}

const done = (act: (call: (error: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => act((error) => (error === null ? resolve() : reject(error))));

async function fill(from: number, through: number): Promise<void> {
  await withLog(async (store) => {
    for (let at = from; at <= through; at += 1) await done((call) => store.append([entry.entry(at)], call));
    await done((call) => store.seal(nowMs, call));
  });
}

const retain = (): Promise<void> =>
  withLog(async (store) => {
    const removal = store.removable(nowMs);
    if (removal === null) throw new Error('something is beyond the bound');
    await done((call) => store.remove(removal, nowMs, call));
  });

const verify = (where = copy) => verifyFolder({ folder: where, headFiles: [], keyFile: null });

const SCRIPT = join(import.meta.dirname, '../../../scripts/verify-audit.mjs');
const alone = () => spawnSync(process.execPath, [SCRIPT, copy], { encoding: 'utf8' });

/** All that a folder holds, byte by byte. */
const contentOf = (where: string): ReadonlyMap<string, string> =>
  new Map(readdirSync(where).map((name) => [name, readFileSync(join(where, name), 'latin1')]));

const linesOf = (where: string): string[] =>
  readdirSync(where)
    .filter((name) => /^\d{20}\.jsonl$/.test(name))
    .sort();

describe('an export of the audit log', () => {
  it('verifies where it lies, and has no key that signs', async () => {
    await fill(1, 20);
    expect(await exportLog(log, copy)).toMatchObject({ ok: true, entries: 20, removed: 0, exported_to: copy });
    expect(await verify()).toMatchObject({ ok: true, entries: 20, heads: 1 });
    expect(existsSync(join(copy, 'signing-key.pem'))).toBe(false);
    expect(readdirSync(copy).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('done again adds what is new, and holds what retention has removed since', async () => {
    await fill(1, 20);
    await exportLog(log, copy);
    await retain();
    await fill(21, 30);
    expect(await verifyFolder({ folder: log, headFiles: [], keyFile: null })).toMatchObject({ ok: true, entries: 30 });
    expect(await exportLog(log, copy)).toMatchObject({ ok: true, entries: 30, removed: 0 });
    expect((await verifyFolder({ folder: log, headFiles: [], keyFile: null })).removed).toBeGreaterThan(0);
  });

  it('of a log that begins late says what is missing', async () => {
    await fill(1, 20);
    await retain();
    const report = await exportLog(log, copy);
    expect(report).toMatchObject({ ok: true, entries: 20, removed: expect.any(Number) });
    expect(report.removed).toBeGreaterThan(0);
  });

  it('leaves a line alone that is just being written', async () => {
    await fill(1, 3);
    const [last = ''] = readdirSync(log).filter((name) => name.endsWith('.jsonl') && name !== 'heads.jsonl');
    appendFileSync(join(log, last), '{"event_id":"audit_');
    expect(await exportLog(log, copy)).toMatchObject({ ok: true, entries: 3 });
  });

  it('is not overwritten by a log that is not its continuation', async () => {
    await fill(1, 20);
    await exportLog(log, copy);
    const [first = ''] = readdirSync(log).sort();
    const text = readFileSync(join(log, first), 'utf8');
    writeFileSync(join(log, first), text.replace('olivia', 'nobody'));
    await expect(exportLog(log, copy)).rejects.toThrow(/is not the beginning of the log's/);
    expect(await verify()).toMatchObject({ ok: true, entries: 20 });
    rmSync(log, { recursive: true });
    await expect(exportLog(log, copy)).rejects.toThrow(/cannot be read/);
  });
});

describe('an earlier export', () => {
  it('stays as it was where retention removed entries that it never had, and is told which', async () => {
    await fill(1, 20);
    await exportLog(log, copy);
    await fill(21, 60);
    await retain();
    const before = contentOf(copy);
    const first = Number(linesOf(log)[0]?.slice(0, 20));
    expect(first).toBeGreaterThan(21);
    await expect(exportLog(log, copy)).rejects.toThrow(
      new RegExp(`entries 21 to ${first - 1} were removed by AUDIT_BYTES_MAX on .* export to a new folder`),
    );
    expect(contentOf(copy)).toEqual(before);
    expect(await verify()).toMatchObject({ ok: true, entries: 20, heads: 1 });
    expect(alone()).toMatchObject({ status: 0 });
    const other = join(folder, 'other');
    expect(await exportLog(log, other)).toMatchObject({ ok: true, entries: 60, removed: first - 1 });
  });

  it('keeps the heads of what retention removed since', async () => {
    await fill(1, 10);
    await fill(11, 20);
    await exportLog(log, copy);
    await retain();
    await fill(21, 25);
    expect(await exportLog(log, copy)).toMatchObject({ ok: true, entries: 25, removed: 0, heads: 3 });
    expect(alone()).toMatchObject({ status: 0, stdout: expect.stringContaining('3 signed heads met') });
  });

  const damages: readonly (readonly [string, () => void | Promise<void>, RegExp])[] = [
    [
      'was altered where the export is not yet',
      () => {
        const name = join(log, linesOf(log).at(-1) ?? '');
        writeFileSync(name, readFileSync(name, 'utf8').replace('olivia', 'nobody'));
      },
      /does not verify: entry \d+ was altered/,
    ],
    [
      'lost a file behind the export',
      () => rmSync(join(log, linesOf(log).at(-2) ?? '')),
      /does not verify: entry \d+ stands where/,
    ],
    [
      'lost its newest lines, which were signed',
      () => rmSync(join(log, linesOf(log).at(-1) ?? '')),
      /30 entries were signed/,
    ],
    [
      'was put back as it was',
      async () => {
        for (const name of readdirSync(log)) rmSync(join(log, name));
        await fill(1, 5);
      },
      /key of another log/,
    ],
    ['has a forged head', () => appendFileSync(join(log, 'heads.jsonl'), '{}\n'), /no signed head/],
  ];
  it.each(damages)('stays as it was where the log %s', async (_what, damage, said) => {
    await fill(1, 20);
    await exportLog(log, copy);
    const before = contentOf(copy);
    await fill(21, 30);
    await damage();
    await expect(exportLog(log, copy)).rejects.toThrow(said);
    expect(contentOf(copy)).toEqual(before);
  });

  it('verifies after each file of the next one, wherever that is cut, and is completed by the one after it', async () => {
    await fill(1, 20);
    await exportLog(log, copy);
    await retain();
    await fill(21, 40);
    const before = join(folder, 'before');
    cpSync(copy, before, { recursive: true });
    let cuts = 0;
    for (let isWhole = false; !isWhole; cuts += 1) {
      rmSync(copy, { recursive: true });
      cpSync(before, copy, { recursive: true });
      const steps = writing(await planExport(log, copy), log, copy);
      for (let step = 0; step < cuts; step += 1) isWhole = steps.next().done === true;
      const cut = await verify();
      expect({ cuts, ...cut }).toMatchObject({ cuts, ok: true, removed: 0 });
      expect(cut.entries).toBeGreaterThanOrEqual(20);
      // The file that was being written when it was cut.
      writeFileSync(join(copy, `${linesOf(log).at(-1)}.tmp`), '{"event_id":');
      expect(await exportLog(log, copy)).toMatchObject({ ok: true, entries: 40, removed: 0 });
      expect(readdirSync(copy).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    }
    expect(cuts).toBeGreaterThan(5);
    expect(alone()).toMatchObject({ status: 0 });
  });

  it('that was cut before it was ever whole is completed by the next, also of a log that begins late', async () => {
    await fill(1, 20);
    await retain();
    let cuts = 0;
    for (let isWhole = false; !isWhole; cuts += 1) {
      rmSync(copy, { recursive: true, force: true });
      const steps = writing(await planExport(log, copy), log, copy);
      for (let step = 0; step < cuts; step += 1) isWhole = steps.next().done === true;
      const report = await exportLog(log, copy);
      expect({ cuts, ...report }).toMatchObject({ cuts, ok: true, entries: 20 });
      expect(report.removed).toBeGreaterThan(0);
    }
    expect(cuts).toBeGreaterThan(4);
  });
});
