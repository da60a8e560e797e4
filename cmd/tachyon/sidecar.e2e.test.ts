// `tachyon sidecar` as a process: its socket, its signals, a second one, one that was killed, and the Python client that
// docs/fastpath-sidecar.md prints.

import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { type Running, type StartOptions, Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { RawClient, rawRequest } from '../../internal/testing/sidecar/raw-client.ts';
import { root } from '../../internal/testing/tidy/repository.ts';
import { OPERATIONS } from '../../pkg/encoding/fastpath/operations.ts';
import { decompressBlockLE } from '../../pkg/encoding/lz4.ts';

const { compress, checksum } = OPERATIONS;

let tachyon: Tachyon;
let socketPath: string;

beforeEach(() => {
  tachyon = new Tachyon();
  socketPath = join(tachyon.dataFolder, 'fastpath.sock');
});
afterEach(() => tachyon.remove());

function start(args: readonly string[] = [], options: StartOptions = {}): Running {
  return tachyon.start(['sidecar', ...args], { ...options, env: { DATA_DIR: tachyon.dataFolder, ...options.env } });
}

async function ready(args: readonly string[] = [], options: StartOptions = {}): Promise<Running> {
  const sidecar = start(args, options);
  await sidecar.says('"msg":"ready"');
  return sidecar;
}

async function serves(path = socketPath): Promise<boolean> {
  const client = await RawClient.connect(path);
  const reply = await client.ask({ operation: checksum, payload: Buffer.from('abc') });
  client.close();
  return reply !== null && Buffer.from(reply.body).toString('hex') === '352441c2';
}

describe('tachyon sidecar', () => {
  it('makes the data folder and a socket in it, both for its owner alone', async () => {
    await ready();
    expect(lstatSync(socketPath).mode & 0o777).toBe(0o600);
    expect(lstatSync(tachyon.dataFolder).mode & 0o777).toBe(0o700);
    expect(await serves()).toBe(true);
  });

  it('listens where the flag says, else where FASTPATH_SOCKET_PATH does', async () => {
    const [byFlag, byVariable] = [join(tachyon.folder, 'f.sock'), join(tachyon.folder, 'v.sock')];
    await ready(['--socket', byFlag, '--workers', '1']);
    await ready([], { env: { FASTPATH_SOCKET_PATH: byVariable } });
    expect([await serves(byFlag), await serves(byVariable), existsSync(socketPath)]).toEqual([true, true, false]);
  });

  it('refuses to start beside a live one, names its socket, and leaves it alone', async () => {
    await ready();
    const { code, stderr } = await start().finished();
    expect(code).toBe(4);
    expect(stderr).toContain('ADDRESS_IN_USE');
    expect(stderr).toContain(socketPath);
    expect(stderr).toContain('--socket');
    expect(await serves()).toBe(true);
  });

  it('refuses to start beside one that is stopped: it is not dead', async () => {
    const first = await ready();
    first.child.kill('SIGSTOP');
    const { code } = await start().finished();
    first.child.kill('SIGCONT');
    expect(code).toBe(4);
    expect(await serves()).toBe(true);
  });

  it('takes over the socket of one that was killed', async () => {
    const first = await ready();
    await first.kill('SIGKILL');
    expect(lstatSync(socketPath).isSocket()).toBe(true);
    await ready();
    expect(await serves()).toBe(true);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s answers what is under way, removes its socket and ends with 0',
    async (signal) => {
      const sidecar = await ready(['--workers', '1']);
      const client = await RawClient.connect(socketPath);
      const body = Buffer.alloc(16 * 1024 * 1024, 'what repeats can be compressed; ');
      for (let id = 1; id <= 4; id += 1)
        client.send(rawRequest({ operation: compress, flags: 1, payload: body, requestId: id }));
      const first = await client.reply();
      // All four have arrived whole when one was answered: their bytes are what the first had to wait behind.
      await eventually('all is sent', () => client.socket.writableLength === 0);
      sidecar.child.kill(signal);
      const replies = [first, await client.reply(), await client.reply(), await client.reply()];
      expect(new Set(replies.map((reply) => reply?.requestId))).toEqual(new Set([1, 2, 3, 4]));
      for (const reply of replies)
        expect(body.equals(decompressBlockLE(reply?.body as Uint8Array, body.length) as Uint8Array)).toBe(true);
      client.close();
      expect(await sidecar.end).toEqual({ code: 0, signal: null });
      expect(existsSync(socketPath)).toBe(false);
    },
  );

  it.each([
    [['--workers', '0'], 'from 1 to 256'],
    [['--workers', 'x'], 'whole number'],
    [['--memory-bytes', '1000'], 'at least'],
    [['--socket', `/tmp/${'x'.repeat(120)}`], 'INVALID_CONFIG'],
    [['--log-level', 'loud'], 'INVALID_CONFIG'],
  ])('%j is a mistake: 2, and nothing was opened', async (args, words) => {
    const { code, stderr } = await start(args).finished();
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(existsSync(tachyon.dataFolder)).toBe(false);
  });

  it('and a broker share a data folder, whichever comes first', async () => {
    await ready();
    const { broker } = await tachyon.readyBroker();
    expect(await serves()).toBe(true);
    await broker.kill('SIGTERM');
    expect(await serves()).toBe(true);
    const again = await tachyon.readyBroker([], { env: { FASTPATH_SIDECAR_ENABLED: 'true' } });
    expect(again.ready.dataFolder).toBe(tachyon.dataFolder);
  });

  it('where a file has the place of the socket, is refused and leaves the file', async () => {
    mkdirSync(tachyon.dataFolder);
    writeFileSync(socketPath, 'mine');
    expect((await start().finished()).code).toBe(4);
    expect(readFileSync(socketPath, 'utf8')).toBe('mine');
  });
});

const hasPython = spawnSync('python3', ['-c', 'import zlib'], { stdio: 'ignore' }).status === 0;
if (!hasPython) process.stderr.write('SKIPPED: there is no python3 for the client of docs/fastpath-sidecar.md\n');

describe.skipIf(!hasPython)('the Python client of docs/fastpath-sidecar.md', () => {
  const page = readFileSync(join(root, 'docs/fastpath-sidecar.md'), 'utf8');
  const code = /```python\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

  it('compresses, decompresses, checks, and is told of a bomb', async () => {
    await ready();
    const {
      stdout,
      stderr,
      code: exitCode,
    } = await tachyon.start(['-c', code, socketPath], { command: ['python3'] }).finished();
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^bomb: 6 PAYLOAD_TOO_LARGE: lz4: says 4294967295 bytes, at most 67108864\nback as it was: True in \d+ bytes\n$/,
    );
  });

  it('is as short as it says', () => {
    const lines = code.split('\n').filter((line) => line.trim() !== '');
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.length).toBeLessThanOrEqual(35);
  });
});
