// Backups of a broker that runs and is under load: each is verified, a broker starts on it, and what was confirmed before
// it was asked for is there. And what is refused, with a code, and without a trace.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { connect } from '../../pkg/client/index.ts';

/** So that segments are trimmed and checkpoints written many times. */
const SMALL = { MESSAGE_BYTES_MAX: '65536', WAL_SEGMENT_MAX_BYTES: '1048576', CHECKPOINT_BYTES: '1048576' };
const MESSAGES = 40_000;
const BATCH = 200;
/** Every so many stays in a queue that nobody consumes. */
const KEPT_EVERY = 8;
const BACKUPS = 4;

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

/** Publishes in batches until it is told to end, and then some; `confirmed` are the kept ones, as they are confirmed. */
async function load(router: string, confirmed: string[], isWanted: () => boolean): Promise<number> {
  const client = await connect({ router });
  let sent = 0;
  while (sent < MESSAGES || isWanted()) {
    const batch = Array.from({ length: BATCH }, (_none, index) => sent + index);
    sent += BATCH;
    await Promise.all(
      batch.map(async (number) => {
        const isKept = number % KEPT_EVERY === 0;
        await client.publish(isKept ? 'keep' : 'work', `body ${number} ${'x'.repeat(200)}`, {
          messageId: `m${number}`,
        });
        if (isKept) confirmed.push(`m${number}`);
      }),
    );
  }
  await client.close();
  return sent;
}

const idsIn = (listed: string): Set<string> => new Set(listed.trimEnd().split('\n'));

/** A broker on what the backup was restored to, and what it holds. */
async function restoredIds(copy: string, name: string): Promise<Set<string>> {
  const folder = join(tachyon.folder, name);
  await tachyon.good(['journal', 'restore', copy, '--data-dir', folder]);
  const broker = tachyon.broker(['--data-dir', folder], { env: SMALL });
  await broker.ready();
  const taken = await tachyon.good(['consume', '--data-dir', folder, '-q', 'keep', '--exit-when-empty', '-f', '%i\\n']);
  expect(await tachyon.good(['audit', 'verify', join(folder, 'audit')])).toContain('sound');
  await broker.kill('SIGTERM');
  return idsIn(taken);
}

it('holds all that was confirmed before it was asked for, again and again under load', async () => {
  const { broker, ready } = await tachyon.readyBroker([], { env: SMALL });
  await tachyon.good(['queues', 'declare', 'keep', '--bind', 'keep']);
  await tachyon.good(['queues', 'declare', 'work', '--bind', 'work']);
  const env = { DATA_DIR: tachyon.dataFolder };
  tachyon.start(['consume', '-q', 'work', '-f', ''], { env });
  const confirmed: string[] = [];
  let isWanted = true;
  const loading = load(ready.router, confirmed, () => isWanted);
  const backups: { readonly copy: string; readonly owed: readonly string[] }[] = [];
  try {
    for (let round = 1; round <= BACKUPS; round += 1) {
      await eventually('confirms', () => confirmed.length > round * 500, { withinMs: 60_000 });
      const owed = [...confirmed];
      await tachyon.good(['queues', 'declare', `q${round}`]);
      const copy = join(tachyon.folder, `copy-${round}`);
      const report = (await tachyon.parsed(['journal', 'backup', copy])) as Record<string, unknown>;
      expect(report).toMatchObject({ copied_to: copy, taken: expect.stringMatching(/^\d{4}-.*Z$/) });
      expect(Number(report['messages'])).toBeGreaterThanOrEqual(owed.length);
      expect(Number(report['position'])).toBeGreaterThan(0);
      expect(Number(report['bytes'])).toBeGreaterThan(1_000_000);
      expect(await tachyon.parsed(['journal', 'verify', '--data-dir', copy])).toMatchObject({ state: report['state'] });
      backups.push({ copy, owed });
    }
  } finally {
    isWanted = false;
  }
  expect(await loading).toBeGreaterThanOrEqual(MESSAGES);
  expect(await tachyon.parsed(['status'])).toMatchObject({ pins: [], dead_letters: 0 });
  // The journal was trimmed before the last one: it is no copy of all that ever was.
  expect(readdirSync(backups.at(-1)?.copy ?? '').includes('00000000000000000001.segment')).toBe(false);
  await broker.kill('SIGTERM');
  for (const [index, { copy, owed }] of backups.entries()) {
    const found = await restoredIds(copy, `restored-${index}`);
    expect(owed.filter((id) => !found.has(id))).toEqual([]);
  }
}, 240_000);

describe('is refused, and leaves nothing', () => {
  const backup = async (to: string): Promise<string> => {
    const { code, stderr } = await tachyon.run(['journal', 'backup', to]);
    return `${code} ${/tachyon: (\w+):/.exec(stderr)?.[1]}`;
  };

  it('where it goes into the data folder, or where something is', async () => {
    await tachyon.readyBroker();
    expect(await backup(join(tachyon.dataFolder, 'copy'))).toBe('5 DATA_DIR_UNUSABLE');
    expect(await backup(tachyon.dataFolder)).toBe('5 DATA_DIR_UNUSABLE');
    expect(await backup(tachyon.folder)).toBe('5 FOLDER_NOT_EMPTY');
    expect(readdirSync(tachyon.folder)).toEqual(['data']);
    expect(existsSync(join(tachyon.dataFolder, 'copy'))).toBe(false);
  });

  it('where the broker does not answer', async () => {
    const { broker } = await tachyon.readyBroker();
    broker.child.kill('SIGSTOP');
    const copy = join(tachyon.folder, 'copy');
    expect(await backup(copy)).toBe('3 TIMEOUT');
    broker.child.kill('SIGCONT');
    expect(readdirSync(tachyon.folder)).toEqual(['data']);
    expect(await backup(copy)).toBe('0 undefined');
  });

  it('where it is ended by force, but for a folder that says so, which the next one goes over', async () => {
    const { broker } = await tachyon.readyBroker();
    await tachyon.good(['queues', 'declare', 'q', '--bind', 'a']);
    const copy = join(tachyon.folder, 'copy');
    broker.child.kill('SIGSTOP');
    const ended = tachyon.start(['journal', 'backup', copy], { env: { DATA_DIR: tachyon.dataFolder } });
    await eventually('the copying', () => existsSync(`${copy}.incomplete`));
    await ended.kill('SIGKILL');
    broker.child.kill('SIGCONT');
    expect(readdirSync(tachyon.folder).sort()).toEqual(['copy.incomplete', 'data']);
    expect(await backup(copy)).toBe('0 undefined');
    expect(readdirSync(tachyon.folder).sort()).toEqual(['copy', 'data']);
    expect(await tachyon.parsed(['journal', 'verify', '--data-dir', copy])).toMatchObject({ queues: 1 });
  });
});
