// Settings of the gateway: defaults, every refusal by its name, and what may listen where.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GATEWAY_VARIABLES, gatewayConfig } from './config.ts';

const refusal = (env: Record<string, string>): string => {
  try {
    gatewayConfig({ env });
  } catch (error) {
    return String((error as Error).message);
  }
  return 'none';
};

describe('gatewayConfig', () => {
  it('listens for this machine on port 8000 when nothing is said', () => {
    expect(gatewayConfig({ env: { GATEWAY_PORT: '', HOME: 'x' } })).toMatchObject({
      host: '127.0.0.1',
      port: 8000,
      isLoopback: true,
      tls: null,
      timeoutMs: 5_000,
      adminToken: null,
      log: { level: 'info', pretty: 'auto' },
    });
  });

  it.each([
    ['GATEWAY_PORT', '70000'],
    ['GATEWAY_PORT', '80 '],
    ['GATEWAY_PORT', '-1'],
    ['GATEWAY_HOST', 'a b'],
    ['GATEWAY_HOST', 'http://x'],
    ['GATEWAY_TIMEOUT_MS', '5s'],
    ['GATEWAY_TIMEOUT_MS', '0'],
    ['GATEWAY_ALLOW_INSECURE_BIND', 'yes'],
    ['GATEWAY_BODY_BYTES_MAX', '1'],
    ['GATEWAY_STREAMS_MAX', '0'],
    ['GATEWAY_CONSUMER_IDLE_MS', '1'],
    ['ADMIN_TOKEN', 'with space'],
    ['ADMIN_TOKEN', 'ü'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_PRETTY', 'maybe'],
  ])('refuses %s=%s by its name', (name, value) => {
    expect(refusal({ [name]: value })).toMatch(new RegExp(`^INVALID_CONFIG: ${name} must `));
  });

  it('names all that is wrong at once', () => {
    const said = refusal({ GATEWAY_PORT: 'x', GATEWAY_TIMEOUT_MS: 'y' });
    expect(said).toMatch(/2 settings are refused:\n {2}- GATEWAY_PORT .*\n {2}- GATEWAY_TIMEOUT_MS /);
  });

  it('lets other machines in only over TLS, or when that is said', () => {
    for (const host of ['0.0.0.0', '::', '[::]', '192.168.1.1', 'broker.example.com', '127.example.com']) {
      expect(refusal({ GATEWAY_HOST: host })).toMatch(
        /^INVALID_CONFIG: GATEWAY_HOST .*GATEWAY_ALLOW_INSECURE_BIND=true/,
      );
    }
    expect(gatewayConfig({ env: { GATEWAY_HOST: '0.0.0.0', GATEWAY_ALLOW_INSECURE_BIND: 'TRUE' } }).isLoopback).toBe(
      false,
    );
    expect(gatewayConfig({ env: { GATEWAY_HOST: '::', GATEWAY_TLS_CERT: 'c', GATEWAY_TLS_KEY: 'k' } }).tls).toEqual({
      certPath: 'c',
      keyPath: 'k',
    });
    for (const host of ['localhost', '127.0.0.2', '::1', '[::1]']) {
      expect(gatewayConfig({ env: { GATEWAY_HOST: host } }).isLoopback).toBe(true);
    }
    expect(refusal({ GATEWAY_TLS_CERT: 'c' })).toMatch(/^INVALID_CONFIG: GATEWAY_TLS_KEY is missing/);
  });

  it('refuses a name that is written wrong, and is not confused by what a container platform sets', () => {
    expect(() => gatewayConfig({ env: { GATEWAY_PROT: '1' } })).toThrow('GATEWAY_PROT is no setting');
    const links = { GATEWAY_SERVICE_HOST: '10.0.0.1', GATEWAY_PORT: 'tcp://10.0.0.1:80', GATEWAY_PORT_80_TCP: 'x' };
    expect(gatewayConfig({ env: links }).port).toBe(8000);
  });

  it('puts a flag above the environment', () => {
    expect(gatewayConfig({ env: { GATEWAY_PORT: '1' }, flags: { port: '2', host: '::1' } })).toMatchObject({
      port: 2,
      host: '::1',
    });
  });

  it('is what the page of the gateway lists', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/gateway.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `([A-Z_]+)` \| /gm)].map(([, name]) => name);
    expect(listed).toEqual(GATEWAY_VARIABLES);
  });
});
