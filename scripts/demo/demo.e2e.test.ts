// Runs the whole demo as its own process, over a small share of the data: the kills, the restart and the books included.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ENTRY = join(import.meta.dirname, '../../dist/scripts/demo/index.js');

it('loses nothing that was confirmed, with a broker and a worker killed on the way', async () => {
  const child = spawn(process.execPath, [ENTRY, '--share', '0.05'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(output).toMatch(/SIGKILL to worker-3/);
  expect(output).toMatch(/SIGKILL to the broker/);
  expect(output).toMatch(/ready again after \d+ ms/);
  // published, confirmed, delivered, acked, retried, dead-lettered, lost, duplicates
  const rows = [...output.matchAll(/│ (archive|processing)\s+│(.*)│/g)].map(([, , cells = '']) =>
    cells.split('│').map((cell) => Number(cell.replaceAll(',', ''))),
  );
  expect(rows).toHaveLength(2);
  for (const [published, confirmed, delivered, acked, , , lost] of rows) {
    expect(published).toBe(11_085);
    expect(confirmed).toBe(published);
    expect(lost).toBe(0);
    expect(acked).toBeGreaterThanOrEqual((confirmed ?? 0) - 100);
    expect(delivered).toBeGreaterThanOrEqual(acked ?? 0);
  }
  expect(rows[1]?.[4], 'some messages were retried').toBeGreaterThan(0);
  expect({ code, output }).toMatchObject({ code: 0 });
});
