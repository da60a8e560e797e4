// The audit log on a simulated disk: one chain over many files, whatever a crash cuts off and however often the same
// actions are offered; and a log that was tampered with is found out.

import { describe, expect, it } from 'vitest';
import { type AuditHead, readHead, verifyAudit } from '../../../pkg/audit/index.ts';
import type { OperatorAction } from '../../domain/event.ts';
import { asPosition } from '../../domain/ids.ts';
import { Random } from '../../testing/sim/random.ts';
import { SimDisk } from '../../testing/sim/sim-disk.ts';
import type { AuditEntry, AuditPage, AuditQuery } from '../../usecase/ports/audit-store.ts';
import { FileAuditStore } from './file-audit-store.ts';

const AT_MS = 1_764_000_000_000;

const entry = (at: number, over: Partial<OperatorAction> = {}): AuditEntry => ({
  at: asPosition(at),
  action: {
    type: 'operator-action',
    atMs: AT_MS + at,
    operator: { actor: 'olivia', reason: `reason ${at}` },
    operation: 'purge_dead_letter',
    outcome: 'done',
    targets: [`m${at}`],
    prior: [{ queue: 'orders' }],
    resulting: [{ count: 1 }],
    ...over,
  },
});

function opened(disk = new SimDisk({ seed: 1 }), fileBytes = 2_048) {
  const store = new FileAuditStore({ disk, fileBytes });
  store.open();
  const append = (...entries: readonly AuditEntry[]): Error | null => {
    let outcome: Error | null | undefined;
    store.append(entries, (error) => {
      outcome = error;
    });
    disk.settle();
    if (outcome === undefined) throw new Error('the log did not answer');
    return outcome;
  };
  const page = (query: Partial<AuditQuery> = {}): AuditPage => {
    let found: AuditPage | null = null;
    const all = { after: 0, limit: 500, messageId: null, actor: null, operation: null, fromMs: 0, toMs: Infinity };
    store.page({ ...all, ...query }, (error, answer) => {
      expect(error).toBeNull();
      found = answer;
    });
    disk.settle();
    if (found === null) throw new Error('no page');
    return found;
  };
  const numbers = (query: Partial<AuditQuery> = {}): number[] => {
    const seen: number[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const { items, next } = page({ ...query, after });
      seen.push(...items.map((item) => (item as { number: number }).number));
      after = next;
    }
    return seen;
  };
  const seal = (): void => {
    store.seal(AT_MS, (error) => expect(error).toBeNull());
    disk.settle();
  };
  return { disk, store, append, page, numbers, seal };
}

const readAll = (disk: SimDisk, name: string): string => {
  const file = disk.openSync(name, 'read');
  const bytes = new Uint8Array(file.sizeSync());
  file.readSync(bytes, 0);
  file.close();
  return new TextDecoder().decode(bytes);
};

const linesOf = (disk: SimDisk): string[] =>
  disk
    .listSync()
    .filter((name) => /^\d+\.jsonl$/.test(name))
    .sort()
    .flatMap((name) => readAll(disk, name).split('\n').slice(0, -1));

const headsOf = (disk: SimDisk): AuditHead[] =>
  readAll(disk, 'heads.jsonl')
    .split('\n')
    .flatMap((line) => readHead(line) ?? []);

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

const verdict = (lines: readonly string[], heads: readonly AuditHead[] = [], publicPem: string | null = null) =>
  verifyAudit(each(lines), { heads, publicPem });

