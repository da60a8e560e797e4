// A data folder of each format version stays in the repository, and is read to the same state for ever.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../../domain/invariants.ts';
import { SimDisk } from '../sim/sim-disk.ts';
import { readFolder, tellGoldenStory } from './golden-story.ts';

const ROOM = import.meta.dirname;
const VERSIONS = readdirSync(ROOM).filter((name) => name.startsWith('format-'));

function folderOf(version: string): SimDisk {
  const folder = join(ROOM, version);
  const names = readdirSync(folder).filter((name) => name.endsWith('.segment') || name.endsWith('.checkpoint'));
  return SimDisk.fromSnapshot(new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))])));
}

const expected = (version: string): { fingerprint: string } =>
  JSON.parse(readFileSync(join(ROOM, version, 'expected.json'), 'utf8')) as { fingerprint: string };

describe('golden data folders', () => {
  it('there is one at least', () => {
    expect(VERSIONS).toContain('format-1');
  });

  it.each(VERSIONS)('%s is read to the state that it was written with', (version) => {
    const { state, fingerprint } = readFolder(folderOf(version));
    checkInvariants(state);
    expect(fingerprint).toBe(expected(version).fingerprint);
  });

  it.each(VERSIONS)('%s tells of queues, routes, leases, retries and dead letters', (version) => {
    const { state } = readFolder(folderOf(version));
    expect([...state.queues.values()].map((queue) => queue.name)).toEqual(['orders', 'audit', 'node-1']);
    expect(state.deadLetters).toBeGreaterThan(0);
    expect(state.leases.size).toBeGreaterThan(0);
    expect(state.retries.size).toBeGreaterThan(0);
    expect(state.producers.size).toBe(1);
    expect(state.sessions.size).toBe(2);
    expect(state.imports.has('c0ffee')).toBe(true);
  });

  it('a folder that lost a byte of its state has another fingerprint, or is refused', () => {
    const disk = folderOf('format-1');
    const name = disk.listSync().find((file) => file.endsWith('.segment')) as string;
    disk.corrupt(name, 1_024, Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    expect(() => readFolder(disk)).toThrow(/CORRUPT_JOURNAL/);
  });

  it('the story told today ends in a folder that recovery reads to the same state', () => {
    const disk = new SimDisk({ seed: 3 });
    const told = tellGoldenStory(disk);
    expect(readFolder(SimDisk.fromSnapshot(disk.snapshot())).fingerprint).toBe(told);
  });
});
