// The data folder of a stopped broker: verified, backed up and restored by the command, and refused while one runs.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const refused = await tachyon.run(['journal', 'verify']);
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('DATA_DIR_LOCKED') });
  await broker.kill('SIGTERM');
  const found = (await tachyon.parsed(['journal', 'verify'])) as Record<string, unknown>;
  expect(found).toMatchObject({ queues: 1, messages: 1, dead_letters: 1 });
  const copy = join(tachyon.folder, 'copy');
  expect(await tachyon.parsed(['journal', 'backup', copy])).toMatchObject({ state: found['state'], copied_to: copy });
  const again = await tachyon.run(['journal', 'backup', copy]);
  expect(again).toMatchObject({ code: 5, stderr: expect.stringMatching(/FOLDER_NOT_EMPTY[\s\S]*next: name a folder/) });
  const onto = await tachyon.run(['journal', 'restore', copy]);
  expect(onto).toMatchObject({ code: 5, stderr: expect.stringMatching(/FOLDER_NOT_EMPTY: .*\/data[\s\S]*--data-dir/) });
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

/** Events of a dump that prints JSON a line. */
const dumped = async (...args: readonly string[]) =>
  (await tachyon.lines(['journal', 'dump', ...args])) as Record<string, unknown>[];

it('dumps the events of the journal in order, beside a broker at work, and as well without', async () => {
  const { broker } = await tachyon.readyBroker();
  await tachyon.good(['queues', 'declare', 'q', '--bind', 'a.>']);
  await tachyon.good(['queues', 'declare', 'r', '--bind', 'a.>']);
  await tachyon.good(['pub', 'a.b', 'secret body', '--id', 'm1']);
  await tachyon.good(['pub', 'a.c', 'other']);
  await tachyon.good([
    'consume',
    '-q',
    'q',
    '-n',
    '1',
    '--nack',
    'terminal',
    '--nack-reason',
    'bad',
    '--consumer-id',
    'w',
  ]);

  const all = await dumped();
  const positions = all.map(({ position }) => Number(position));
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  expect(all[0]).toMatchObject({ position: 1, type: 'started', epoch: 1, time: expect.stringMatching(/^\d{4}-.*Z$/) });
  const accepted = all.filter(({ type }) => type === 'accepted');
  expect(accepted).toMatchObject([
    { firstSequence: 1, messages: [{ sequence: 1, messageId: 'm1', topic: 'a.b', queues: ['q', 'r'] }] },
    { firstSequence: 2, messages: [{ sequence: 2, messageId: '#2', topic: 'a.c', queues: ['q', 'r'] }] },
  ]);
  expect(all.find(({ type }) => type === 'leased')).toMatchObject({ queueName: 'q', consumer: 'w', sequences: [1] });
  expect(all.find(({ type }) => type === 'dead-lettered')).toMatchObject({ queueName: 'q', reason: 'bad' });
  expect(JSON.stringify(all)).not.toContain(Buffer.from('secret').toString('base64').slice(0, 7));

  expect(await dumped('--type', 'accepted', '--limit', '1', '--bodies', '--body-bytes', '6')).toMatchObject([
    { messages: [{ body: Buffer.from('secret').toString('base64'), bodyBytes: 11, truncated: true }] },
  ]);
  const at = Number(accepted[0]?.['position']);
  expect(await dumped('--from', `${at}`, '--to', `${at}`)).toMatchObject([{ type: 'accepted', position: at }]);
  expect((await dumped('--queue', 'r')).map(({ type }) => type)).not.toContain('leased');
  expect((await dumped('--message', 'm1')).map(({ type }) => type)).toEqual(['accepted', 'leased', 'dead-lettered']);
  expect(await tachyon.good(['journal', 'dump', '--message', 'm1'])).toMatch(/^position .*\n\d+ .* accepted .*m1.*\n/);
  expect(await tachyon.good(['journal', 'dump', '--type', 'leased', '-o', 'yaml'])).toMatch(/^---\nposition: \d+\n/);
  expect(await tachyon.run(['journal', 'dump', '--type', 'nonsense'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('dead-lettered'),
  });
  expect(await tachyon.run(['journal', 'dump', '--message', 'nobody'])).toMatchObject({ code: 0, stdout: '' });

  await broker.kill('SIGTERM');
  expect((await dumped()).slice(0, all.length)).toEqual(all);
});

it('a dump of a damaged journal prints what is before the damage, and then the code and the position', async () => {
  const { broker } = await tachyon.readyBroker();
  await tachyon.good(['queues', 'declare', 'q', '--bind', 'a.>']);
  for (const body of ['one', 'two', 'three']) await tachyon.good(['pub', 'a.b', body]);
  const whole = await dumped();
  await broker.kill('SIGTERM');
  const file = join(
    tachyon.dataFolder,
    readdirSync(tachyon.dataFolder).find((name) => name.endsWith('.segment')) ?? '',
  );
  const bytes = readFileSync(file);
  // Groups begin at sectors: the one of the second message is made unreadable.
  const position = Number(whole.filter(({ type }) => type === 'accepted')[1]?.['position']);
  for (let at = 512; at < bytes.length; at += 512) {
    if (bytes.toString('latin1', at, at + 4) === 'TGRP' && bytes.readDoubleLE(at + 16) === position)
      bytes.writeUInt8(bytes.readUInt8(at + 70) ^ 1, at + 70);
  }
  writeFileSync(file, bytes);
  const damaged = await tachyon.run(['journal', 'dump', '-o', 'json']);
  expect(damaged).toMatchObject({ code: 5, stderr: expect.stringMatching(/CORRUPT_JOURNAL.*position/) });
  expect(damaged.stderr).toContain(`position ${position}`);
  const before = whole.filter((event) => Number(event['position']) < position);
  expect(damaged.stdout.trimEnd().split('\n')).toEqual(before.map((event) => JSON.stringify(event)));
});

it('a dump is not misled by a broker that writes and trims beside it', async () => {
  const small = { MESSAGE_BYTES_MAX: '65536', WAL_SEGMENT_MAX_BYTES: '1048576', CHECKPOINT_BYTES: '1048576' };
  await tachyon.readyBroker([], { env: small });
  await tachyon.good(['queues', 'declare', 'q', '--bind', 'a']);
  await tachyon.good(['queues', 'declare', 'keep', '--bind', 'b']);
  await tachyon.good(['pub', 'b', 'kept', '--id', 'old']);
  const env = { DATA_DIR: tachyon.dataFolder };
  const count = 60_000;
  const input = `${'x'.repeat(100)}\n`.repeat(count);
  const producer = tachyon.start(['pub', 'a', '--lines'], { env, input }).finished();
  const consumer = tachyon.start(['consume', '-q', 'q', '-n', `${count}`, '-f', ''], { env }).finished();
  let worked = true;
  const both = Promise.all([producer, consumer]).finally(() => {
    worked = false;
  });
  let dumps = 0;
  while (worked) {
    const events = await dumped('--type', 'accepted,relocated');
    const sequences = events
      .filter(({ type }) => type === 'accepted')
      .flatMap(({ messages }) =>
        (messages as readonly { readonly sequence: number }[]).map(({ sequence }) => sequence),
      );
    // What was trimmed meanwhile may be missing at one place; nothing comes twice or out of order.
    const holes = sequences.filter((sequence, index) => index > 0 && sequence !== (sequences[index - 1] ?? 0) + 1);
    expect(holes.length).toBeLessThanOrEqual(1);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    dumps += 1;
  }
  expect((await both).map(({ code }) => code)).toEqual([0, 0]);
  expect(dumps).toBeGreaterThan(1);
  // What lives in the oldest segment is moved before that goes: then the accept of the message is gone too.
  await expect
    .poll(() => readdirSync(tachyon.dataFolder), { timeout: 20_000 })
    .not.toContain('00000000000000000001.segment');
  expect(await tachyon.parsed(['trace', 'old'])).toMatchObject({
    messages: [
      {
        durable: true,
        accepted_at: expect.stringContaining('T'),
        queues: [{ queue: 'keep', state: 'ready' }],
        steps: [{ event: 'accepted', position: null, queues: ['keep'] }, { event: 'relocated' }],
      },
    ],
  });
});
