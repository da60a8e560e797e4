// Named tokens and the generated one: what is kept, with which mode, and whose a token is.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../testing/code-of.ts';
import { Authority } from './authority.ts';
import { tokenOf } from './credentials.ts';
import { ownToken } from './own-token.ts';
import { ACTOR_DEFAULT, actorOf } from './principal.ts';
import { mayDo, ROLES } from './role.ts';
import { addToken, readTokens, removeToken, tokenFilePath } from './token-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-tokens-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('named tokens', () => {
  it('are kept as hashes alone, for the owner alone', () => {
    const path = tokenFilePath(join(folder, 'not-there-yet'));
    const token = addToken(path, 'ops', 'redrive', new Date(0));
    expect(token).toMatch(/^tgw_[A-Za-z0-9_-]{43}$/);
    expect(modeOf(path)).toBe(0o600);
    expect(modeOf(join(folder, 'not-there-yet'))).toBe(0o700);
    expect(readFileSync(path, 'utf8')).not.toContain(token);
    expect(readTokens(path)).toMatchObject([{ name: 'ops', role: 'redrive', created_at: '1970-01-01T00:00:00.000Z' }]);
  });

  it('have names of their own, and names that a log can hold', () => {
    const path = tokenFilePath(folder);
    addToken(path, 'ops', 'viewer', new Date(0));
    for (const name of ['ops', '', 'a b', 'x'.repeat(65), 'local', 'a\n', '(via b)']) {
      expect(codeOf(() => addToken(path, name, 'viewer', new Date(0)))).toBe('INVALID_ARGUMENT');
    }
    removeToken(path, 'ops');
    expect(codeOf(() => removeToken(path, 'ops'))).toBe('INVALID_ARGUMENT');
    expect(readTokens(path)).toEqual([]);
  });

  it('change one at a time, and a change that was cut short is told with its file', () => {
    const path = tokenFilePath(folder);
    writeFileSync(`${path}.new`, '');
    expect(() => addToken(path, 'ops', 'viewer', new Date(0))).toThrow(
      /DATA_DIR_UNUSABLE: .*gateway-tokens\.json\.new/,
    );
  });

  it('that cannot be read count for nothing, and are named', () => {
    const path = tokenFilePath(folder);
    const token = addToken(path, 'ops', 'viewer', new Date(0));
    const told: unknown[] = [];
    const unreadable = (error: unknown): unknown => told.push(error);
    const authority = new Authority({ dataFolder: folder, adminToken: 'a', ownToken: null, unreadable });
    expect(authority.identify(token)).toMatchObject({ name: 'ops' });
    writeFileSync(path, '{"version":1,"tokens":[{"name":"ops","role":"king"}]}');
    expect(codeOf(() => readTokens(path))).toBe('INVALID_CONFIG');
    expect(authority.identify(token)).toBeNull();
    expect(authority.identify('a')).toMatchObject({ role: 'admin' });
    expect(told).toHaveLength(1);
  });

  it('begin and end while a gateway runs', () => {
    const authority = new Authority({ dataFolder: folder, adminToken: null, ownToken: null });
    const path = tokenFilePath(folder);
    const token = addToken(path, 'ops', 'operator', new Date(0));
    expect(authority.identify(token)).toEqual({ name: 'ops', role: 'operator', shared: false });
    expect(authority.identify(`${token}x`)).toBeNull();
    removeToken(path, 'ops');
    expect(authority.identify(token)).toBeNull();
  });
});

describe('the generated token', () => {
  it('is made once, for the owner alone, and is the same after a restart', () => {
    const { token, path } = ownToken(join(folder, 'data'));
    expect(modeOf(path)).toBe(0o600);
    expect(ownToken(join(folder, 'data'))).toEqual({ token, path });
    writeFileSync(path, '');
    expect(codeOf(() => ownToken(join(folder, 'data')))).toBe('INVALID_CONFIG');
  });
});

describe('a request', () => {
  it('carries its token in one of three places, and never two different ones', () => {
    const offered = `tachyon, tachyon.token.${Buffer.from('a b').toString('base64url')}`;
    expect(tokenOf({ 'x-admin-token': 'a' })).toBe('a');
    expect(tokenOf({ authorization: 'bearer  a' })).toBe('a');
    expect(tokenOf({ upgrade: 'websocket', 'sec-websocket-protocol': offered })).toBe('a b');
    expect(tokenOf({ 'x-admin-token': 'a', authorization: 'Bearer a' })).toBe('a');
    for (const headers of [
      {},
      { 'x-admin-token': '' },
      { authorization: 'Basic a' },
      { 'sec-websocket-protocol': offered },
      { 'x-admin-token': 'a', authorization: 'Bearer b' },
      { 'x-admin-token': 'a'.repeat(513) },
    ]) {
      expect(tokenOf(headers)).toBeNull();
    }
  });

  it('is recorded under a name that a named token cannot hide', () => {
    const named = { name: 'ci', role: 'admin', shared: false } as const;
    const shared = { name: 'admin-token', role: 'admin', shared: true } as const;
    expect(actorOf(named, undefined)).toBe('ci');
    expect(actorOf(named, 'ops@example.com')).toBe('ops@example.com (via ci)');
    expect(actorOf(shared, 'ops@example.com')).toBe('ops@example.com');
    expect(actorOf(shared, ' ')).toBe(ACTOR_DEFAULT);
    expect(codeOf(() => actorOf(shared, 'x (via ci)'))).toBe('INVALID_ARGUMENT');
  });
});

describe('roles', () => {
  it('are a ladder: each may what those below may', () => {
    const matrix = ROLES.map((has) => ROLES.map((asked) => (mayDo(has, asked) ? 1 : 0)).join(''));
    expect(matrix).toEqual(['10000', '11000', '11100', '11110', '11111']);
  });
});
