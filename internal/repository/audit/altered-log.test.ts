// What a start makes of a log that somebody was at: what a signed head covers no crash has left so, so it is said, and kept
// as it is; what no head covers yet is cut behind the last whole line and kept beside the log.

import { describe, expect, it } from 'vitest';
import { type AuditLogFixture, anAuditLog } from '../../testing/fixtures/an-audit-log.ts';
import { Random } from '../../testing/sim/random.ts';
import { SimDisk } from '../../testing/sim/sim-disk.ts';

/** Two files, of which the newest has three signed entries and two that no head covers yet. */
function aLog(): { readonly log: AuditLogFixture; readonly name: string; readonly signed: number } {
  const log = anAuditLog({ fileBytes: 2_000 });
  log.fill(8);
  log.seal();
  const name = log.files.at(-1) ?? '';
  const signed = new TextEncoder().encode(log.read(name)).length;
  log.fill(2);
  expect(log.files.at(-1)).toBe(name);
  log.store.close();
  return { log, name, signed };
}

const again = (log: AuditLogFixture) => anAuditLog({ disk: log.disk, fileBytes: 2_000 });

/** The file with one byte put in place of so many. */
function patch(log: AuditLogFixture, name: string, at: number, taken: number, put: readonly number[]): void {
  const file = log.disk.openSync(name, 'read');
  const bytes = new Uint8Array(file.sizeSync());
  file.readSync(bytes, 0);
  file.close();
  log.disk.removeSync(name);
  const next = log.disk.createSync(name);
  next.writeSync(Uint8Array.from([...bytes.subarray(0, at), ...put, ...bytes.subarray(at + taken)]), 0);
  next.close();
}

describe('a start', () => {
  it('finds any byte that was altered, added or taken away where a head covers it, and leaves it where it is', () => {
    const random = new Random(1);
    const { log: whole, name, signed } = aLog();
    const text = whole.read(name);
    const files = whole.disk.snapshot();
    let said = 0;
    for (let at = 0; at < signed; at += 1) {
      if (at % 3 > 0 && text[at] !== '\n') continue;
      const [taken, put] = random.pick([
        [1, [text.charCodeAt(at) ^ (1 << random.int(7))]],
        [0, [random.int(256)]],
        [1, []],
      ] as const);
      const log = anAuditLog({ disk: SimDisk.fromSnapshot(files), fileBytes: 2_000 });
      log.store.close();
      patch(log, name, at, taken, put);
      const altered = log.read(name);
      const next = again(log);
      expect({ at, put, fault: next.store.status.fault }).toMatchObject({ at, fault: expect.any(String) });
      expect(next.read(name)).toBe(altered);
      said += 1;
    }
    expect(said).toBeGreaterThan(300);
  });

  it.each([
    ['a field that was added', '"actor":', '"approved_by":"ceo","actor":'],
    ['a field that is named twice', '"actor":', '"actor":"zz","actor":'],
    ['another spelling of the same', '"olivia"', '"\\u006flivia"'],
  ])('finds %s, shows what it can still read, and goes on behind it', async (_what, from, to) => {
    const { log, name } = aLog();
    log.edit(name, (text) => text.replace(from, to));
    const next = again(log);
    expect(next.store.status).toMatchObject({
      entries: 10,
      fault: expect.stringMatching(/entry 6 is not/),
    });
    expect(next.store.removable(next.nowMs)).toBeNull();
    next.fill(1, 11);
    expect(next.store.status.entries).toBe(11);
    expect(next.numbers()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await next.verify()).toMatchObject({ ok: false, fault: 'altered_line' });
  });

  it('believes no place in the journal that an altered line gives, so that nothing is left out for it', () => {
    const { log, name } = aLog();
    log.edit(name, (text) =>
      text
        .split('\n')
        .slice(0, 3)
        .join('\n')
        .replace(/("number":8.*"position":)\d+/, '$19007199254740991')
        .concat('\n'),
    );
    const next = again(log);
    expect(next.store.status.fault).toMatch(/entry 8/);
    next.fill(1, 9);
    expect(next.numbers()).toContain(9);
  });

  it('cuts what no head covers behind the last whole line, and keeps it beside the log', async () => {
    const { log, name } = aLog();
    const text = log.read(name);
    log.edit(name, (all) => all.replace('"m9"', '"mX"'));
    const next = again(log);
    expect(next.store.status).toMatchObject({ entries: 8, fault: null });
    expect(next.read(`${name}.cut`)).toBe(text.slice(next.read(name).length).replace('"m9"', '"mX"'));
    expect(await next.verify()).toMatchObject({ ok: true, entries: 8 });
  });
});
