// Retention on a simulated disk: what is beyond a bound goes from the old end, as far as signed heads go; what is left
// verifies, and says what went. Whoever takes away more, or says that it went when it did not, is found out.

import { describe, expect, it } from 'vitest';
import { type AuditFloor, readFloor, readHead } from '../../../pkg/audit/index.ts';
import { anAuditLog, DAY_MS } from '../../testing/fixtures/an-audit-log.ts';

describe('retention of the audit log', () => {
  it('keeps everything without a bound', () => {
    const log = anAuditLog();
    log.fill(40);
    log.seal();
    expect(log.store.removable(log.nowMs + 10_000 * DAY_MS)).toBeNull();
  });

  it('removes whole files from the old end until the bound of bytes holds, and what is left verifies', async () => {
    const log = anAuditLog({ bytesMax: 6_000 });
    log.fill(40);
    const before = log.files.length;
    log.seal();
    const removal = log.retain();
    expect(removal).toMatchObject({ from: 1, reason: 'AUDIT_BYTES_MAX' });
    expect(log.store.status.bytes).toBeLessThanOrEqual(6_000);
    expect(log.store.status.bytes).toBe(log.bytesOnDisk);
    expect(log.store.status).toMatchObject({ entries: 40, removed: removal?.through, fault: null });
    expect(log.files.length).toBe(before - (removal?.files ?? 0));
    const verdict = await log.verify();
    expect(verdict).toMatchObject({ ok: true, entries: 40, removed: removal?.through, heads: 1 });
    expect(verdict.removal).toMatch(/^2025-.*AUDIT_BYTES_MAX$/);
    expect(log.numbers()).toEqual(Array.from({ length: 40 - verdict.removed }, (_none, i) => verdict.removed + 1 + i));
  });

  it('removes what is older than the bound of age, and closes a short file so that it can go', async () => {
    const log = anAuditLog({ ageMs: 8 * DAY_MS, fileBytes: 1_000_000 });
    for (let day = 0; day < 20; day += 1) {
      log.fill(1);
      log.nowMs += DAY_MS;
    }
    expect(log.files).toHaveLength(20);
    log.seal();
    expect(log.retain()).toMatchObject({ through: 13, files: 13, reason: 'AUDIT_MAX_AGE_MS' });
    expect(await log.verify()).toMatchObject({ ok: true, entries: 20, removed: 13 });
    expect(log.retain()).toBeNull();
  });

  it('goes by the last entry of a file, however long nothing happened behind it', () => {
    const log = anAuditLog({ ageMs: 8 * DAY_MS, fileBytes: 1_000_000 });
    log.fill(3);
    log.nowMs += 9 * DAY_MS;
    log.fill(1);
    log.seal();
    expect(log.retain()).toMatchObject({ through: 3 });
  });

  it('removes nothing that no signed head covers, and never the newest file', () => {
    const log = anAuditLog({ bytesMax: 1 });
    log.fill(10);
    expect(log.retain()).toBeNull();
    log.seal();
    log.fill(30);
    expect(log.retain()?.through).toBeLessThanOrEqual(10);
    log.seal();
    log.retain();
    expect(log.files).toHaveLength(1);
    expect(log.numbers().at(-1)).toBe(40);
    expect(log.retain()).toBeNull();
  });

  it('goes on behind an earlier removal, and drops the heads of what is gone', async () => {
    const log = anAuditLog({ bytesMax: 5_000 });
    const removed: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      log.fill(20);
      log.seal();
      removed.push(log.retain()?.through ?? 0);
      expect(await log.verify()).toMatchObject({ ok: true, entries: (round + 1) * 20, removed: removed.at(-1) });
    }
    expect(removed).toEqual([...new Set(removed)].sort((a, b) => a - b));
    expect(log.heads.every(({ size }) => size >= (removed.at(-1) ?? 0))).toBe(true);
    const again = anAuditLog({ bytesMax: 5_000, disk: log.disk });
    expect(again.store.status).toMatchObject({ entries: 120, removed: removed.at(-1), fault: null });
    again.fill(3, 121);
    expect(await again.verify()).toMatchObject({ ok: true, entries: 123 });
  });

  it('tells of each head and each floor that it signed, so that they can be kept elsewhere', () => {
    const log = anAuditLog({ bytesMax: 3_000 });
    log.fill(30);
    log.seal();
    const removal = log.retain();
    const [head, floor] = log.told.map((mark) => JSON.stringify(mark));
    expect(readHead(head ?? '')).toMatchObject({ size: 30 });
    expect(readFloor(floor ?? '')).toMatchObject({ removed: removal?.through });
  });

  it('tries again after a failed disk operation, whichever it was', async () => {
    let failures = 0;
    for (let nth = 1; failures === nth - 1; nth += 1) {
      const log = anAuditLog({ bytesMax: 3_000, seed: nth });
      log.fill(30);
      log.seal();
      const removal = log.store.removable(log.nowMs);
      if (removal === null) throw new Error('something is beyond the bound');
      log.disk.failNextWith('EIO', nth);
      if (log.remove(removal) === null) break;
      failures += 1;
      expect(log.store.status.fault).toBeNull();
      expect(log.remove(removal)).toBeNull();
      expect(await log.verify()).toMatchObject({ ok: true, entries: 30, removed: removal.through });
    }
    expect(failures).toBeGreaterThan(10);
  });

  it('does not throw evidence away: files that somebody was at stay, and the log says so', async () => {
    const log = anAuditLog({ bytesMax: 3_000 });
    log.fill(30);
    log.seal();
    const before = log.files;
    log.edit(log.files[1] ?? '', (text) => text.replace('olivia', 'nobody'));
    const removal = log.store.removable(log.nowMs);
    expect(removal === null ? null : log.remove(removal)).toMatchObject({
      message: expect.stringContaining('not as they were'),
    });
    expect(log.store.status).toMatchObject({ removed: 0, fault: expect.stringContaining('none of them is removed') });
    expect(log.files).toEqual(before);
    expect(await log.verify()).toMatchObject({ ok: false, fault: 'altered_line' });
    expect(log.store.removable(log.nowMs)).toBeNull();
  });
});

