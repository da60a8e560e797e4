// Evidence for the audit log: `npm run evidence -- audit [--n 1000000]`. Writes so many actions into a log on the disk,
// then verifies it by the stand-alone verifier in a process with 64 MB of heap, whole and again with one byte in the
// middle changed. Exits 1 unless the whole one is sound with n entries and the other is not.

import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asPosition } from '../../internal/domain/ids.ts';
import { FileAuditStore } from '../../internal/repository/audit/file-audit-store.ts';
import { NodeDisk } from '../../internal/repository/disk/node-disk.ts';

const BATCH = 1_000;
/** A heap that a verifier which kept what it read would burst. */
const HEAP_MB = 64;
const SCRIPT = join(import.meta.dirname, '../verify-audit.mjs');

const { values } = parseArgs({ options: { n: { type: 'string', default: '1000000' } } });
const n = Number(values.n);
if (!Number.isSafeInteger(n) || n < 10) throw new RangeError(`--n is a count of actions from 10 on, not ${values.n}`);

type Callback = (error: Error | null) => void;
const completed = (start: (done: Callback) => void): Promise<void> =>
  new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error))));

async function write(folder: string): Promise<void> {
  const store = new FileAuditStore({ disk: new NodeDisk(folder) });
  store.open();
  for (let from = 0; from < n; from += BATCH) {
    const entries = Array.from({ length: Math.min(BATCH, n - from) }, (_none, index) => ({
      at: asPosition(from + index + 1),
      action: {
        type: 'operator-action' as const,
        atMs: 1_764_000_000_000 + from + index,
        operator: { actor: 'olivia', reason: 'retention clean-up' },
        operation: 'purge_dead_letter',
        outcome: 'done',
        targets: [`m${from + index}`],
        prior: [{ queue: 'orders', status: 'dead_lettered' }],
        resulting: [{ queue: 'orders', count: 1, status: 'purged' }],
      },
    }));
    await completed((done) => store.append(entries, done));
  }
  await completed((done) => store.seal(Date.now(), done));
  store.close();
}

/** What the verifier said, and whether it found the log sound. */
function verify(folder: string): { readonly sound: boolean; readonly said: string; readonly seconds: number } {
  const startedMs = performance.now();
  const args = [`--max-old-space-size=${HEAP_MB}`, SCRIPT, folder];
  const seconds = (): number => Math.round((performance.now() - startedMs) / 100) / 10;
  try {
    const said = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return { sound: true, said: said.trim(), seconds: seconds() };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    if (status !== 1) throw error;
    return { sound: false, said: `${stdout}${stderr}`.trim(), seconds: seconds() };
  }
}

/** One letter in the middle of a file in the middle of the log. */
function alter(folder: string): void {
  const files = readdirSync(folder).filter((name) => /^\d+\.jsonl$/.test(name));
  const name = files.sort()[Math.floor(files.length / 2)] as string;
  const descriptor = openSync(join(folder, name), 'r+');
  const chunk = Buffer.alloc(4_096);
  const from = Math.floor(fstatSync(descriptor).size / 2);
  readSync(descriptor, chunk, 0, chunk.length, from);
  writeSync(descriptor, 'O', from + chunk.indexOf('olivia'));
  closeSync(descriptor);
}

const folder = mkdtempSync(join(tmpdir(), 'tachyon-audit-'));
try {
  const startedMs = performance.now();
  await write(folder);
  console.log(
    `written   ${n.toLocaleString('en')} entries in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`,
  );
  const whole = verify(folder);
  console.log(`verified  in ${whole.seconds} s with ${HEAP_MB} MB of heap: ${whole.said}`);
  alter(folder);
  const altered = verify(folder);
  console.log(`altered   ${altered.said}`);
  const passed = whole.sound && whole.said.includes(String(n)) && !altered.sound;
  console.log(passed ? 'passed' : 'FAILED');
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
