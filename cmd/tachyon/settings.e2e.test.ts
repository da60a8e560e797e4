// `tachyon config`, `doctor` and `completion`: what they say of this machine and these settings, and their exit codes.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { GATEWAY_VARIABLES } from '../../api-gateway/config.ts';
import { SETTINGS } from '../../internal/app/config/settings.ts';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';
import { placesOf } from './completion/tree.ts';
import { programFor } from './program.ts';

let tachyon: Tachyon;

beforeEach(() => {
  tachyon = new Tachyon();
});
afterEach(() => tachyon.remove());

interface Shown {
  readonly setting: string;
  readonly value: unknown;
  readonly from: string;
  readonly name: string;
}

describe('tachyon config', () => {
  it('shows every setting, its value and where that came from', async () => {
    writeFileSync(join(tachyon.folder, 'tachyon.yaml'), '# mine\nqueues:\n  max: 7\n');
    const env = { METRICS_PORT: '9464', GATEWAY_PORT: '8001' };
    const args = ['config', 'show', '--config', 'tachyon.yaml', '--log-level', 'debug', '-o', 'yaml'];
    const end = await tachyon.run(args, { env });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    const rows = parse(end.stdout) as readonly Shown[];
    const shown = new Map(rows.map((row) => [row.setting, row]));
    for (const { path } of SETTINGS) expect(shown.has(path)).toBe(true);
    const named = rows.map(({ name }) => name);
    expect(GATEWAY_VARIABLES.filter((name) => !name.startsWith('LOG_') && !named.includes(name))).toEqual([]);
    expect(rows.filter(({ setting }) => !setting.includes('.'))).toEqual([]);

    expect(shown.get('metrics.port')).toMatchObject({ value: 9464, from: 'env', name: 'METRICS_PORT' });
    expect(shown.get('gateway.port')).toMatchObject({ value: 8001, from: 'env' });
    expect(shown.get('log.level')).toMatchObject({ value: 'debug', from: 'flag', name: '--log-level' });
    expect(shown.get('queues.max')).toMatchObject({ value: 7, from: 'file', name: expect.stringMatching(/yaml:3$/) });
    expect(shown.get('data.folder')).toMatchObject({ value: tachyon.dataFolder, from: 'env', name: 'DATA_DIR' });
    expect(shown.get('routes.max')).toMatchObject({ value: 200_000, from: 'default', name: 'MAX_ROUTES' });
  });

  it('shows no secret', async () => {
    for (const output of ['table', 'json', 'yaml']) {
      const { stdout, stderr } = await tachyon.run(['config', 'show', '-o', output], {
        env: { ADMIN_TOKEN: 'battery' },
      });
      expect(stdout).toContain('ADMIN_TOKEN');
      expect(stdout + stderr).not.toContain('battery');
    }
  });

  it('names each problem, and ends with 0 only where there is none', async () => {
    expect(await tachyon.run(['config', 'lint'])).toMatchObject({ code: 0, stdout: '', stderr: 'no problems\n' });
    const env = { METRICS_PORT: 'x', GATEWAY_PORT: '99999', TENANT_QUOTAS_JSON: '{"a":1}' };
    const end = await tachyon.run(['config', 'lint', '--log-level', 'loud', '-o', 'json'], { env });
    expect(end.code).toBe(2);
    expect(JSON.parse(end.stdout)).toEqual([
      { of: 'broker', code: 'INVALID_CONFIG', problem: expect.stringMatching(/^TENANT_QUOTAS_JSON /) },
      { of: 'broker', code: 'INVALID_CONFIG', problem: expect.stringMatching(/^METRICS_PORT /) },
      { of: 'broker', code: 'INVALID_CONFIG', problem: expect.stringMatching(/^--log-level /) },
      { of: 'gateway', code: 'INVALID_CONFIG', problem: expect.stringMatching(/^GATEWAY_PORT /) },
    ]);
  });
});

