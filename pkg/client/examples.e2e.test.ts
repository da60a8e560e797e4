// docs/client.md: its examples run as they stand, under the name by which an application imports the client.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReadyLine, Tachyon } from '../../internal/testing/processes/tachyon.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/client.md'), 'utf8');

const examples = new Map(
  [...page.matchAll(/```ts title=(\S+)\n([\s\S]*?)```/g)].map(([, name = '', source = '']) => [name, source]),
);

/** What each example prints. */
const PRINTED: Readonly<Record<string, string | RegExp>> = {
  'first-steps.ts': 'got orders.created { order: 42 }\naccepted disk false\nclosed null\n',
  'publish-many.ts': 'accepted\nUNROUTABLE\nUNROUTABLE false undefined\n',
  'batch.ts': 'BATCH_REFUSED UNROUTABLE\naccepted accepted\nledger.debit ledger.credit\n',
  'later.ts': 'ALREADY_EXPIRED\nat once\nlater\nwaited true\n',
  'loop.ts': 'good 1\nbad 1\nlast 1\n',
  'fetch.ts': 'a b\n',
  'request.ts': 'NO_RESPONDERS no route leads to a queue\n[ 3 ]\n1 [1]\n2 [3]\n3 [6]\nREQUEST_FAILED nothing to add\n',
  'subscribe.ts': 'metrics.web.cpu { load: 0.5 }\n',
  'admin.ts': /^broker \d+\.\d+\.\d+\n$/,
};

let tachyon: Tachyon;
let ready: ReadyLine;

beforeAll(async () => {
  tachyon = new Tachyon();
  ({ ready } = await tachyon.readyBroker());
  // A folder in which the package is installed.
  mkdirSync(join(tachyon.folder, 'node_modules'));
  symlinkSync(ROOT, join(tachyon.folder, 'node_modules/aetherbus-tachyon'));
});
afterAll(() => tachyon.remove());

describe('the examples of the page', () => {
  it('are all known here', () => {
    expect([...examples.keys()].sort()).toEqual(Object.keys(PRINTED).sort());
  });

  it.each(Object.entries(PRINTED))('%s does what it says, and ends by itself', async (name, printed) => {
    const file = join(tachyon.folder, name.replace(/\.ts$/, '.mts'));
    writeFileSync(file, examples.get(name) ?? '');
    const env = {
      TACHYON_ROUTER: ready.router,
      TACHYON_PUB: ready.pub,
      TACHYON_ADMIN: ready.admin.slice('ipc://'.length),
    };
    const run = tachyon.start(['--import', 'tsx', file], {
      command: [process.execPath],
      cwd: ROOT,
      env,
    });
    const end = await run.finished();
    expect(end).toMatchObject({ code: 0, stderr: '' });
    if (typeof printed === 'string') expect(sorted(name, end.stdout)).toBe(sorted(name, printed));
    else expect(end.stdout).toMatch(printed);
  });
});

/** Whether the consumer or the confirm comes first is nobody's promise. */
const sorted = (name: string, text: string): string =>
  name === 'first-steps.ts' ? text.split('\n').sort().join('\n') : text;
