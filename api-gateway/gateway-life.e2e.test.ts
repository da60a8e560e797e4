// The life of a gateway process: how it starts and refuses to, that it stands a broker which comes, goes and hangs, and
// that it ends in order.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../internal/testing/eventually.ts';
import { type Running, TACHYON_MAIN, Tachyon } from '../internal/testing/processes/tachyon.ts';
import { ask, jsonOf } from './testing/http.ts';
import { openSocket } from './testing/socket.ts';

const ADMIN_TOKEN = 'the-token-of-the-test';
const asAdmin = { 'x-admin-token': ADMIN_TOKEN };

let tachyon: Tachyon;
beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

const start = (env: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Running =>
  tachyon.start(['gateway', '--data-dir', tachyon.dataFolder, ...args], { env: { GATEWAY_PORT: '0', ...env } });

const urlOf = (gateway: Running): Promise<string> =>
  gateway.until('its address', ({ log }) => log.find(({ msg }) => msg === 'ready')?.['gateway'] as string | undefined);

describe('a gateway for which nobody set a token', () => {
  it('makes one, says it once, keeps it for its owner, and takes it again after a restart', async () => {
    const first = start();
    const url = await urlOf(first);
    const path = join(tachyon.dataFolder, 'gateway-token');
    const token = readFileSync(path, 'utf8').trim();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    // Two pipes: the line on the other one may come later.
    await first.until('the token', ({ stderr }) => stderr.includes(token) || undefined);
    expect(first.stderr.split(token)).toHaveLength(2);
    expect(first.stdout).not.toContain(token);
    expect((await ask(`${url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect((await ask(`${url}/api/v1/whoami`)).status).toBe(401);
    await first.kill('SIGTERM');
    const again = await urlOf(start());
    expect((await ask(`${again}/api/v1/whoami`, { headers: { 'x-admin-token': token } })).status).toBe(200);
  });

  it('keeps its own token while the others may not do what an admin may, and no longer', async () => {
    const first = start();
    await urlOf(first);
    const own = readFileSync(join(tachyon.dataFolder, 'gateway-token'), 'utf8').trim();
    const statusAfter = async (role: string): Promise<number | undefined> => {
      const added = await tachyon.run([
        'gateway',
        'tokens',
        'add',
        role,
        '--role',
        role,
        '--data-dir',
        tachyon.dataFolder,
      ]);
      expect(added.code).toBe(0);
      const gateway = start();
      const { status } = await ask(`${await urlOf(gateway)}/api/v1/whoami`, { headers: { 'x-admin-token': own } });
      await gateway.kill('SIGTERM');
      return status;
    };
    await first.kill('SIGTERM');
    expect(await statusAfter('viewer')).toBe(200);
    expect(await statusAfter('admin')).toBe(401);
  });
});

describe('a gateway', () => {
  it.each([
    [{ GATEWAY_PORT: 'x' }, 'INVALID_CONFIG', 'GATEWAY_PORT', 2],
    [{ GATEWAY_HOST: '0.0.0.0', ADMIN_TOKEN }, 'INVALID_CONFIG', 'GATEWAY_HOST', 2],
    [{ GATEWAY_HOST: '0.0.0.0', GATEWAY_ALLOW_INSECURE_BIND: 'true' }, 'INVALID_CONFIG', 'ADMIN_TOKEN', 2],
    [{ GATEWAY_TLS_CERT: '/absent', GATEWAY_TLS_KEY: '/absent' }, 'INVALID_CONFIG', 'GATEWAY_TLS_CERT', 2],
    [{ WAL_PATH: 'x/', DATA_DIR: '' }, 'INVALID_CONFIG', 'WAL_PATH', 2],
  ])('with %j does not start, and says why', async (env, code, name, exit) => {
    const said = await tachyon.run(['gateway'], { env });
    expect([said.code, said.stderr]).toEqual([exit, expect.stringMatching(new RegExp(`${code}: [^]*${name}`))]);
  });

  it('does not start where another listens', async () => {
    const url = await urlOf(start({ ADMIN_TOKEN }));
    const second = await start({ ADMIN_TOKEN, GATEWAY_PORT: new URL(url).port }).finished();
    expect([second.code, second.stderr]).toEqual([4, expect.stringContaining('ADDRESS_IN_USE')]);
  });

  it('speaks TLS, and then other machines may come', async () => {
    const [cert, key] = [join(tachyon.folder, 'cert.pem'), join(tachyon.folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...newKey, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
    const gateway = start({ ADMIN_TOKEN, GATEWAY_HOST: '0.0.0.0', GATEWAY_TLS_CERT: cert, GATEWAY_TLS_KEY: key });
    const { port } = new URL(await urlOf(gateway));
    const answer = await ask(`https://localhost:${port}/health/live`, { ca: readFileSync(cert) });
    expect([answer.status, answer.headers['strict-transport-security']]).toEqual([200, expect.any(String)]);
  });

  it('ends in order on SIGTERM, streams and all', async () => {
    await tachyon.readyBroker();
    const gateway = start({ ADMIN_TOKEN });
    const url = await urlOf(gateway);
    const socket = await openSocket(`${url}/ws/broker-admin`, asAdmin);
    await eventually('a snapshot', () => socket.messages.length > 0);
    expect(await gateway.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await eventually('the end of the stream', () => socket.closed);
  });
});

describe('a broker', () => {
  const publish = (url: string) =>
    ask(`${url}/api/v1/publish`, { method: 'POST', headers: asAdmin, body: { topic: 'a', body: 'x' } });
  const fetchOne = (url: string) =>
    ask(`${url}/api/v1/consumers/w/fetch`, { method: 'POST', headers: asAdmin, body: { queue: 'q', wait_ms: 0 } });
  const codeAt = async (url: string, path: string) => {
    const answer = await ask(`${url}${path}`, { headers: asAdmin });
    return answer.status === 200 ? 200 : `${answer.status} ${String(jsonOf(answer)['code'])}`;
  };

  it('may come after the gateway, go, and come back', async () => {
    const url = await urlOf(start({ ADMIN_TOKEN }));
    expect(await codeAt(url, '/health/live')).toBe(200);
    for (const path of ['/health/ready', '/api/v1/queues', '/api/broker-admin/overview']) {
      expect(await codeAt(url, path)).toBe('503 BROKER_UNREACHABLE');
    }
    for (let round = 0; round < 2; round += 1) {
      const { broker } = await tachyon.readyBroker();
      await eventually('the broker is seen', async () => (await codeAt(url, '/health/ready')) === 200);
      const declare = { method: 'PUT', headers: asAdmin, body: { patterns: ['a'] } };
      expect(await ask(`${url}/api/v1/queues/q`, declare)).toMatchObject({ status: 200 });
      await eventually('a message is taken', async () => (await publish(url)).status === 200);
      await eventually('a message is given', async () => (await fetchOne(url)).text.includes('"delivery_id"'));
      await broker.kill('SIGKILL');
      await eventually(
        'its absence is seen',
        async () => (await codeAt(url, '/api/v1/queues')) === '503 BROKER_UNREACHABLE',
      );
    }
  });

  it('that hangs makes nobody wait for long, and goes on where it stopped', async () => {
    const { broker } = await tachyon.readyBroker();
    const url = await urlOf(start({ ADMIN_TOKEN, GATEWAY_TIMEOUT_MS: '500' }));
    await ask(`${url}/api/v1/queues/q`, { method: 'PUT', headers: asAdmin, body: { patterns: ['a'] } });
    await publish(url);
    await fetchOne(url);
    broker.child.kill('SIGSTOP');
    const beganMs = performance.now();
    const answers = await Promise.all([
      ask(`${url}/api/v1/status`, { headers: asAdmin }),
      ask(`${url}/api/v1/queues/q`, { headers: asAdmin, method: 'PUT', body: {} }),
      ask(`${url}/api/broker-admin/overview`, { headers: asAdmin }),
      ask(`${url}/health/ready`),
      publish(url),
      fetchOne(url),
    ]);
    expect(performance.now() - beganMs).toBeLessThan(3_000);
    const codes = answers.map((answer) => [answer.status, jsonOf(answer)['code'] ?? jsonOf(answer)['items']]);
    for (const code of codes.slice(0, 5)) {
      expect([
        [503, 'TIMEOUT'],
        [503, 'BROKER_UNREACHABLE'],
      ]).toContainEqual(code);
    }
    broker.child.kill('SIGCONT');
    await eventually('the broker is seen', async () => (await codeAt(url, '/health/ready')) === 200);
    await eventually('a message is taken', async () => (await publish(url)).status === 200);
  });

  it('loads nothing of the gateway', () => {
    const folder = dirname(TACHYON_MAIN);
    const files = readdirSync(folder).filter((file) => /^(tachyon|broker(-process)?)(-[A-Z0-9]+)?\.js$/.test(file));
    expect(files.length).toBeGreaterThanOrEqual(3);
    const reached = new Set<string>();
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      const text = readFileSync(join(folder, file), 'utf8');
      expect([file, /\bfastify\b/i.test(text)]).toEqual([file, false]);
      files.push(
        ...[...text.matchAll(/^(?:import|\} from) ?(?:.* from )?"\.\/([^"]+)";$/gm)].map(([, next]) => next ?? ''),
      );
    }
    expect(reached.size).toBeGreaterThan(4);
  });
});
