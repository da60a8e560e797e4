// Endpoints: what an address may be, what a bind leaves on the disk, and how it fails.

import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../internal/testing/eventually.ts';
import { formatTcp, parseAddress } from './address.ts';
import { type BindOptions, Dealer, Router } from './index.ts';
import { Opened } from './testing/opened.ts';
import { ascii } from './testing/raw-peer.ts';
import { texts } from './testing/texts.ts';

const opened = new Opened();
afterEach(() => opened.close());

const removeStale = (path: string): void => {
  if (lstatSync(path).isSocket()) unlinkSync(path);
};

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'zmtp-'));
  opened.onClose(() => rmSync(path, { recursive: true }));
  return path;
}

async function exchange(address: string, options: BindOptions = {}): Promise<string> {
  const got: string[][] = [];
  const router = opened.add(new Router({ onMessages: (_peer, messages) => got.push(...texts(messages)) }));
  const bound = await router.bind(address, options);
  const dealer = opened.add(new Dealer({ onMessages: () => {} }));
  dealer.connect(bound);
  await eventually('a peer', () => dealer.send([ascii('hi')]) === 'accepted');
  await eventually('the message', () => got.length === 1);
  return bound;
}

describe('an address', () => {
  it.each([
    ['tcp://127.0.0.1:5555', { type: 'tcp', host: '127.0.0.1', port: 5555 }],
    ['tcp://*:*', { type: 'tcp', host: '0.0.0.0', port: 0 }],
    ['tcp://[::1]:80', { type: 'tcp', host: '::1', port: 80 }],
    ['tcp://some.host:1', { type: 'tcp', host: 'some.host', port: 1 }],
    ['ipc:///tmp/a b.sock', { type: 'ipc', path: '/tmp/a b.sock' }],
    ['ipc://relative', { type: 'ipc', path: 'relative' }],
    ['ipc://@name', { type: 'ipc', path: '\0name' }],
  ])('%s is understood', (address, endpoint) => {
    expect(parseAddress(address)).toEqual(endpoint);
  });

  it.each([
    '',
    'tcp://',
    'tcp://host',
    'tcp://:1',
    'tcp://host:65536',
    'tcp://host:-1',
    'tcp://::1:5',
    'udp://a:1',
    'ipc://',
    `ipc://${'x'.repeat(104)}`,
    'ipc://a\0b',
    'inproc://x',
  ])('%j is refused', async (address) => {
    const router = opened.add(new Router({ onMessages: () => {} }));
    await expect(router.bind(address)).rejects.toMatchObject({ code: 'BAD_ADDRESS' });
    expect(() => router.connect(address)).toThrow(expect.objectContaining({ code: 'BAD_ADDRESS' }));
  });

  it('to dial names a port', () => {
    const router = opened.add(new Router({ onMessages: () => {} }));
    expect(() => router.connect('tcp://127.0.0.1:*')).toThrow(expect.objectContaining({ code: 'BAD_ADDRESS' }));
  });

  it('of IPv6 has brackets', () => {
    expect([formatTcp('::1', 5), formatTcp('1.2.3.4', 5)]).toEqual(['tcp://[::1]:5', 'tcp://1.2.3.4:5']);
  });
});

describe('a TCP endpoint', () => {
  it('with a free port says which', async () => {
    expect(await exchange('tcp://127.0.0.1:*')).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
  });

  it('in use is refused by name, and free again after unbind', async () => {
    const [first, second] = [0, 1].map(() => opened.add(new Router({ onMessages: () => {} })));
    const address = await first!.bind('tcp://127.0.0.1:*');
    const failed = second!.bind(address);
    await expect(failed).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    await expect(failed).rejects.toThrow(address);
    first!.unbind(address);
    expect(await second!.bind(address)).toBe(address);
  });

  it('that is none of this machine cannot be bound, and the cause is told', async () => {
    const router = opened.add(new Router({ onMessages: () => {} }));
    await expect(router.bind('tcp://192.0.2.1:5')).rejects.toMatchObject({
      code: 'BIND_FAILED',
      cause: { code: 'EADDRNOTAVAIL' },
    });
  });
});

describe('a Unix socket', () => {
  it('is the owner’s alone, unless another mode is given, and goes with the socket', async () => {
    const path = join(folder(), 'a.sock');
    const mask = process.umask();
    await exchange(`ipc://${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await opened.close();
    expect(existsSync(path)).toBe(false);
    const other = join(folder(), 'b.sock');
    await exchange(`ipc://${other}`, { mode: 0o666 });
    expect(statSync(other).mode & 0o777).toBe(0o666);
    expect(process.umask()).toBe(mask);
  });

  it('may be a name in the abstract namespace, and leaves no file', async () => {
    if (process.platform === 'linux') await exchange(`ipc://@zmtp-test-${process.pid}`);
  });

  it('in use stays in use, whatever is said about stale ones', async () => {
    const path = join(folder(), 'a.sock');
    const [first, second] = [0, 1].map(() => opened.add(new Router({ onMessages: () => {} })));
    await first!.bind(`ipc://${path}`);
    await expect(second!.bind(`ipc://${path}`, { removeStale })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
    });
    expect(existsSync(path)).toBe(true);
  });

  it('that a dead process left behind is taken away, if so wished', async () => {
    const path = join(folder(), 'a.sock');
    const died = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', died]);
    expect(existsSync(path)).toBe(true);
    const router = opened.add(new Router({ onMessages: () => {} }));
    await expect(router.bind(`ipc://${path}`)).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    expect(await exchange(`ipc://${path}`, { removeStale })).toBe(`ipc://${path}`);
  });

  it('never takes the place of a file of another kind', async () => {
    const path = join(folder(), 'precious');
    writeFileSync(path, 'data');
    const router = opened.add(new Router({ onMessages: () => {} }));
    await expect(router.bind(`ipc://${path}`, { removeStale })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
    });
    expect(existsSync(path)).toBe(true);
  });
});
