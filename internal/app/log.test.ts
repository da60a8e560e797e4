// The log: one JSON object a line, no secrets, and lines for people only where people look.

import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger, flushLog, isPretty, type LogOutput } from './log.ts';

const capture = (terminal = false) => {
  const lines: string[] = [];
  const output: LogOutput = { terminal, destination: { write: (line: string) => void lines.push(line) } };
  return { lines, output };
};

const only = (lines: readonly string[]): Record<string, unknown> => {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
};

describe('a log line', () => {
  it('is one JSON object with a constant sentence and fields', () => {
    const { lines, output } = capture();
    createLogger({ level: 'info', pretty: 'auto' }, output).info(
      { endpoints: { router: 'tcp://127.0.0.1:5555' } },
      'ready',
    );
    expect(lines[0]).toContain('"msg":"ready"');
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    expect(only(lines)).toMatchObject({
      level: 'info',
      name: 'tachyon',
      pid: process.pid,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      endpoints: { router: 'tcp://127.0.0.1:5555' },
      msg: 'ready',
    });
  });

  it('never holds a token or a payload, at any of the depths that we write', () => {
    const { lines, output } = capture();
    const secret = 'hunter2';
    createLogger({ level: 'info', pretty: false }, output).info(
      {
        token: secret,
        session: { session_token: secret, body: secret },
        request: { headers: { authorization: secret } },
        payload: secret,
      },
      'seen',
    );
    expect(lines[0]).not.toContain(secret);
    expect(only(lines)).toMatchObject({ token: '[redacted]', session: { body: '[redacted]' } });
  });

  it('below the level is not written', () => {
    const { lines, output } = capture();
    const logger = createLogger({ level: 'warn', pretty: false }, output);
    logger.info('unseen');
    logger.error('seen');
    expect(only(lines)).toMatchObject({ msg: 'seen', level: 'error' });
  });

  it('of an error keeps its cause', () => {
    const { lines, output } = capture();
    createLogger({ level: 'info', pretty: false }, output).error(
      { err: new Error('outer', { cause: new Error('inner') }) },
      'stopped',
    );
    expect(lines[0]).toContain('outer');
    expect(lines[0]).toContain('inner');
  });
});

it.each([
  ['auto', true, true],
  ['auto', false, false],
  [true, false, true],
  [false, true, false],
] as const)('pretty: %s with a terminal: %s gives lines for people: %s', (pretty, terminal, expected) => {
  expect(isPretty({ level: 'info', pretty }, terminal)).toBe(expected);
});

it('lines for people have no JSON, and no colours where no terminal is', async () => {
  const destination = new PassThrough();
  const logger = createLogger({ level: 'info', pretty: true }, { terminal: false, destination });
  logger.info({ position: 7 }, 'ready');
  await flushLog(logger);
  const text = String(destination.read());
  expect(text).toMatch(/INFO: ready\n {4}position: 7\n/);
  expect(text).not.toContain('\u001b');
});

it('a process that exits at once loses none of its lines, and they are in order when it waits for them', () => {
  const program = `
    import { createLogger, flushLog } from '${join(import.meta.dirname, 'log.ts')}';
    const logger = createLogger({ level: 'info', pretty: 'auto' });
    for (let line = 0; line < 2000; line += 1) logger.info({ line }, 'counted');
    await flushLog(logger);
    logger.info('last');
    process.exit(0);
  `;
  const words = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const lines = execFileSync(process.execPath, words, { encoding: 'utf8' }).trimEnd().split('\n');
  const parsed = lines.map((line) => JSON.parse(line) as { line?: number; msg: string });
  expect(parsed.slice(0, -1).map(({ line }) => line)).toEqual(Array.from({ length: 2000 }, (_, line) => line));
  expect(parsed.at(-1)?.msg).toBe('last');
});

it('the end of a log waits for no reader: what nobody reads within the bound is given up', async () => {
  const program = `
    import { createLogger, endLog } from '${join(import.meta.dirname, 'log.ts')}';
    const logger = createLogger({ level: 'info', pretty: 'auto' });
    for (let line = 0; line < 20000; line += 1) logger.info({ line }, 'counted '.repeat(20));
    await endLog(logger, 100);
    process.exit(7);
  `;
  // The shell's pipe, which blocks, into a reader that reads nothing until it is told to.
  const quoted = `"${process.execPath}" --import tsx --input-type=module --eval "$PROGRAM"`;
  const shell = spawn('/bin/sh', ['-c', `(${quoted}; echo "code $?" >&2) | (read go <&3)`], {
    env: { ...process.env, PROGRAM: program },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for await (const chunk of shell.stderr ?? []) {
    said += String(chunk);
    if (said.includes('code')) break;
  }
  shell.stdio[3]?.destroy();
  shell.kill();
  expect(said).toContain('code 7');
});
