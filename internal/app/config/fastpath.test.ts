// The settings of the sidecar: the names of the earlier system, one more for its fallback, and what goes with what.

import { expect, it } from 'vitest';
import { loadConfig } from './load.ts';

const load = (env: Record<string, string>) => loadConfig({ flags: {}, env, cwd: '/srv', readFile: () => '' });

it('is off, and its socket is in the data folder', () => {
  expect(load({ DATA_DIR: '/d' }).config.fastpath).toEqual({
    enabled: false,
    socketPath: '/d/fastpath.sock',
    cutoverBytes: 262_144,
    require: false,
    fallbackToLocal: true,
  });
});

it('takes the earlier names; a relative socket starts where the broker was started', () => {
  const env = {
    DATA_DIR: '/d',
    FASTPATH_SIDECAR_ENABLED: 'T',
    FASTPATH_SOCKET_PATH: 'run/f.sock',
    FASTPATH_CUTOVER_BYTES: '1000',
    FASTPATH_REQUIRE: '1',
    FASTPATH_FALLBACK_TO_GO: 'f',
  };
  expect(load(env).config.fastpath).toEqual({
    enabled: true,
    socketPath: '/srv/run/f.sock',
    cutoverBytes: 1000,
    require: true,
    fallbackToLocal: false,
  });
});

it('FASTPATH_FALLBACK_TO_LOCAL is another name of FASTPATH_FALLBACK_TO_GO, which counts before it', () => {
  const fallback = (env: Record<string, string>): boolean => load(env).config.fastpath.fallbackToLocal;
  expect(fallback({ FASTPATH_FALLBACK_TO_LOCAL: 'false' })).toBe(false);
  expect(fallback({ FASTPATH_FALLBACK_TO_LOCAL: 'false', FASTPATH_FALLBACK_TO_GO: 'true' })).toBe(true);
  expect(() => load({ FASTPATH_FALLBACK_TO_LOCAL: 'maybe' })).toThrow(/FASTPATH_FALLBACK_TO_LOCAL is .*maybe/);
});

it('a sidecar that is required must be enabled', () => {
  expect(() => load({ FASTPATH_REQUIRE: 'true' })).toThrow(
    /INVALID_CONFIG.*FASTPATH_REQUIRE.*FASTPATH_SIDECAR_ENABLED/s,
  );
});

it('a socket that the system could not bind is refused where it is wanted', () => {
  const FASTPATH_SOCKET_PATH = `/${'x'.repeat(100)}`;
  expect(() => load({ FASTPATH_SOCKET_PATH, FASTPATH_SIDECAR_ENABLED: 'true' })).toThrow(/101 bytes and may have 100/);
  expect(load({ FASTPATH_SOCKET_PATH }).config.fastpath.socketPath).toBe(FASTPATH_SOCKET_PATH);
});

it.each([
  ['FASTPATH_CUTOVER_BYTES', '0'],
  ['FASTPATH_CUTOVER_BYTES', '67108865'],
  ['FASTPATH_CUTOVER_BYTES', '1MB'],
  ['FASTPATH_SIDECAR_ENABLED', 'yes'],
])('%s=%s is refused by name', (name, value) => {
  expect(() => load({ [name]: value })).toThrow(new RegExp(`INVALID_CONFIG.*${name}`));
});
