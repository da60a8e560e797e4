// An audit log that cannot be written, as its disk is full: operators can change nothing, and are told so; everything
// else goes on. What was under way is on record, once, as soon as there is room.

import { expect, it } from 'vitest';
import { anAuditLog } from '../testing/fixtures/an-audit-log.ts';
import { type Word, words } from '../testing/fixtures/an-engine.ts';
import { DiskEngine } from '../testing/fixtures/disk-engine.ts';
import type { MemoryPeer } from '../testing/fixtures/memory-transport.ts';
import { SimDisk } from '../testing/sim/sim-disk.ts';

const MIB = 1024 * 1024;

async function aBroker() {
  const auditDisk = new SimDisk({ seed: 2 });
  const broker = await new DiskEngine({ segmentBytes: 4 * MIB, messageBytesMax: MIB, auditDisk }).started();
  const operator = broker.admin.connect();
  let id = 0;
  const ask = (word: string, args: object = {}): readonly Word[] => {
    id += 1;
    operator.send('_control', { type: 'admin.request', id, word, args });
    broker.settle();
    return words(operator).filter(({ type }) => type === 'admin.reply');
  };
  const tell = (peer: MemoryPeer, ...frames: Parameters<MemoryPeer['send']>): readonly Word[] => {
    peer.send(...frames);
    broker.settle();
    return words(peer);
  };
  return { broker, auditDisk, ask, tell };
}

it('stops changes with AUDIT_UNAVAILABLE and nothing else, and goes on by itself when there is room', async () => {
  const { broker, auditDisk, ask, tell } = await aBroker();
  expect(ask('queues.declare', { queue: 'a', patterns: ['a'] })).toMatchObject([{ ok: true }]);
  auditDisk.capacityBytes = auditDisk.usedBytes;

  // Carried out, and not answered: it is not on record yet.
  expect(ask('queues.declare', { queue: 'b', patterns: ['b'] })).toEqual([]);
  expect(ask('queues.declare', { queue: 'c' })).toMatchObject([{ ok: false, error: { code: 'AUDIT_UNAVAILABLE' } }]);
  expect(ask('dlq.purge', { all: true, confirm: 'PURGE', actor: 'ann', reason: 'r' })).toMatchObject([
    { ok: false, error: { code: 'AUDIT_UNAVAILABLE' } },
  ]);
  expect(ask('audit.status')).toMatchObject([{ ok: true, result: { entries: 1, state: 'cannot be written' } }]);
  expect(ask('queues.list')).toMatchObject([{ ok: true }]);
  tell(broker.router.connect(), 'a', 'x');
  expect(broker.engine.state.queueNamed('', 'a')?.depth).toBe(1);
  expect(broker.failures).toEqual([]);

  auditDisk.capacityBytes = Number.POSITIVE_INFINITY;
  // The answer that was owed comes with the next try, behind the one to this question.
  expect(ask('queues.list')).toMatchObject([{ id: 7 }, { id: 2, ok: true, result: { queue: 'b' } }]);
  expect(ask('audit.status')).toMatchObject([{ ok: true, result: { entries: 2, state: 'ok' } }]);
  expect(ask('queues.declare', { queue: 'c' })).toMatchObject([{ ok: true }]);
  const log = anAuditLog({ disk: auditDisk });
  expect(await log.verify()).toMatchObject({ ok: true, entries: 3 });
});
