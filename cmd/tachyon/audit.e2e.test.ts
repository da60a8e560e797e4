// The audit log by command: what a live broker wrote is listed, and its files verify with the broker and without it.

import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { GENESIS, newSigningKey, signHead, writeLine } from '../../pkg/audit/index.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/verify-audit.mjs');

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

/** Six entries of long ago in two files, under a signed head, with the keys. */
function writeOldLog(folder: string): void {
  const key = newSigningKey();
  let head = GENESIS;
  for (let number = 1; number <= 6; number += 1) {
    const line = writeLine(
      {
        number,
        actor: 'ann',
        timestamp: '2025-03-21T10:00:00.000Z',
        operation: 'declare_queue',
        outcome: 'done',
        target_message_ids: [],
        requested_reason: '',
        prior_state: [],
        resulting_state: [],
        position: 0,
        index: number,
      },
      head,
    );
    head = line.hash;
    const name = `${String(number <= 3 ? 1 : 4).padStart(20, '0')}.jsonl`;
    appendFileSync(join(folder, name), `${line.text}\n`);
  }
  writeFileSync(
    join(folder, 'heads.jsonl'),
    `${JSON.stringify(signHead(key.privatePem, 6, head, '2025-03-21T10:01:00.000Z'))}\n`,
  );
  writeFileSync(join(folder, 'public-key.pem'), key.publicPem);
  writeFileSync(join(folder, 'signing-key.pem'), key.privatePem, { mode: 0o600 });
}

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
    expect(await parsed('audit', 'list', '--last', '2')).toMatchObject([{ number: 2 }, { number: 3 }]);
    expect(await parsed('audit', 'list', '--last', '1', '--actor', 'bob')).toMatchObject([{ number: 2 }]);
    expect(await parsed('audit', 'list', '--last', '9')).toHaveLength(3);
    expect(await run('audit', 'list', '--last', '1', '-n', '1')).toMatchObject({ code: 2, stdout: '' });
    const table = await tachyon.good(['audit', 'list']);
    expect(table).toMatch(
      /^number +timestamp +actor.* queue +count +messages.*\n1 +\S+Z +ann +declare_queue +done +orders +-/,
    );
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
    expect(await parsed('audit', 'verify')).toMatchObject({ ok: true, entries: 2, heads: 1, signed_through: 2 });
    const sound = /^sound: 2 entries, head [0-9a-f]{64}, 1 signed head met; the last of them covers all\n$/;
    expect(await tachyon.good(['audit', 'verify'])).toMatch(sound);
    const heads = join(tachyon.dataFolder, 'audit', 'heads.jsonl');
    const signed = readFileSync(heads);
    writeFileSync(heads, '');
    expect(await tachyon.good(['audit', 'verify'])).toMatch(
      /^sound: 2 entries, .*NOT SIGNED: no head covers any of it/,
    );
    writeFileSync(heads, signed);

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

  it('removes what is older than its bound, says so in the log, and both verifiers take what is left for sound', async () => {
    const folder = join(tachyon.dataFolder, 'audit');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeOldLog(folder);
    const bound = { AUDIT_MAX_AGE_MS: '86400000', AUDIT_SEAL_MS: '1000', METRICS_PORT: '0' };
    const { broker } = await tachyon.readyBroker([], { env: bound });
    await tachyon.good(['queues', 'declare', 'orders', '--actor', 'ann']);
    await eventually('the old entries are gone', async () => {
      const { removed } = (await parsed('audit', 'status')) as unknown as { readonly removed: number };
      return removed === 6;
    });
    const records = (await parsed('audit', 'list', '--operation', 'audit_retention')) as readonly object[];
    expect(records.at(-1)).toMatchObject({
      actor: 'broker',
      requested_reason: 'AUDIT_MAX_AGE_MS',
      resulting_state: [{ through: 6 }],
    });
    expect(await parsed('audit', 'list', '-n', '1')).toMatchObject([{ number: 7 }]);
    expect(await parsed('audit', 'verify')).toMatchObject({ ok: true, removed: 6 });
    const kept = join(tachyon.folder, 'kept');
    expect(await parsed('audit', 'export', kept)).toMatchObject({ ok: true, removed: 6, exported_to: kept });
    await broker.kill('SIGTERM');
    expect(broker.stdout).toContain('"audit":');
    expect(spawnSync(process.execPath, [SCRIPT, folder], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('of which 1 to 6 were removed by retention'),
    });
    rmSync(join(folder, 'floor.json'));
    expect(await run('audit', 'verify')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('entry 7 stands where entry 1'),
    });
    expect(spawnSync(process.execPath, [SCRIPT, folder], { encoding: 'utf8' })).toMatchObject({ status: 1 });
  });
});
