// The limits at which a check of the machine warns or fails, and that each says what to do.

import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Finding } from './finding.ts';
import { clock, dataFolder, diskRoom, node, openFiles, socketPath } from './machine.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const states = (...findings: readonly Finding[]): readonly string[] => {
  for (const { state, next } of findings) expect(next === '').toBe(state === 'ok');
  return findings.map(({ state }) => state);
};

it('wants a Node that is new enough', () => {
  expect(states(node(), node('20.18.1'), node('18.20.0'), node('24.0.0'))).toEqual(['ok', 'fail', 'fail', 'ok']);
});

it('wants enough files that may be open', () => {
  const limits = [Number.POSITIVE_INFINITY, 65_536, 1_024, 128, null];
  expect(states(...limits.map((limit) => openFiles(limit)))).toEqual(['ok', 'ok', 'warn', 'fail', 'warn']);
  expect(['ok', 'warn', 'fail']).toContain(openFiles().state);
});

it('sees a clock that was never set, and one that was set back', () => {
  const nowMs = Date.parse('2026-08-01T00:00:00Z');
  writeFileSync(join(folder, 'a'), '');
  utimesSync(join(folder, 'a'), nowMs / 1_000, nowMs / 1_000);
  expect(states(clock(folder, nowMs), clock(folder, nowMs - 3_600_000), clock(folder, 0))).toEqual([
    'ok',
    'warn',
    'fail',
  ]);
});

it('wants a folder of its own, or one that can be made', () => {
  expect(states(dataFolder(folder), dataFolder(join(folder, 'not', 'yet')))).toEqual(['ok', 'ok']);
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'file'), '');
  expect(states(dataFolder(folder), dataFolder(join(folder, 'file')))).toEqual(['warn', 'fail']);
});

it('wants room for the journal files of the settings', () => {
  expect(states(diskRoom(join(folder, 'x'), 1), diskRoom(folder, 2 ** 60))).toEqual(['ok', 'fail']);
});

it('wants a socket path that the system can bind', () => {
  expect(states(socketPath('/d/admin.sock'), socketPath(`/${'x'.repeat(100)}`))).toEqual(['ok', 'fail']);
});