describe('a log whose beginning is gone', () => {
  /** Removed by rule twice; `older` is what the first removal had signed. */
  function removedTwice() {
    const log = anAuditLog({ bytesMax: 6_000, fileBytes: 1_024 });
    log.fill(40);
    log.seal();
    log.retain();
    const older = log.read('floor.json');
    log.fill(40);
    log.seal();
    const removal = log.retain();
    return { log, older, removed: removal?.through ?? 0 };
  }

  it('by hand and without a record is found, at a start too', async () => {
    const log = anAuditLog();
    log.fill(40);
    log.seal();
    for (const name of log.files.slice(0, 3)) log.disk.removeSync(name);
    expect(await log.verify()).toMatchObject({ ok: false, fault: 'missing_or_moved_line', at: 1 });
    expect(anAuditLog({ disk: log.disk }).store.status.fault).toMatch(/no signed record says/);
  });

  it('by hand beyond what the record says is found, at a start too', async () => {
    const { log, removed } = removedTwice();
    log.disk.removeSync(log.files[0] ?? '');
    expect(await log.verify()).toMatchObject({ ok: false, fault: 'missing_or_moved_line', at: removed + 1 });
    expect(anAuditLog({ disk: log.disk }).store.status.fault).toMatch(/no signed record says/);
  });

  it('under a record that is older than the removal is found, at a start too', async () => {
    const { log, older } = removedTwice();
    log.edit('floor.json', () => older);
    expect(await log.verify()).toMatchObject({ ok: false, fault: 'missing_or_moved_line' });
    expect(anAuditLog({ disk: log.disk }).store.status.fault).toMatch(/no signed record says/);
  });

  it.each([
    ['another number', (floor: AuditFloor) => ({ ...floor, removed: floor.removed + 1 })],
    ['another hash', (floor: AuditFloor) => ({ ...floor, hash: 'f'.repeat(64) })],
    ['another reason', (floor: AuditFloor) => ({ ...floor, reason: 'because' })],
  ])('under a record that was forged, with %s, is found, at a start too', async (_what, forge) => {
    const { log } = removedTwice();
    log.edit('floor.json', (text) => JSON.stringify(forge(readFloor(text) as AuditFloor)));
    expect(await log.verify()).toMatchObject({ ok: false, fault: 'bad_signature' });
    expect(anAuditLog({ disk: log.disk }).store.status.fault).toMatch(/not signed by the key/);
  });

  it('under a head that is passed off as a record is found', async () => {
    const log = anAuditLog();
    log.fill(40);
    log.seal();
    const [head] = log.heads;
    if (head === undefined) throw new Error('a head was signed');
    const { size: removed, head: hash, at, key, signature } = head;
    log.write('floor.json', JSON.stringify({ removed, hash, at, reason: '', key, signature }));
    for (const name of log.files.slice(0, 3)) log.disk.removeSync(name);
    expect(await log.verify()).toMatchObject({ ok: false, fault: 'bad_signature' });
  });

  it('under a record with a gap behind it is found', async () => {
    const { log } = removedTwice();
    expect(log.files.length).toBeGreaterThan(2);
    log.disk.removeSync(log.files[1] ?? '');
    expect(await log.verify()).toMatchObject({ ok: false, fault: 'missing_or_moved_line' });
  });

  it('together with all the rest is found, at a start too', async () => {
    const { log } = removedTwice();
    for (const name of log.files) log.disk.removeSync(name);
    expect(await log.verify()).toMatchObject({ ok: false, fault: 'truncated' });
    expect(anAuditLog({ disk: log.disk }).store.status.fault).toMatch(/no other is there/);
  });

  it('by its own key, put back as it was before a removal, is found by a record that was kept elsewhere', async () => {
    const { log, older } = removedTwice();
    const kept = readFloor(log.read('floor.json')) as AuditFloor;
    expect(await log.verify({ keptFloors: [kept] })).toMatchObject({ ok: true });
    log.edit('floor.json', () => older);
    expect(await log.verify({ keptFloors: [kept] })).toMatchObject({ ok: false, fault: 'rolled_back' });
  });

  it('further than any head goes is not believed', async () => {
    const { log } = removedTwice();
    const removed = (readFloor(log.read('floor.json')) as AuditFloor).removed;
    log.edit('heads.jsonl', (text) =>
      text
        .split('\n')
        .filter((line) => (readHead(line)?.size ?? removed) < removed)
        .join('\n'),
    );
    expect(await log.verify()).toMatchObject({ ok: false, fault: 'bad_floor' });
  });

  it('says how many of the heads that were kept elsewhere speak of entries that are gone', async () => {
    const log = anAuditLog({ bytesMax: 4_000 });
    for (let round = 0; round < 4; round += 1) {
      log.fill(10);
      log.seal();
    }
    const kept = log.heads;
    log.retain();
    expect(await log.verify({ heads: kept })).toMatchObject({ ok: true, heads: expect.any(Number), heads_removed: 3 });
    const [first] = log.files;
    log.edit(first ?? '', (text) => text.replace('"actor":"olivia"', '"actor":"nobody"'));
    expect(await log.verify({ heads: kept })).toMatchObject({ ok: false, fault: 'altered_line' });
  });
});
