// Which dead letters a command means, and what it says where that is not clear: the reason of a record and the reason of
// the operator, a target that is missing, a filter that meets nothing, and what a dry run would touch.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

let tachyon: Tachyon;

beforeEach(async () => {
  tachyon = new Tachyon();
  await tachyon.readyBroker();
  await dies('orders', 'orders.created', ['m1', 'm2'], 'no stock');
  await dies('orders', 'orders.changed', ['m3'], 'no address');
});
afterEach(() => tachyon.remove());

const dlq = (...args: readonly string[]) => tachyon.run(['dlq', ...args]);
const parsed = (...args: readonly string[]) => tachyon.parsed(['dlq', ...args]);
const idsOf = async (...args: readonly string[]): Promise<readonly unknown[]> =>
  ((await parsed('list', ...args)) as readonly { readonly message_id: string }[]).map((record) => record.message_id);

async function dies(queue: string, topic: string, ids: readonly string[], reason: string): Promise<void> {
  await tachyon.good(['queues', 'declare', queue, '--bind', topic]);
  for (const id of ids) await tachyon.good(['pub', topic, 'body', '--id', id]);
  await tachyon.good([
    ...['consume', '-q', queue, '-n', `${ids.length}`, '--consumer-id', 'worker-1'],
    ...['--nack', 'terminal', '--nack-reason', reason],
  ]);
}

const TARGET = ['--target-consumer', 'orders', '--target-topic', 'orders.created'] as const;

