// Endpoints as people write them, and which of them stay on this machine.

import { expect, test } from 'vitest';
import { isLoopback, parseAddress } from './address.ts';

test('addresses are read into scheme, host and port, with `*` for any free port', () => {
  expect(parseAddress('tcp://127.0.0.1:5555')).toEqual({ scheme: 'tcp', host: '127.0.0.1', port: 5555 });
  expect(parseAddress('tcp://*:*')).toEqual({ scheme: 'tcp', host: '*', port: 0 });
  expect(parseAddress('tcp://[::1]:80')).toEqual({ scheme: 'tcp', host: '::1', port: 80 });
  expect(parseAddress('ipc:///run/x.sock')).toEqual({ scheme: 'ipc', path: '/run/x.sock' });
});

test.for([
  'tcp://127.0.0.1:99999',
  'tcp://127.0.0.1',
  'tcp://:5555',
  'http://x:1',
  'ipc://',
  '',
  '127.0.0.1:5555',
  'inproc://x',
])('"%s" is refused as a setting', (address) => {
  expect(() => parseAddress(address)).toThrowError(expect.objectContaining({ code: 'INVALID_CONFIG' }));
});

test.for([
  ['tcp://127.0.0.1:1', true],
  ['tcp://127.8.9.10:1', true],
  ['tcp://localhost:1', true],
  ['tcp://lo:1', true],
  ['tcp://[::1]:1', true],
  ['tcp://[::ffff:127.0.0.1]:1', true],
  ['ipc:///tmp/a', true],
  ['tcp://*:1', false],
  ['tcp://0.0.0.0:1', false],
  ['tcp://[::]:1', false],
  ['tcp://127.evil.example:1', false],
  ['tcp://127.0.0.1.example:1', false],
  ['tcp://10.0.0.1:1', false],
  ['tcp://eth0:1', false],
] as const)('%s is loopback: %s', ([address, expected]) => {
  expect(isLoopback(address)).toBe(expected);
});
