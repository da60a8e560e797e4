// The power goes at some moments of a job on many dead letters: the next start goes on with it, each record is moved
// once and counted once, and the audit log names each once, in one chain.

import { expect, test } from 'vitest';
import { readLine, verifyAudit } from '../../pkg/audit/index.ts';
import { encodeBlock } from '../../pkg/protocol/block.ts';
import type { Command } from '../domain/command.ts';
import { asPeerId } from '../domain/ids.ts';
import { DiskEngine } from '../testing/fixtures/disk-engine.ts';
import { SimDisk } from '../testing/sim/sim-disk.ts';

const MIB = 1024 * 1024;
const RECORDS = 1_200;
const operator = { actor: 'olivia', reason: 'clean-up' };
const request = { peer: asPeerId(5), id: 1, operator };

const letters: Command = {
  type: 'import-dead-letters',
  request,
  digest: 'f00d',
  records: Array.from({ length: RECORDS }, (_none, index) => ({
    tenant: '',
    queueName: 'orders',
    topic: 'a',
    block: encodeBlock({ topic: 'a', messageId: `m${index}`, body: new Uint8Array(10) }),
    atMs: 7,
    reason: 'old',
    history: [],
  })),
  refused: [],
};

const job = (kind: 'replay' | 'purge'): Command => ({
  type: 'start-job',
  request,
  order: {
    kind,
    filter: {
      ids: null,
      tenant: '',
      queue: 'orders',
      sequence: null,
      consumer: null,
      topic: null,
      reason: null,
      fingerprint: null,
    },
    targetConsumer: kind === 'replay' ? 'orders' : null,
    targetTopic: kind === 'replay' ? 'a' : null,
    toQueue: null,
    ratePerSecond: 300,
  },
  total: RECORDS,
  result: {},
});

const auditLines = (disk: SimDisk): string[] =>
  disk
    .listSync()
    .filter((name) => /^\d+\.jsonl$/.test(name))
    .sort()
    .flatMap((name) => {
      const file = disk.openSync(name, 'read');
      const bytes = new Uint8Array(file.sizeSync());
      file.readSync(bytes, 0);
      file.close();
      return new TextDecoder().decode(bytes).split('\n').slice(0, -1);
    });

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

test.each([
  ['purge', 1],
  ['purge', 9],
  ['replay', 40],
  ['replay', 90],
] as const)(
  'a %s that is cut at disk operation %d goes on, and moves and records each once',
  async (kind, operation) => {
    const disk = new SimDisk({ seed: operation });
    const auditDisk = new SimDisk({ seed: operation + 1 });
    const open = (): Promise<DiskEngine> =>
      new DiskEngine({ segmentBytes: 4 * MIB, messageBytesMax: MIB, disk, auditDisk }).started();
    const first = await open();
    first.engine.submit([letters]);
    first.settle();
    first.engine.submit([job(kind)]);
    first.settle();
    const { done } = first.engine.state.jobs.get(1) ?? { done: 0 };
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(RECORDS);
    disk.crashAt(disk.operations + operation);
    first.settle();
    disk.crash();
    auditDisk.crash();
    const second = await open();
    for (let rounds = 0; second.engine.state.jobs.get(1)?.state === 'running' && rounds < 10; rounds += 1)
      second.settle();
    expect(second.engine.state.jobs.get(1)).toMatchObject({ state: 'done', done: RECORDS, failed: 0 });
    expect(second.engine.state.deadLetters).toBe(0);
    expect(second.engine.state.queueNamed('', 'orders')?.depth).toBe(kind === 'purge' ? 0 : RECORDS);
    const lines = auditLines(auditDisk);
    expect(await verifyAudit(each(lines), { heads: [], publicPem: null })).toMatchObject({ ok: true });
    const named = lines
      .flatMap((line) => readLine(line) ?? [])
      .filter(({ operation: what }) => what === `${kind}_dead_letter`)
      .flatMap((line) => line.target_message_ids);
    expect([named.length, new Set(named).size]).toEqual([RECORDS, RECORDS]);
  },
);
