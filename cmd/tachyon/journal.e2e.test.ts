// The data folder of a stopped broker: verified, backed up and restored by the command, and refused while one runs.

import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

it('a backup restores to the same messages, dead letters and audit log; a running broker keeps its folder', async () => {
  const { broker } = await tachyon.readyBroker();
  await tachyon.good(['queues', 'declare', 'q', '--bind', 'a.>']);
  await tachyon.good(['pub', 'a.b', 'body']);
  await tachyon.good(['dlq', 'dead-letter', '--id', 'm1', '--topic', 'a.c', '--consumer', 'q', '--payload', 'raw']);
  for (const words of [['verify'], ['backup', join(tachyon.folder, 'copy')]]) {
    const refused = await tachyon.run(['journal', ...words]);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('DATA_DIR_LOCKED') });
  }
  await broker.kill('SIGTERM');
  const found = (await tachyon.parsed(['journal', 'verify'])) as Record<string, unknown>;
  expect(found).toMatchObject({ queues: 1, messages: 1, dead_letters: 1 });
  const copy = join(tachyon.folder, 'copy');
  expect(await tachyon.parsed(['journal', 'backup', copy])).toMatchObject({ state: found['state'], copied_to: copy });
  const again = await tachyon.run(['journal', 'backup', copy]);
  expect(again).toMatchObject({ code: expect.any(Number), stderr: expect.stringContaining('DATA_DIR_UNUSABLE') });
  rmSync(tachyon.dataFolder, { recursive: true });
  expect(await tachyon.parsed(['journal', 'restore', copy])).toMatchObject({ state: found['state'] });
  await tachyon.readyBroker();
  expect(await tachyon.parsed(['dlq', 'inspect', '--id', 'm1'])).toMatchObject({ queue: 'q' });
  expect(await tachyon.parsed(['queues', 'list'])).toMatchObject([{ queue: 'q', ready: 1 }]);
  expect(await tachyon.good(['audit', 'verify'])).toContain('2');
});

it('a damaged folder is named, file and all, and is not copied', async () => {
  const { broker } = await tachyon.readyBroker();
  await tachyon.good(['queues', 'declare', 'q', '--bind', 'a.>']);
  await broker.kill('SIGTERM');
  const segment = readdirSync(tachyon.dataFolder).find((name) => name.endsWith('.segment')) ?? '';
  writeFileSync(join(tachyon.dataFolder, segment), Buffer.alloc(1_000));
  for (const words of [['verify'], ['backup', join(tachyon.folder, 'copy')]]) {
    const refused = await tachyon.run(['journal', ...words]);
    expect(refused).toMatchObject({ code: expect.any(Number), stderr: expect.stringContaining('CORRUPT_JOURNAL') });
    expect(refused.code).not.toBe(0);
  }
  const missing = await tachyon.run(['journal', 'verify', '--data-dir', join(tachyon.folder, 'none')]);
  expect(missing).toMatchObject({ stderr: expect.stringContaining('is not there') });
});
