// The runbook of docs/operations.md for messages that died, run as it is written on an incident as it describes it.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TACHYON_MAIN, Tachyon } from '../../internal/testing/processes/tachyon.ts';

const PAGE = join(import.meta.dirname, '../../docs/operations.md');

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

/** The shell block of the section, as somebody copies it. */
function runbook(): string {
  const [, section = ''] = readFileSync(PAGE, 'utf8').split('## When messages die\n');
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(section) ?? [];
  return block;
}

async function dies(id: string, reason: string): Promise<void> {
  await tachyon.good(['pub', 'orders.created', id, '--id', id]);
  await tachyon.good([
    ...['consume', '-q', 'orders', '-n', '1', '--consumer-id', 'worker-1'],
    ...['--nack', 'terminal', '--nack-reason', reason],
  ]);
}

it('works off an incident, line by line', async () => {
  await tachyon.readyBroker();
  await tachyon.good(['queues', 'declare', 'orders', '--bind', 'orders.>']);
  for (const id of ['order-1', 'order-2', 'order-3']) await dies(id, 'no stock');
  await dies('order-4', 'no address');

  const shim = join(tachyon.folder, 'tachyon');
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${TACHYON_MAIN}" "$@"\n`);
  chmodSync(shim, 0o755);
  const script = runbook();
  expect(script.match(/^tachyon /gm)?.length).toBeGreaterThan(8);
  const end = await tachyon
    .start(['-e', '-c', script], {
      command: ['/bin/sh'],
      env: { DATA_DIR: tachyon.dataFolder, PATH: `${tachyon.folder}:${process.env['PATH'] ?? ''}` },
    })
    .finished();
  expect({ code: end.code, stderr: end.stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(readFileSync(join(tachyon.folder, 'dead-letters.json'), 'utf8'))).toHaveLength(4);

  expect(await tachyon.parsed(['queues', 'show', 'orders'])).toMatchObject({ ready: 3, dead_letters: 0 });
  expect(await tachyon.parsed(['dlq', 'audit', '--actor', 'ann'])).toMatchObject([
    { operation: 'replay_dead_letter', target_message_ids: ['order-1'] },
    { operation: 'replay_dead_letter', target_message_ids: ['order-2', 'order-3'], requested_reason: 'stock is back' },
    { operation: 'purge_dead_letter', target_message_ids: ['order-4'], requested_reason: 'customers were told' },
  ]);
});