interface Found {
  readonly check: string;
  readonly state: string;
  readonly next: string;
}

const states = (findings: readonly Found[]): Record<string, string> =>
  Object.fromEntries(findings.map(({ check, state }) => [check, state]));

describe('tachyon doctor', () => {
  it('finds a running broker and its audit log well', async () => {
    await tachyon.readyBroker();
    await tachyon.good(['queues', 'declare', 'orders']);
    expect(states((await tachyon.parsed(['doctor'])) as readonly Found[])).toMatchObject({
      node: 'ok',
      clock: 'ok',
      settings: 'ok',
      'data folder': 'ok',
      'socket path': 'ok',
      broker: 'ok',
      journal: 'ok',
      'audit log': 'ok',
    });
    expect(await tachyon.good(['doctor'])).toMatch(/^ok {4}broker +version \S+, pid \d+, up for/m);
  });

  it('tells what is not well and what to do about it, and ends with 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    mkdirSync(tachyon.dataFolder, { mode: 0o755 });
    mkdirSync(join(tachyon.dataFolder, 'audit'));
    writeFileSync(join(tachyon.dataFolder, 'audit', `${'1'.padStart(20, '0')}.jsonl`), 'rubbish\n');
    const end = await tachyon.run(['doctor', '--router', `tcp://127.0.0.1:${port}`, '-o', 'json']);
    other.close();
    expect(end).toMatchObject({ code: 1, stderr: '' });
    const findings = JSON.parse(end.stdout) as readonly Found[];
    expect(states(findings)).toMatchObject({ 'data folder': 'warn', broker: 'warn', 'audit log': 'fail' });
    expect(findings.filter(({ check }) => check === 'address').map(({ state }) => state)).toContain('fail');
    for (const { state, next } of findings) expect(next === '').toBe(state === 'ok');
    const refused = await tachyon.run(['doctor'], { env: { METRICS_PORT: 'x' } });
    expect(refused).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/fail +settings[^\n]*\n +next: .*config lint/),
    });
  });
});

describe('completion', () => {
  it('of bash offers words, options and values, as the commands have them', async () => {
    const script = await tachyon.good(['completion', 'bash']);
    const offered = (...words: readonly string[]): readonly string[] => {
      const ask = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tachyon; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', ask, 'bash', 'tachyon', ...words], {
        encoding: 'utf8',
        cwd: tachyon.folder,
      });
      expect(stderr).toBe('');
      return stdout.trim().split('\n');
    };
    expect(offered('')).toEqual(expect.arrayContaining(['up', 'dlq', 'audit', 'completion']));
    expect(offered('dlq', 'rep')).toEqual(['replay']);
    expect(offered('dlq', 'replay', '--target-')).toEqual(['--target-consumer', '--target-topic']);
    expect(offered('queues', 'list', '-o', '')).toEqual(['table', 'json', 'yaml']);
    expect(offered('--data-dir', 'x', 'queues', 'list', '--output', 'y')).toEqual(['yaml']);
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    writeFileSync(join(tachyon.folder, 'heads.jsonl'), '');
    expect(offered('audit', 'verify', '--head', 'he')).toEqual(['heads.jsonl']);
  });

  it.each(['bash', 'zsh', 'fish'])('of %s knows every command and every option', async (shell) => {
    const script = await tachyon.good(['completion', shell]);
    const places = placesOf(await programFor(['--help']));
    expect(places.length).toBeGreaterThan(40);
    for (const { path, words, options } of places) {
      const lines = script.split('\n').filter((line) => line.includes(`'${path}'`) || line.includes(`'${path}\\'`));
      const text = lines.join('\n');
      for (const { word } of words) expect(text).toContain(word);
      for (const { long } of options) expect(text).toContain(long?.slice(2));
    }
  });

  it('of another shell is refused by name', async () => {
    expect(await tachyon.run(['completion', 'tcsh'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('bash'),
    });
  });
});
