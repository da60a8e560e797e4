// Retention of the audit log in the whole broker: that entries go is itself an entry, in the journal and in the log, before
// they do; and wherever the power goes, the next start has one log that verifies, and goes on.

import { describe, expect, it } from 'vitest';
import { readLine } from '../../pkg/audit/index.ts';
import type { Command } from '../domain/command.ts';
import { asPeerId } from '../domain/ids.ts';
import { anAuditLog } from '../testing/fixtures/an-audit-log.ts';
import { DiskEngine } from '../testing/fixtures/disk-engine.ts';
import { Random } from '../testing/sim/random.ts';
import { SimDisk } from '../testing/sim/sim-disk.ts';
import { RETENTION } from './audit-keeping.ts';

const MIB = 1024 * 1024;
const BYTES_MAX = 6_000;
const ACTIONS = 40;

const declare = (name: string): Command => ({
  type: 'declare-queue',
  request: { peer: asPeerId(5), id: 1, operator: { actor: 'olivia', reason: 'new shop' } },
  tenant: '',
  name,
  policy: {},
  patterns: [name],
});

interface Disks {
  readonly disk: SimDisk;
  readonly auditDisk: SimDisk;
}

const open = (disks: Disks, bytesMax = BYTES_MAX): Promise<DiskEngine> =>
  new DiskEngine({
    segmentBytes: 4 * MIB,
    messageBytesMax: MIB,
    ...disks,
    audit: { fileBytes: 1_024, bytesMax },
    settings: { auditSealMs: 1_000 },
  }).started();

/** A broker on a log whose old entries are beyond the bound, which it has from now on. */
async function due(disks: Disks): Promise<DiskEngine> {
  const broker = await open(disks, Infinity);
  for (let index = 0; index < ACTIONS; index += 4) {
    broker.engine.submit([0, 1, 2, 3].map((one) => declare(`q${index + one}`)));
    broker.settle();
  }
  disks.disk.crash();
  disks.auditDisk.crash();
  return open(disks);
}

/** The log as anybody finds it who has its files. */
const logOf = (auditDisk: SimDisk) => anAuditLog({ disk: auditDisk, fileBytes: 1_024, bytesMax: BYTES_MAX });

const retentions = (auditDisk: SimDisk) => {
  const log = logOf(auditDisk);
  const lines = log.files.flatMap((name) => log.read(name).split('\n').slice(0, -1));
  return lines.flatMap((text) => readLine(text) ?? []).filter(({ operation }) => operation === RETENTION);
};

describe('retention in the broker', () => {
  it('stands in the log as an action of the broker, with what went and why', async () => {
    const disks = { disk: new SimDisk({ seed: 1 }), auditDisk: new SimDisk({ seed: 2 }) };
    const broker = await due(disks);
    broker.settle();
    broker.settle();
    const log = logOf(disks.auditDisk);
    const { removed } = await log.verify();
    expect(removed).toBeGreaterThan(10);
    expect(await log.verify()).toMatchObject({ ok: true, entries: ACTIONS + 1 });
    expect(retentions(disks.auditDisk)).toMatchObject([
      {
        actor: 'broker',
        outcome: 'done',
        requested_reason: 'AUDIT_BYTES_MAX',
        prior_state: [{ audit_entries: ACTIONS }],
        resulting_state: [{ from: 1, through: removed }],
      },
    ]);
    expect(broker.failures).toEqual([]);
  });

  it('survives a loss of power at any moment of it, and no start finds a log that does not verify', async () => {
    let recorded = 0;
    for (let nth = 1; nth <= 20; nth += 1) {
      const disks = { disk: new SimDisk({ seed: nth }), auditDisk: new SimDisk({ seed: nth + 1 }) };
      const broker = await due(disks);
      disks.auditDisk.crashAt(disks.auditDisk.operations + nth);
      try {
        broker.settle();
        broker.settle();
      } catch {
        // The power went in the middle of it.
      }
      const random = new Random(nth);
      disks.disk.crash(random);
      disks.auditDisk.crash(random);
      expect({ nth, ...(await logOf(disks.auditDisk).verify()) }).toMatchObject({ nth, ok: true });

      const next = await open(disks);
      for (let round = 0; round < 4; round += 1) next.settle();
      const verdict = await logOf(disks.auditDisk).verify();
      expect({ nth, ...verdict }).toMatchObject({ nth, ok: true });
      // Each action once, and a record for what went.
      expect(next.engine.state.queues.size).toBe(ACTIONS);
      expect(verdict.removed).toBeGreaterThan(0);
      const last = retentions(disks.auditDisk).at(-1)?.resulting_state[0];
      expect(last).toMatchObject({ through: verdict.removed });
      recorded += 1;
    }
    expect(recorded).toBe(20);
  });

  it.each(['failWrite', 'failSync', 'failFolderSync'] as const)(
    'comes later where the disk fails: %s',
    async (fail) => {
      const disks = { disk: new SimDisk({ seed: 1 }), auditDisk: new SimDisk({ seed: 2 }) };
      const broker = await due(disks);
      for (const nth of [1, 2, 3]) disks.auditDisk[fail](nth, 'ENOSPC');
      for (let round = 0; round < 6; round += 1) broker.settle();
      disks.auditDisk.kill();
      const verdict = await logOf(disks.auditDisk).verify();
      expect(verdict).toMatchObject({ ok: true, removed: expect.any(Number) });
      expect(verdict.removed).toBeGreaterThan(0);
      expect(broker.failures).toEqual([]);
    },
  );
});
