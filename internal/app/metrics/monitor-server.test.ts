// The HTTP endpoint over pages in hand: what it answers, and whom it refuses.

import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnreadyReason } from './health.ts';
import { MonitorServer } from './monitor-server.ts';

let unready: UnreadyReason[] = [];
let faults: unknown[] = [];
let texts: () => Uint8Array;
let server: MonitorServer;
let address: string;

const serverAt = (port: number): MonitorServer =>
  new MonitorServer({
    host: '127.0.0.1',
    port,
    pages: {
      text: async () => texts(),
      summary: () => Promise.resolve({ status: 'as it is' }),
      get unready() {
        return unready;
      },
    },
    onFault: (error) => faults.push(error),
  });

beforeEach(async () => {
  unready = [];
  faults = [];
  texts = () => Buffer.from('tachyon_up 1\n');
  server = serverAt(0);
  address = await server.listen();
});
afterEach(() => server.close());

const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${address}${path}`, init);

/** `fetch` sets the Host header itself. */
const statusFor = (host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(`${address}/metrics`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

describe('the monitoring endpoint', () => {
  it('serves metrics as Prometheus asks for them, whatever follows the path', async () => {
    const response = await get('/metrics?name=x');
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(await response.text()).toBe('tachyon_up 1\n');
  });

  it('says with 503 and the reason that it is not ready, and is live all the same', async () => {
    expect([(await get('/health/ready')).status, (await get('/health')).status]).toEqual([200, 200]);
    unready = [{ reason: 'journal_blocked', detail: 'ENOSPC' }];
    const response = await get('/health/ready');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'unready', reasons: unready });
    expect([(await get('/health')).status, (await get('/health/live')).status]).toEqual([503, 200]);
  });

  it('changes nothing and knows no other page', async () => {
    const posted = await get('/metrics', { method: 'POST', body: 'x' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics/../admin')).status).toBe(404);
    const head = await get('/metrics', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '13', '']);
  });

  it('refuses a browser that came here under a foreign name', async () => {
    for (const host of [
      'attacker.example',
      'attacker.example:9464',
      '127.0.0.1.attacker.example',
      '192.0.2.1',
      'localhost:x',
    ]) {
      expect({ host, status: await statusFor(host) }).toEqual({ host, status: 403 });
    }
    for (const host of ['localhost', 'localhost:1', '127.0.0.1', '127.8.8.8:80', '[::1]:9464']) {
      expect({ host, status: await statusFor(host) }).toEqual({ host, status: 200 });
    }
  });

  it('answers a page that fails with 500, and the next as ever', async () => {
    texts = () => {
      throw new Error('broken');
    };
    expect((await get('/metrics')).status).toBe(500);
    expect(faults).toMatchObject([{ message: 'broken' }]);
    expect((await get('/health/live')).status).toBe(200);
  });

  it('survives what is not HTTP', async () => {
    const { port } = new URL(address);
    const said = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('\u0000\u0001 nonsense\r\n\r\n'));
      socket.setEncoding('utf8').on('data', (data) => {
        text += data;
      });
      socket.on('close', () => resolve(text));
    });
    expect(said).toContain('400');
    expect((await get('/health/live')).status).toBe(200);
  });

  it('names who holds its port', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as { port: number };
    await expect(serverAt(port).listen()).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      detail: expect.stringContaining(`process ${process.pid}`),
    });
    holder.close();
  });
});
