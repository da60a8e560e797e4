// `tachyon up` with what it runs, as the processes that they are.

import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Running, TACHYON_MAIN, Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { pythonWithZmq } from '../../internal/testing/python.ts';

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

const up = (...args: readonly string[]): Running => upWith({}, ...args);

const upWith = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Running =>
  tachyon.start(
    ['up', '--data-dir', tachyon.dataFolder, '--router', 'tcp://127.0.0.1:*', '--pub', 'tcp://127.0.0.1:*', ...args],
    { env: { GATEWAY_PORT: '0', ...env } },
  );

interface Beside {
  readonly pid: number;
  readonly gateway: string;
}

/** The n-th line by which a gateway, or a sidecar, says that it is ready. */
const besideReady = (running: Running, what: 'gateway' | 'socket', count = 1): Promise<Beside> =>
  running.until(`a ready ${what}`, ({ log }) => {
    const lines = log.filter((line) => line['msg'] === 'ready' && what in line);
    return lines[count - 1] as unknown as Beside | undefined;
  });

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('tachyon up', () => {
  it('runs a broker, says where it is, and what it prints to try works as printed', async () => {
    const running = up();
    const { router, pid } = await running.ready();
    expect(pid).not.toBe(running.pid);
    await running.says('take both messages');
    expect(running.stderr).toContain(router);
    expect(running.stderr).toContain(tachyon.dataFolder);
    const commands = running.stderr.split('\n').flatMap((line) => (/^ {5}\S/.test(line) ? [line.trim()] : []));
    expect(commands).toHaveLength(4);
    const hasPython = pythonWithZmq() !== null;
    const outputs: string[] = [];
    for (const command of commands) {
      if (command.startsWith('python3') && !hasPython) continue;
      // Only the way to the program differs: it is not installed here.
      const runnable = command
        .replace(/^(?:npx tachyon|tachyon|node \S+) /, `"${process.execPath}" "${TACHYON_MAIN}" `)
        .replace(/^python3/, pythonWithZmq() ?? 'python3')
        .replace('-n 2', hasPython ? '-n 2' : '-n 1');
      const end = await tachyon.start(['-c', runnable], { command: ['/bin/sh'] }).finished();
      expect({ command, code: end.code, stderr: end.stderr }).toEqual({ command, code: 0, stderr: '' });
      outputs.push(end.stdout);
    }
    expect(outputs.at(-1)).toBe(
      `orders.created {"number":1}\n${hasPython ? 'orders.created hello from Python\n' : ''}`,
    );
    expect(await running.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(isRunning(pid)).toBe(false);
  });

  it('starts a broker that crashed again, on the same folder', async () => {
    const running = up();
    const first = await running.ready();
    process.kill(first.pid, 'SIGKILL');
    const second = await running.ready(2);
    expect(second.pid).not.toBe(first.pid);
    expect(running.stderr).toMatch(/ended by SIGKILL; it is started again/);
    expect(await running.kill('SIGINT')).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['a wrong setting', 2, ['--log-level', 'loud']],
    ['a wrong option', 2, ['--no-such-option']],
    ['an address that it may not use', 2, ['--router', 'tcp://0.0.0.0:7777']],
  ])('does not try again with %s', async (_, code, args) => {
    expect(await up(...args).finished()).toMatchObject({ code });
  });

  it('does not try again on a folder that another broker has', async () => {
    const { broker } = await tachyon.readyBroker();
    const end = await up().finished();
    expect(end).toMatchObject({ code: 4, stderr: expect.stringContaining(`pid ${broker.pid}`) });
  });

  it('leaves no broker behind when it is killed', async () => {
    const running = up();
    const { pid } = await running.ready();
    running.child.kill('SIGKILL');
    await running.end;
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
    // It ended in order: the folder is free, and nothing has to be recovered by force.
    const { ready } = await tachyon.readyBroker();
    expect(ready.pid).not.toBe(pid);
  });

  it('passes one Ctrl-C on once, though the whole group gets it', async () => {
    const running = up();
    const { pid } = await running.ready();
    running.child.kill('SIGINT');
    running.child.kill('SIGINT');
    expect(await running.end).toEqual({ code: 0, signal: null });
    expect(running.log.filter(({ msg, pid: of }) => msg === 'stopping' && of === pid)).toHaveLength(1);
  });
});

describe('beside its broker', () => {
  it('runs a gateway whose address and token the welcome names, and which keeps its token', async () => {
    const tokens: string[] = [];
    for (const _ of ['once', 'again']) {
      const running = up();
      const { gateway } = await besideReady(running, 'gateway');
      await running.says('Stop it with Ctrl-C');
      const [, url = '', path = ''] = /gateway +(http\S+) [\s\S]*\n +token +(\S+) /.exec(running.stderr) ?? [];
      expect(url).toBe(gateway);
      const token = readFileSync(path, 'utf8').trim();
      tokens.push(token);
      const answer = await fetch(`${url}/api/admin/dlq/records`, { headers: { 'X-Admin-Token': token } });
      expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status: 200, body: { count: 0 } });
      expect((await fetch(`${url}/api/admin/dlq/records`)).status).toBe(401);
      expect(await running.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    }
    expect(new Set(tokens).size).toBe(1);
  });

  it('starts a gateway that crashed again, while the broker runs on', async () => {
    const running = up();
    const { pid } = await running.ready();
    const first = await besideReady(running, 'gateway');
    process.kill(first.pid, 'SIGKILL');
    const second = await besideReady(running, 'gateway', 2);
    expect(second.pid).not.toBe(first.pid);
    expect(running.stderr).toContain('the gateway was ended by SIGKILL; it is started again');
    expect(isRunning(pid)).toBe(true);
    expect(await running.kill('SIGINT')).toEqual({ code: 0, signal: null });
    expect(isRunning(second.pid)).toBe(false);
  });

  it('says that the port of the gateway is in use, and keeps the broker', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const running = upWith({ GATEWAY_PORT: `${port}` });
    const { pid } = await running.ready();
    await running.says('Stop it with Ctrl-C');
    expect(running.stderr).toMatch(/ADDRESS_IN_USE[\s\S]*next: .*GATEWAY_PORT/);
    expect(running.stderr).toMatch(/gateway ended with exit code 4 .*the broker goes on[\s\S]*gateway +is not running/);
    expect(await tachyon.parsed(['status'])).toMatchObject({ pid });
    expect(await running.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    other.close();
  });

  it('stops the gateway before the broker, and leaves neither behind', async () => {
    const running = up();
    const broker = await running.ready();
    const gateway = await besideReady(running, 'gateway');
    await running.kill('SIGTERM');
    const stopping = running.log.filter(({ msg }) => msg === 'stopping').map(({ pid }) => pid);
    expect(stopping).toEqual([gateway.pid, broker.pid]);
    expect([broker.pid, gateway.pid].filter(isRunning)).toEqual([]);
  });

  it('leaves no gateway behind when it is killed, nor when its broker ends in order', async () => {
    const killed = up();
    const first = await besideReady(killed, 'gateway');
    killed.child.kill('SIGKILL');
    await expect.poll(() => isRunning(first.pid), { timeout: 10_000 }).toBe(false);

    const left = up();
    const broker = await left.ready();
    const second = await besideReady(left, 'gateway');
    process.kill(broker.pid, 'SIGTERM');
    expect(await left.end).toEqual({ code: 0, signal: null });
    expect(isRunning(second.pid)).toBe(false);
  });

  it('ends all of them at a second signal, though one of them hangs', async () => {
    const running = up();
    const broker = await running.ready();
    const gateway = await besideReady(running, 'gateway');
    process.kill(gateway.pid, 'SIGSTOP');
    running.child.kill('SIGTERM');
    const deadlineMs = performance.now() + 30_000;
    // Signals within a moment count as one: it is said again until it was heard twice.
    const again = setInterval(() => running.child.kill('SIGTERM'), 400);
    await running.end.finally(() => clearInterval(again));
    expect(performance.now()).toBeLessThan(deadlineMs);
    expect([broker.pid, gateway.pid].filter(isRunning)).toEqual([]);
  });

  it('stops its broker in order though the gateway hangs', async () => {
    const running = up();
    const broker = await running.ready();
    const gateway = await besideReady(running, 'gateway');
    process.kill(gateway.pid, 'SIGSTOP');
    expect(await running.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(running.log.filter(({ msg, pid }) => msg === 'stopped' && pid === broker.pid)).toHaveLength(1);
    expect(isRunning(gateway.pid)).toBe(false);
  });

  it('keeps a token that somebody set, and shows it to nobody', async () => {
    const running = upWith({ ADMIN_TOKEN: 'correct-horse' });
    const { gateway } = await besideReady(running, 'gateway');
    await running.says('Stop it with Ctrl-C');
    const headers = { 'X-Admin-Token': 'correct-horse' };
    expect((await fetch(`${gateway}/api/admin/dlq/records`, { headers })).status).toBe(200);
    expect(running.stderr).toMatch(/token +ADMIN_TOKEN/);
    expect(running.stdout + running.stderr).not.toContain('correct-horse');
  });

  it('runs no gateway where none is wanted', async () => {
    const running = up('--no-gateway');
    await running.says('Stop it with Ctrl-C');
    expect(running.stderr).not.toContain('gateway');
    expect(running.stderr).toMatch(new RegExp(`\\n +pid +${running.pid} .*kill -TERM ${running.pid}\\n`));
    expect(await running.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('runs the sidecar where settings ask for it, and starts it again on its own', async () => {
    const running = upWith({ FASTPATH_SIDECAR_ENABLED: 'true' }, '--no-gateway');
    const first = await besideReady(running, 'socket');
    const { pid } = await running.ready();
    process.kill(first.pid, 'SIGKILL');
    const second = await besideReady(running, 'socket', 2);
    expect(second.pid).not.toBe(first.pid);
    expect(running.stderr).toContain('the sidecar was ended by SIGKILL; it is started again');
    expect(await running.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect([pid, second.pid].filter(isRunning)).toEqual([]);
    const stopped = running.log.filter(({ msg }) => msg === 'stopped').map((line) => line['pid']);
    expect(stopped).toEqual([pid, second.pid]);
  });

  it.each([
    ['GATEWAY_PORT', { GATEWAY_PORT: 'many' }],
    ['GATEWAY_PROT', { GATEWAY_PROT: '1' }],
  ])('refuses a wrong %s by name before anything is started', async (name, env) => {
    const end = await upWith(env).finished();
    expect(end).toMatchObject({ code: expect.any(Number), stdout: '', stderr: expect.stringContaining(name) });
    expect(end.code).not.toBe(0);
  });
});