describe('the audit log', () => {
  it('is one chain over all its files', async () => {
    const { disk, append, numbers } = opened();
    for (let at = 1; at <= 40; at += 1) expect(append(entry(at), entry(at))).toBeNull();
    expect(disk.listSync().filter((name) => /^\d+\.jsonl$/.test(name)).length).toBeGreaterThan(5);
    expect(await verdict(linesOf(disk))).toMatchObject({ ok: true, entries: 80 });
    expect(numbers()).toEqual(Array.from({ length: 80 }, (_none, index) => index + 1));
  });

  it('leaves out what it has when a start offers it again', async () => {
    const disk = new SimDisk({ seed: 1 });
    const first = opened(disk);
    first.append(entry(3), entry(3), entry(5));
    first.store.close();
    const again = opened(disk);
    again.append(entry(3), entry(3), entry(5), entry(5), entry(9));
    expect(again.store.status.entries).toBe(5);
    expect(await verdict(linesOf(disk))).toMatchObject({ ok: true, entries: 5 });
  });

  it('loses nothing that it answered for, and keeps no half line, when the power goes at any moment', async () => {
    for (let operation = 1; operation <= 60; operation += 1) {
      const disk = new SimDisk({ seed: operation });
      const log = opened(disk);
      disk.crashAt(disk.operations + operation);
      let answered = 0;
      try {
        for (let at = 1; at <= 30; at += 1) if (log.append(entry(at)) === null) answered = at;
      } catch {
        // The power went in the middle of it.
      }
      disk.crash(new Random(operation));
      const again = opened(disk);
      expect(again.store.status.entries).toBeGreaterThanOrEqual(answered);
      again.append(...Array.from({ length: 30 }, (_none, index) => entry(index + 1)));
      expect(await verdict(linesOf(disk))).toMatchObject({ ok: true, entries: 30 });
    }
  });

  it('keeps for good what a start has found, though the process before it was killed before it had synced it', () => {
    let foundMore = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const disk = new SimDisk({ seed });
      const first = opened(disk, 4_096);
      first.append(entry(1));
      first.store.append([entry(2)], () => undefined);
      disk.step(); // written, and the sync is asked for
      disk.kill(new Random(seed));
      const found = opened(disk, 4_096).store.status.entries;
      if (found === 2) foundMore += 1;
      disk.crash(new Random(seed + 100));
      expect(opened(disk, 4_096).store.status.entries).toBe(found);
    }
    expect(foundMore).toBeGreaterThan(0);
  });

  it('writes a line again, once, when the disk failed at it', async () => {
    for (const fail of ['failWrite', 'failSync', 'failFolderSync', 'failNextWith'] as const) {
      const disk = new SimDisk({ seed: 3 });
      const log = opened(disk, 512);
      log.append(entry(1));
      if (fail === 'failNextWith') disk.failNextWith('ENOSPC', 2);
      else disk[fail](1);
      let failures = 0;
      for (const at of [2, 3, 4]) while (log.append(entry(at)) !== null) failures += 1;
      expect({ fail, failures }).toEqual({ fail, failures: 1 });
      expect(await verdict(linesOf(disk))).toMatchObject({ ok: true, entries: 4 });
    }
  });

  it('makes another key where a crash left half of one, and says so when the disk has no room for a head', () => {
    const disk = new SimDisk({ seed: 4 });
    const file = disk.createSync('signing-key.pem');
    file.writeSync(new TextEncoder().encode('-----BEGIN PRIV'), 0);
    file.close();
    const log = opened(disk);
    log.append(entry(1));
    disk.failNextWith('ENOSPC', 1);
    let failed: Error | null = null;
    log.store.seal(AT_MS, (error) => {
      failed = error;
    });
    disk.settle();
    expect(failed).toMatchObject({ code: 'ENOSPC' });
    log.seal();
    expect(headsOf(disk)).toMatchObject([{ size: 1 }]);
  });

  it('is asked by message, actor, operation and time', () => {
    const { append, numbers } = opened();
    for (let at = 1; at <= 30; at += 1) append(entry(at, { operation: at % 2 === 0 ? 'add_route' : 'purge_queue' }));
    append(entry(31, { operator: { actor: 'oscar', reason: '' } }));
    expect(numbers({ messageId: 'm7' })).toEqual([7]);
    expect(numbers({ actor: 'oscar' })).toEqual([31]);
    expect(numbers({ operation: 'add_route' })).toHaveLength(15);
    expect(numbers({ fromMs: AT_MS + 10, toMs: AT_MS + 12 })).toEqual([10, 11, 12]);
  });
});

describe('a log that was tampered with', () => {
  async function signed() {
    const log = opened();
    for (let at = 1; at <= 10; at += 1) log.append(entry(at));
    log.seal();
    for (let at = 11; at <= 20; at += 1) log.append(entry(at));
    log.seal();
    const lines = linesOf(log.disk);
    const heads = headsOf(log.disk);
    const publicPem = readAll(log.disk, 'public-key.pem');
    expect(await verdict(lines, heads, publicPem)).toMatchObject({ ok: true, entries: 20, heads: 2 });
    return { ...log, lines, heads, publicPem };
  }

  it.each([
    ['deletion', (lines: string[]) => lines.toSpliced(4, 1), 'missing_or_moved_line', 5],
    [
      'reordering',
      (lines: string[]) => lines.toSpliced(4, 2, lines[5] ?? '', lines[4] ?? ''),
      'missing_or_moved_line',
      5,
    ],
    [
      'alteration',
      (lines: string[]) => lines.toSpliced(6, 1, (lines[6] ?? '').replace('olivia', 'nobody')),
      'altered_line',
      7,
    ],
    ['truncation', (lines: string[]) => lines.slice(0, 15), 'truncated', 15],
    ['rollback to an older copy', (lines: string[]) => lines.slice(0, 9), 'truncated', 9],
    ['a line that is none', (lines: string[]) => lines.toSpliced(2, 1, '{}'), 'unreadable_line', 3],
  ] as const)('shows its %s, and where', async (_what, tamper, fault, at) => {
    const { lines, heads, publicPem } = await signed();
    expect(await verdict(tamper(lines), heads, publicPem)).toMatchObject({ ok: false, fault, at });
  });

  it('shows its replacement by another chain', async () => {
    const { heads, publicPem } = await signed();
    const other = opened(new SimDisk({ seed: 2 }));
    for (let at = 1; at <= 20; at += 1) other.append(entry(at, { targets: ['other'] }));
    expect(await verdict(linesOf(other.disk), heads, publicPem)).toMatchObject({ fault: 'replaced', at: 10 });
  });

  it('is not believed by heads that another key has signed', async () => {
    const { lines, publicPem } = await signed();
    const { heads } = await signed();
    expect(await verdict(lines, heads, publicPem)).toMatchObject({ ok: false, fault: 'bad_signature' });
  });

  it('is named when a start finds it shorter than its last head', async () => {
    const { disk, store } = await signed();
    store.close();
    for (const name of disk.listSync())
      if (/^\d+\.jsonl$/.test(name) && Number(name.slice(0, 20)) > 10) disk.removeSync(name);
    expect(opened(disk).store.status.fault).toMatch(/20 entries were signed/);
  });
});
