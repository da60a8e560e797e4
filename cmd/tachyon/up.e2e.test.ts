// `tachyon up` and its broker, as the two processes that they are.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Running, TACHYON_MAIN, Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { pythonWithZmq } from '../../internal/testing/python.ts';

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

const up = (...args: readonly string[]): Running =>
  tachyon.start([
    'up',
    '--data-dir',
    tachyon.dataFolder,
    '--router',
    'tcp://127.0.0.1:*',
    '--pub',
    'tcp://127.0.0.1:*',
    ...args,
  ]);

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
    await running.ready();
    running.child.kill('SIGINT');
    running.child.kill('SIGINT');
    expect(await running.end).toEqual({ code: 0, signal: null });
    expect(running.log.filter(({ msg }) => msg === 'stopping')).toHaveLength(1);
  });
});
