// The audit log by command: what a live broker wrote is listed, and its files verify with the broker and without it.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/verify-audit.mjs');

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

const run = (...args: readonly string[]) => tachyon.run(args);
const parsed = (...args: readonly string[]) => tachyon.parsed(args);

describe('tachyon audit', () => {
  it('lists what operators did and what they were refused, by whom, when and why', async () => {
    await tachyon.readyBroker();
    await tachyon.good(['queues', 'declare', 'orders', '--actor', 'ann', '--reason', 'new shop']);
    const between = new Date().toISOString();
    await tachyon.good(['queues', 'declare', 'bills', '--actor', 'bob']);
    expect(await run('queues', 'purge', 'orders', '--actor', 'ann')).toMatchObject({ code: 1 });

    const events = await parsed('audit', 'list');
    expect(events).toMatchObject([
      { number: 1, actor: 'ann', operation: 'declare_queue', outcome: 'done', requested_reason: 'new shop' },
      { number: 2, actor: 'bob' },
      { number: 3, actor: 'ann', outcome: 'CONFIRMATION_REQUIRED' },
    ]);
    expect(await parsed('audit', 'list', '--actor', 'ann')).toHaveLength(2);
    expect(await parsed('audit', 'list', '--start', between)).toHaveLength(2);
    expect(await parsed('audit', 'list', '--end', between)).toHaveLength(1);
    expect(await parsed('audit', 'list', '--operation', 'declare_queue', '-n', '1')).toHaveLength(1);
    expect(await tachyon.good(['audit', 'list'])).toMatch(/^number +timestamp +actor.*\n1 +\S+Z +ann +declare_queue/);
    expect(await run('audit', 'list', '--start', 'yesterday')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('2026-03-21T00:00:00Z'),
    });
    expect(await parsed('audit', 'status')).toMatchObject({ entries: 3, state: 'ok' });
  });

  it('verifies its files beside the broker and without it, and ends with 1 where somebody was at them', async () => {
    const { broker } = await tachyon.readyBroker();
    await tachyon.good(['queues', 'declare', 'orders']);
    await tachyon.good(['queues', 'declare', 'bills']);
    expect(await parsed('audit', 'verify')).toMatchObject({ ok: true, entries: 2 });
    await broker.kill('SIGTERM');
    expect(await parsed('audit', 'verify')).toMatchObject({ ok: true, entries: 2, heads: 1 });

    const folder = join(tachyon.dataFolder, 'audit');
    expect(spawnSync(process.execPath, [SCRIPT, folder], { encoding: 'utf8' })).toMatchObject({ status: 0 });
    const [name = ''] = readdirSync(folder).filter((file) => /^\d+\.jsonl$/.test(file));
    const text = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, name), text.replace('bills', 'pills'));
    const end = await run('audit', 'verify', folder, '-o', 'json');
    expect(end).toMatchObject({ code: 1, stderr: expect.stringContaining('entry 2 was altered') });
    expect(JSON.parse(end.stdout)).toMatchObject({ ok: false, fault: 'altered_line', at: 2, file: name, line: 2 });
    expect(spawnSync(process.execPath, [SCRIPT, folder], { encoding: 'utf8' })).toMatchObject({ status: 1 });
    expect(await run('audit', 'verify', tachyon.folder)).toMatchObject({ code: 2, stdout: '' });
  });
});
