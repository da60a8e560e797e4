// Where metrics may be served: here, or wherever it was said to be meant.

import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';

const load = (env: Record<string, string>) => loadConfig({ flags: {}, env, cwd: '/srv', readFile: () => '' });
const metricsOf = (env: Record<string, string>) => load(env).config.metrics;

describe('metrics', () => {
  it('are off, and on loopback when they are on', () => {
    expect(metricsOf({})).toEqual({ port: 0, address: '127.0.0.1', queuesMax: 200 });
    expect(metricsOf({ METRICS_PORT: '9464' })).toMatchObject({ port: 9464, address: '127.0.0.1' });
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', '2001:db8::1'])(
    'are refused on %s without a word that it is meant',
    (address) => {
      const env = { METRICS_PORT: '9464', METRICS_ADDRESS: address };
      expect(() => load(env)).toThrow(expect.objectContaining({ code: 'INSECURE_BIND' }));
      expect(() => load(env)).toThrow('METRICS_ADDRESS');
      expect(metricsOf({ ...env, ALLOW_INSECURE_BIND: 'true' })).toMatchObject({ address });
      // Off, nothing is bound.
      expect(metricsOf({ METRICS_ADDRESS: address })).toMatchObject({ port: 0 });
    },
  );

  it.each(['localhost', '::1', '127.8.8.8'])('are served on %s', (address) => {
    expect(metricsOf({ METRICS_PORT: '9464', METRICS_ADDRESS: address })).toMatchObject({ address });
  });

  it.each([
    ['METRICS_ADDRESS', 'example.com'],
    ['METRICS_ADDRESS', '127.0.0.1:9464'],
    ['METRICS_PORT', '65536'],
    ['METRICS_PORT', '-1'],
    ['METRICS_QUEUES_MAX', '0'],
  ])('are refused with %s=%j', (name, value) => {
    expect(() => load({ [name]: value })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
  });
});
