// Small rules of the supervisor: how long it waits, how it is called, what it prints.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayPlace, welcome } from '../output/welcome.ts';
import { withoutGateway } from './environment.ts';
import { ownName } from './own-name.ts';
import { restartDelayMs } from './restart-delay.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-name-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('waits longer after each crash, and never longer than half a minute', () => {
  expect([0, 1, 2, 3, 10, 1_000].map(restartDelayMs)).toEqual([500, 1_000, 2_000, 4_000, 30_000, 30_000]);
});

describe('the name of the command', () => {
  it('is npx where the project has it, and in its own checkout', () => {
    expect(ownName(folder, '/opt/dist/main.js')).toBe('node /opt/dist/main.js');
    expect(ownName(folder, '/usr/bin/tachyon')).toBe('tachyon');
    writeFileSync(join(folder, 'package.json'), '{"name":"aetherbus-tachyon"}');
    expect(ownName(folder, '/opt/dist/main.js')).toBe('npx tachyon');
    rmSync(join(folder, 'package.json'));
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/.bin/tachyon'), '');
    expect(ownName(folder, '/x/node_modules/.bin/tachyon')).toBe('npx tachyon');
  });
});

it('keeps the gateway’s token from the broker, and nothing else', () => {
  const env = { ADMIN_TOKEN: 's', GATEWAY_PORT: '1', GATEWAY_PROT: '1', LOG_LEVEL: 'info', PATH: '/bin' };
  const known = ['ADMIN_TOKEN', 'GATEWAY_PORT', 'LOG_LEVEL'];
  expect(withoutGateway(env, known)).toEqual({ GATEWAY_PROT: '1', LOG_LEVEL: 'info', PATH: '/bin' });
});

describe('the welcome', () => {
  const at = (cwd: string, color: boolean, gateway: GatewayPlace | null = null) => ({
    cwd,
    color,
    pid: 12345,
    tachyon: 'tachyon',
    gateway,
  });
  const ready = {
    endpoints: { router: 'tcp://127.0.0.1:5555', pub: 'tcp://127.0.0.1:5556', admin: 'ipc:///d/admin.sock' },
    dataFolder: join('/srv', 'data'),
  };

  it('names no folder where it is the default, and quotes it where it is not', () => {
    expect(welcome(ready, at('/srv', false))).not.toContain('--data-dir');
    const odd = { ...ready, dataFolder: "/srv/it's here" };
    expect(welcome(odd, at('/srv', false))).toContain("--data-dir 'it'\\''s here'");
  });

  it('tells which process to stop, and how', () => {
    expect(welcome(ready, at('/srv', false))).toMatch(/\n +pid +12345 .*kill -TERM 12345\n/);
  });

  it('has colours only where they are wanted', () => {
    expect(welcome(ready, at('/srv', false))).not.toContain('\u001b');
    expect(welcome(ready, at('/srv', true))).toContain('\u001b[');
  });

  it('tells where the gateway is and how to come in, or that it is not there', () => {
    const url = 'http://127.0.0.1:8000';
    const kept = welcome(ready, at('/srv', false, { url, tokenPath: '/srv/data/gateway-token' }));
    expect(kept).toMatch(/gateway +http:\/\/127.0.0.1:8000 .*\n +token +\/srv\/data\/gateway-token .*X-Admin-Token/);
    expect(welcome(ready, at('/srv', false, { url, tokenPath: null }))).toMatch(/token +ADMIN_TOKEN/);
    expect(welcome(ready, at('/srv', false, 'not running'))).toMatch(/gateway +is not running/);
    expect(welcome(ready, at('/srv', false))).not.toContain('gateway');
  });

  it('gives nothing to try where no client can come in', () => {
    const closed = { ...ready, endpoints: { ...ready.endpoints, router: null, pub: null } };
    expect(welcome(closed, at('/srv', false))).not.toContain('pub orders');
  });
});