describe('--record-reason', () => {
  it('chooses by the reason of the record in every word, as the earlier --reason of list, groups and purge does', async () => {
    for (const option of ['--record-reason', '--reason']) {
      expect(await idsOf(option, 'no stock')).toEqual(['m1', 'm2']);
      expect(await parsed('groups', option, 'no stock')).toMatchObject({ items: [{ count: 2 }], total: 1 });
      expect(await parsed('purge', option, 'no address', '--dry-run')).toMatchObject({ requested: 1, purged: 1 });
    }
    const chosen = ['--queue', 'orders', '--record-reason', 'no stock', ...TARGET];
    expect(await parsed('replay', ...chosen, '--confirm', 'REPLAY')).toMatchObject({ requested: 2, replayed: 2 });
    expect(await idsOf()).toEqual(['m3']);
    expect(await dlq('list', '--reason', 'a', '--record-reason', 'b')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('a replay', () => {
  it('whose --reason is what some of the records died of is refused before anything is done, and says both ways', async () => {
    for (const last of [['--dry-run'], ['--confirm', 'REPLAY']]) {
      const end = await dlq('replay', '--queue', 'orders', '--reason', 'no stock', ...TARGET, ...last);
      expect(end).toMatchObject({ code: 1, stdout: '' });
      expect(end.stderr).toMatch(/AMBIGUOUS_REASON: .*2 of the selected died of "no stock"; nothing was done/);
      expect(end.stderr).toMatch(/next: .*--record-reason 'no stock'.*--reason/);
    }
    expect(await idsOf()).toEqual(['m1', 'm2', 'm3']);
    expect(await parsed('audit')).toEqual([]);
    const both = ['--record-reason', 'no stock', '--reason', 'no stock', ...TARGET, '--confirm', 'REPLAY'];
    expect(await parsed('replay', ...both)).toMatchObject({ replayed: 2 });
    expect(
      await parsed('replay', '--ids', 'm3', '--reason', 'no stock', '--to-queue', 'orders', '--dry-run'),
    ).toMatchObject({ replayed: 1 });
  });

  it('says in its help which reason is which', async () => {
    const help = (await tachyon.good(['dlq', 'replay', '--help'])).replaceAll(/\s+/g, ' ');
    expect(help).toMatch(/--record-reason <text> Only those that died of this reason/);
    expect(help).toMatch(/--reason <text> Why you do it; it is recorded\. It chooses no records: --record-reason does/);
  });

  it('without a target is told the flags, and the words themselves where there is one place', async () => {
    const one = await dlq('replay', '--ids', 'm1', '--confirm', 'REPLAY');
    expect(one).toMatchObject({ code: 1, stdout: '' });
    expect(one.stderr).toMatch(
      /TARGET_REQUIRED[\s\S]*next: .*--target-consumer orders --target-topic orders\.created;.*--to-queue/,
    );
    const { items } = (await parsed('groups')) as { readonly items: readonly { readonly fingerprint: string }[] };
    const group = await dlq('replay', '--fingerprint', items[1]?.fingerprint ?? '', '--dry-run');
    expect(group.stderr).toMatch(/next: .*--target-consumer orders --target-topic orders\.changed/);
    const several = await dlq('replay', '--queue', 'orders', '--dry-run');
    expect(several.stderr).toMatch(/next: .*--target-topic <their topic>, one topic a command;.*dlq groups/);
    expect(await parsed('audit')).toMatchObject([{ outcome: 'TARGET_REQUIRED' }, {}, {}]);
  });
});

describe('a dry run', () => {
  it('shows the groups that it would touch, and none that it would not', async () => {
    const table = (await dlq('replay', '--queue', 'orders', ...TARGET, '--dry-run', '-o', 'table')).stdout;
    expect(table).toMatch(/count +queue +topic +consumer +cause +reason/);
    expect(table).toMatch(/\n2 +orders +orders\.created +worker-1 +nack_terminal +no stock/);
    expect(table).not.toMatch(/orders\.changed +worker-1/);
    expect(await parsed('purge', '--queue', 'orders', '--dry-run')).toMatchObject({
      ...{ requested: 3, purged: 3, failed: 0, failures: [], dry_run: true },
      groups: [
        { count: 2, topic: 'orders.created' },
        { count: 1, topic: 'orders.changed' },
      ],
    });
    expect(await idsOf()).toHaveLength(3);
  });
});

describe('a filter that meets nothing', () => {
  it('is told with what was asked and where to look, and is no failure', async () => {
    const motive = ['--queue', 'orders', '--reason', 'customers were told', '--confirm', 'PURGE'];
    const purge = await dlq('purge', ...motive);
    expect(purge.code).toBe(0);
    expect(JSON.parse(purge.stdout)).toMatchObject({ requested: 0, purged: 0 });
    expect(purge.stderr).toMatch(/no dead letter matches: queue "orders", reason "customers were told"\n/);
    expect(purge.stderr).toMatch(/next: \S.* dlq groups --queue orders; .*--mutation-reason\n$/);
    const replay = await dlq('replay', '--topic', 'none', ...TARGET, '--confirm', 'REPLAY');
    expect(replay).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/matches: topic "none"\n +next: .*dlq groups\n$/),
    });
  });
});

describe('tables', () => {
  it('of groups tell them apart by topic, consumer and cause, each by its own name', async () => {
    const table = await tachyon.good(['dlq', 'groups', '-o', 'table']);
    expect(table).toMatch(/^fingerprint +count +queue +topic +consumer +cause +reason +oldest +newest\n/);
    expect(table).toMatch(/\n[0-9a-f]{16} +1 +orders +orders\.changed +worker-1 +nack_terminal +no address /);
  });

  it('of the audit log name the queue, and count records where two have one id, and messages of a purged queue', async () => {
    await dies('bills', 'bills.sent', ['same', 'same'], 'lost');
    await tachyon.good(['dlq', 'purge', '--queue', 'bills', '--confirm', 'PURGE']);
    await tachyon.good(['pub', 'bills.sent', 'x', '--count', '14']);
    await tachyon.good(['queues', 'purge', 'bills', '--confirm', 'PURGE']);
    const table = await tachyon.good(['audit', 'list', '--last', '2']);
    expect(table).toMatch(/\n\d+ +\S+ +cli +purge_dead_letter +done +bills +2 +same/);
    expect(table).toMatch(/\n\d+ +\S+ +cli +purge_queue +done +bills +14 +-/);
    expect(await tachyon.good(['dlq', 'audit', '--last', '1', '-o', 'table'])).toMatch(
      /purge_dead_letter +done +bills +2/,
    );
  });
});
