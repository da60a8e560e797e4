// The power goes at every operation of an import that takes several groups: after the next start all of its dead
// letters are there or none, and importing the same file again ends with each of them once.

import { expect, test } from 'vitest';
import { asPeerId } from '../domain/ids.ts';
import type { ImportDeadLetters } from '../domain/operator-command.ts';
import { DiskEngine } from '../testing/fixtures/disk-engine.ts';
import { SimDisk } from '../testing/sim/sim-disk.ts';

const RECORDS = 12;
const RECORD_BYTES = 200 * 1024;
const MIB = 1024 * 1024;

const IMPORT: ImportDeadLetters = {
  type: 'import-dead-letters',
  request: { peer: asPeerId(5), id: 1, operator: { actor: 'olivia', reason: 'move' } },
  digest: 'f00d',
  records: Array.from({ length: RECORDS }, (_, i) => ({
    tenant: '',
    queueName: `node-${i % 3}`,
    topic: 'a',
    block: new Uint8Array(RECORD_BYTES).fill(i),
    atMs: 7,
    reason: 'old',
    history: [],
  })),
  refused: [],
};

const brokerOn = (disk: SimDisk): Promise<DiskEngine> =>
  new DiskEngine({ segmentBytes: 4 * MIB, messageBytesMax: MIB, disk }).started();

const lettersOf = ({ engine }: DiskEngine): number => engine.state.deadLetters;
const waitingIn = ({ engine }: DiskEngine): number =>
  [...engine.state.queues.values()].reduce((sum, { depth }) => sum + depth, 0);

function importInto(broker: DiskEngine): void {
  broker.engine.submit([IMPORT]);
  broker.settle();
}

/** The disk operations of an import, as `operations` counts them. */
async function operationsOfImport(): Promise<{ readonly from: number; readonly to: number }> {
  const broker = await brokerOn(new SimDisk({ seed: 3 }));
  const from = broker.disk.operations + 1;
  importInto(broker);
  expect(lettersOf(broker)).toBe(RECORDS);
  expect(broker.engine.journal.stats.groups).toBeGreaterThan(4);
  return { from, to: broker.disk.operations };
}

test('a crash at any operation of an import leaves all of it or nothing, and the next import is whole', async () => {
  const { from, to } = await operationsOfImport();
  const found = { cut: 0, nothing: 0, all: 0 };
  for (let operation = from; operation <= to; operation += 1) {
    for (let seed = 1; seed <= 4; seed += 1) {
      const disk = new SimDisk({ seed, tornSectors: seed % 2 === 0 });
      const first = await brokerOn(disk);
      disk.crashAt(disk.operations + 1 + operation - from);
      importInto(first);
      disk.crash();
      const second = new DiskEngine({ segmentBytes: 4 * MIB, messageBytesMax: MIB, disk });
      if (lettersOf(second) > 0 && lettersOf(second) < RECORDS) found.cut += 1;
      await second.started();
      const letters = lettersOf(second);
      expect([0, RECORDS], `operation ${operation}, disk ${seed}`).toContain(letters);
      found[letters === 0 ? 'nothing' : 'all'] += 1;
      importInto(second);
      expect(lettersOf(second)).toBe(RECORDS);
      disk.crash();
      const third = await brokerOn(disk);
      expect({ letters: lettersOf(third), waiting: waitingIn(third) }).toEqual({ letters: RECORDS, waiting: 0 });
    }
  }
  // The crash that matters has been there.
  expect(found.cut).toBeGreaterThan(0);
  expect(found.nothing).toBeGreaterThan(0);
  expect(found.all).toBeGreaterThan(0);
});
