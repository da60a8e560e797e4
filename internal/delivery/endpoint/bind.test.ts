// Binding says who is in the way, and never takes away what a living process or a person put at a path.

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Router } from 'zeromq';
import { bindClearly } from './bind.ts';
import { findPortHolder } from './port-holder.ts';

let folder = '';
const sockets: Router[] = [];
const servers: Server[] = [];

const router = (): Router => {
  const socket = new Router({ linger: 0 });
  sockets.push(socket);
  return socket;
};

const listening = (where: number | string): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer();
    servers.push(server);
    if (typeof where === 'number') server.listen(where, '127.0.0.1', () => resolve(server));
    else server.listen(where, () => resolve(server));
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bind-'));
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true, force: true });
});

test('any free port is bound and told', async () => {
  expect(await bindClearly(router(), 'tcp://127.0.0.1:*')).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
  expect(await bindClearly(router(), 'tcp://127.0.0.1:0')).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
});

test('a port in use is refused with the address and the process that holds it', async () => {
  const server = await listening(0);
  const { port } = server.address() as { port: number };
  const refusal = bindClearly(router(), `tcp://127.0.0.1:${port}`);
  await expect(refusal).rejects.toMatchObject({
    code: 'ADDRESS_IN_USE',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
  if (process.platform === 'linux') await expect(refusal).rejects.toThrow(`process ${process.pid} (`);
});

test('a running process keeps its ipc path, and is named', async () => {
  const path = join(folder, 'live.sock');
  await bindClearly(router(), `ipc://${path}`);
  const refusal = bindClearly(router(), `ipc://${path}`);
  await expect(refusal).rejects.toMatchObject({ code: 'ADDRESS_IN_USE', message: expect.stringContaining(path) });
  if (process.platform === 'linux') await expect(refusal).rejects.toThrow(`process ${process.pid} (`);
});

test('a stale socket file is replaced', async () => {
  const path = join(folder, 'stale.sock');
  const server = await listening(join(folder, 'live.sock'));
  // A socket file whose owner is gone: linked elsewhere before the owner unlinks its own name.
  const { link } = await import('node:fs/promises');
  await link(join(folder, 'live.sock'), path);
  await new Promise((resolve) => server.close(resolve));
  expect((await stat(path)).isSocket()).toBe(true);
  expect(await bindClearly(router(), `ipc://${path}`)).toBe(`ipc://${path}`);
});

test('a file that is not a socket is left alone', async () => {
  const path = join(folder, 'notes.txt');
  await writeFile(path, 'precious');
  await expect(bindClearly(router(), `ipc://${path}`)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  expect(await readFile(path, 'utf8')).toBe('precious');
});

test.for([
  ['tcp://203.0.113.7:5555', 'INVALID_CONFIG', /not an address of this machine/],
  ['ipc:///no/such/folder/x.sock', 'INVALID_CONFIG', /folder that does not exist/],
  [`ipc:///tmp/${'x'.repeat(200)}`, 'SOCKET_PATH_TOO_LONG', /longer than the system allows/],
] as const)('%s is refused as %s', async ([address, code, message]) => {
  const refusal = bindClearly(router(), address);
  await expect(refusal).rejects.toMatchObject({ code });
  await expect(refusal).rejects.toThrow(message);
});

test('a port that nobody holds has no holder', async () => {
  const server = await listening(0);
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  expect(await findPortHolder({ scheme: 'tcp', host: '127.0.0.1', port })).toBeUndefined();
});
