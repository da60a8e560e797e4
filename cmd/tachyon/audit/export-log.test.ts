// An export is a log of its own: it verifies where it lies, keeps what retention takes from the log afterwards, and is never
// overwritten by a log that is not its continuation.

import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileAuditStore } from '../../../internal/repository/audit/file-audit-store.ts';
import { NodeDisk } from '../../../internal/repository/disk/node-disk.ts';
import { anAuditLog } from '../../../internal/testing/fixtures/an-audit-log.ts';
import { exportLog } from './export-log.ts';
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

const verify = () => verifyFolder({ folder: copy, headFiles: [], keyFile: null });

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
