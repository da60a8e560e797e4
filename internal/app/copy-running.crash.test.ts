// A backup beside a broker at work, its steps and the broker's in any order: a broker that starts on the copy has every
// message that was confirmed before, the state of the copied position, and one audit log with it.

import { describe, expect, it } from 'vitest';
import { anAuditLog } from '../testing/fixtures/an-audit-log.ts';
import { words } from '../testing/fixtures/an-engine.ts';
import {
  auditLines,
  type Backup,
  BackupWorld,
  positionOf,
  restored,
  resultOf,
} from '../testing/fixtures/backup-world.ts';
import type { DiskEngine } from '../testing/fixtures/disk-engine.ts';
import type { SimDisk } from '../testing/sim/sim-disk.ts';
import { fingerprint } from '../usecase/fingerprint.ts';

const SEEDS = 200;
/** Before the backup, in messages: some segments, and the checkpoints and trimming that go with them. */
const MESSAGES = 90;
const BEGINNING = 16;

async function backupOf(seed: number): Promise<{ readonly world: BackupWorld; readonly backup: Backup }> {
  const world = await BackupWorld.start(seed);
  await world.run(() => world.messages >= MESSAGES + (seed % 17) * 5, 20);
  return { world, backup: await world.backup() };
}

/** What waits in the queue, by id: how long, and how it begins. */
function waiting(broker: DiskEngine): Map<string, string> {
  const operator = broker.admin.connect();
  const found = new Map<string, string>();
  for (let after: unknown = null, id = 1; ; id += 1) {
    operator.send('_control', {
      type: 'admin.request',
      id,
      word: 'queues.browse',
      args: { queue: 'q', after, body_bytes: BEGINNING },
    });
    broker.settle();
    const page = resultOf(words(operator).find(({ type }) => type === 'admin.reply'));
    for (const item of page['items'] as Record<string, unknown>[]) {
      expect(item['unreadable']).toBeUndefined();
      found.set(String(item['message_id']), `${Number(item['body_bytes'])} ${atob(String(item['payload']))}`);
    }
    after = page['next'];
    if (after === null) return found;
  }
}

/** A broker starts on the copy, and finds what the copy owes. */
async function judge({ folder, owed, state, extent, lines }: Backup): Promise<void> {
  const broker = restored(folder);
  expect(broker.engine.recovered.position).toBe(extent.position);
  if (state !== undefined) expect(fingerprint(broker.engine.state)).toBe(state);
  await broker.started();
  const found = waiting(broker);
  const lost = [...owed].filter(([id, body]) => found.get(id) !== `${body.length} ${body.slice(0, BEGINNING)}`);
  expect(lost.map(([id]) => id)).toEqual([]);
  expect(broker.failures).toEqual([]);
  // Each action that the journal tells of is there once, as the log of the broker that was copied has it; the next one
  // follows.
  const operator = broker.admin.connect();
  const args = { queue: 'after', patterns: ['after'] };
  operator.send('_control', { type: 'admin.request', id: 1, word: 'queues.declare', args });
  broker.settle();
  expect(words(operator)).toMatchObject([{ ok: true }]);
  const log = auditLines(folder.auditDisk);
  expect(log.slice(0, -1)).toEqual(lines);
  expect(log.at(-1)).toContain('"after"');
  expect(await anAuditLog({ disk: folder.auditDisk }).verify()).toMatchObject({ ok: true });
}

const numbersOf = (disk: SimDisk, ending: string): number[] =>
  disk
    .listSync()
    .filter((name) => name.endsWith(ending))
    .map((name) => Number.parseInt(name, 10));

describe('a backup beside a broker at work', () => {
  it(`holds what was confirmed before, in any of ${SEEDS} orders of its steps and the broker's`, async () => {
    const seen = { states: 0, owed: 0, trimmed: 0, rotated: 0, checkpoints: 0, beyond: 0, removed: 0 };
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      try {
        const { world, backup } = await backupOf(seed);
        const { extent, folder, owed, state } = backup;
        const copied = auditLines(folder.auditDisk).length;
        const own = auditLines(world.broker.auditDisk);
        seen.beyond += own.some((text) => positionOf(text) > extent.position) ? 1 : 0;
        seen.removed += numbersOf(folder.auditDisk, '.jsonl')[0] === 1 ? 0 : Math.min(1, copied);
        seen.checkpoints += Math.min(1, numbersOf(folder.disk, '.checkpoint').length);
        await judge(backup);
        seen.states += state === undefined ? 0 : 1;
        seen.owed += owed.size;
        seen.trimmed += extent.firstSegment > 1 ? 1 : 0;
        seen.rotated += (numbersOf(world.broker.disk, '.segment').at(-1) ?? 0) > extent.lastSegment + 1 ? 1 : 0;
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
    // What makes it hard has been there: trimming and retention before, rotation and operators meanwhile.
    expect(Object.entries(seen).filter(([, times]) => times <= 5)).toEqual([]);
    expect(seen.states).toBeGreaterThan(SEEDS / 2);
  }, 240_000);
});
