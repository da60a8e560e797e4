// The configuration: where a value comes from, what is refused, and under which name. No file is opened.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import type { ConfigSources } from './given.ts';
import { type LoadedConfig, loadConfig } from './load.ts';
import { SETTINGS } from './settings.ts';

interface Sources {
  readonly flags?: ConfigSources['flags'];
  readonly env?: ConfigSources['env'];
  /** Text of the configuration file. */
  readonly file?: string;
}

const load = ({ flags = {}, env = {}, file }: Sources = {}): LoadedConfig =>
  loadConfig({
    flags: file === undefined ? flags : { config: 'tachyon.yaml', ...flags },
    env,
    cwd: '/srv',
    readFile: (path) => {
      if (file === undefined || path !== '/srv/tachyon.yaml') throw new Error(`ENOENT: ${path}`);
      return file;
    },
  });

const refusal = (sources: Sources): TachyonError => {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof TachyonError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('precedence', () => {
  const file = 'wire:\n  bindAddress: tcp://127.0.0.1:1001\n';
  const env = { ZMQ_BIND_ADDRESS: 'tcp://127.0.0.1:1002' };
  const flags = { router: 'tcp://127.0.0.1:1003' };

  it.each([
    ['the default, where nothing is given', {}, '5555', { from: 'default', name: 'wire.bindAddress' }],
    ['the file before the default', { file }, '1001', { from: 'file', name: '/srv/tachyon.yaml:2' }],
    ['the environment before the file', { file, env }, '1002', { from: 'env', name: 'ZMQ_BIND_ADDRESS' }],
    ['the flag before all', { file, env, flags }, '1003', { from: 'flag', name: '--router' }],
  ])('takes %s, and says where the value came from', (_, sources, port, origin) => {
    const { config, origins } = load(sources);
    expect(config.wire.bindAddress).toBe(`tcp://127.0.0.1:${port}`);
    expect(origins['wire.bindAddress']).toEqual(origin);
  });

  it('takes an empty variable for one that is not set', () => {
    const { config, origins } = load({
      env: { DELIVERY_TIMEOUT_MS: '', TACHYON_CONFIG: '' },
      file: 'delivery: {leaseMs: 5000}',
    });
    expect(config.delivery.leaseMs).toBe(5000);
    expect(origins['delivery.leaseMs']?.from).toBe('file');
  });

  it('takes an undefined flag for one that is not given', () => {
    expect(load({ flags: { router: undefined, dataDir: undefined } }).origins['wire.bindAddress']?.from).toBe(
      'default',
    );
  });

  it('reads the file that TACHYON_CONFIG names, and --config before it', () => {
    const files: Record<string, string> = { '/srv/a.yaml': 'log: {level: warn}', '/etc/b.yaml': 'log: {level: debug}' };
    const readFile = (path: string): string => files[path] ?? '';
    const env = { TACHYON_CONFIG: 'a.yaml' };
    expect(loadConfig({ flags: {}, env, cwd: '/srv', readFile })).toMatchObject({
      config: { log: { level: 'warn' } },
      file: '/srv/a.yaml',
    });
    expect(loadConfig({ flags: { config: '/etc/b.yaml' }, env, cwd: '/srv', readFile }).config.log.level).toBe('debug');
  });
});

describe('defaults', () => {
  it('are durable, loopback and without trust', () => {
    const { config, origins, file } = load();
    expect(config).toMatchObject({
      data: { folder: '/srv/data' },
      wire: {
        bindAddress: 'tcp://127.0.0.1:5555',
        pubAddress: 'tcp://127.0.0.1:5556',
        pubForm: 'event',
        legacyBodies: true,
        allowInsecureBind: false,
        trustClientTenant: false,
      },
      journal: { enabled: true, durabilityMode: 'local_fsync', segmentBytesMax: 67_108_864, diskBytesMax: 0 },
      delivery: { leaseMs: 30_000, windowMessagesMax: 1024, attemptsMax: 3, backoffJitter: 0.5 },
      sessions: { graceMs: 10_000, heartbeatIntervalMs: 2000, heartbeatMisses: 5 },
      queues: { expireMs: 86_400_000, deadLettersMax: 100_000 },
      routes: { catalogPath: '/srv/data/routes.catalog.json' },
      shutdown: { drainTimeoutMs: 10_000 },
      log: { level: 'info', pretty: 'auto' },
      admin: { socketPath: '/srv/data/admin.sock' },
    });
    expect(file).toBeNull();
    expect(Object.values(origins).every(({ from }) => from === 'default')).toBe(true);
  });

  it('have an origin for every setting, and a value', () => {
    const { config, origins } = load();
    for (const { group, key, path } of SETTINGS) {
      expect(origins[path]).toBeDefined();
      expect((config as unknown as Record<string, Record<string, unknown>>)[group]?.[key]).toBeDefined();
    }
  });

  it('let the heartbeat give way to a short lease', () => {
    expect(load({ env: { DELIVERY_TIMEOUT_MS: '400' } }).config.sessions.heartbeatIntervalMs).toBe(100);
  });

  it('look for the catalog in the data folder, wherever that is; a named one starts from the working folder', () => {
    expect(load({ env: { DATA_DIR: '/var/lib/t' } }).config.routes.catalogPath).toBe('/var/lib/t/routes.catalog.json');
    expect(load({ env: { DATA_DIR: '/var/lib/t', ROUTE_CATALOG_PATH: 'c.json' } }).config.routes.catalogPath).toBe(
      '/srv/c.json',
    );
  });
});

it('what was loaded cannot be changed', () => {
  const { config, origins } = load();
  expect(() => Object.assign(config.wire, { legacyBodies: false })).toThrow(TypeError);
  expect(() => Object.assign(config, { wire: {} })).toThrow(TypeError);
  expect(() => Object.assign(origins['wire.bindAddress'] ?? {}, { from: 'env' })).toThrow(TypeError);
});

describe('values', () => {
  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('%s is true', (word) => {
    expect(load({ env: { TRUST_CLIENT_TENANT: word } }).config.wire.trustClientTenant).toBe(true);
  });

  it.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('%s is false', (word) => {
    expect(load({ env: { WAL_ENABLED: word } }).config.journal.enabled).toBe(false);
  });

  it('mean the same as YAML and as text', () => {
    const file =
      'journal:\n  enabled: false\n  segmentBytesMax: 134217728\ndelivery:\n  backoffJitter: 0.25\nlog:\n  pretty: true\n';
    const env = { WAL_ENABLED: 'false', WAL_SEGMENT_MAX_BYTES: '134217728', RETRY_JITTER: '0.25', LOG_PRETTY: '1' };
    expect(load({ file }).config).toEqual(load({ env }).config);
  });

  it.each([
    [
      'DELIVERY_TIMEOUT_MS',
      ['0', '-1', '1.5', '30s', ' 5000', '1e4', 'NaN', '99999999999999999999', '0x10', '５０００'],
    ],
    ['WAL_SEGMENT_MAX_BYTES', ['1048575', '64MiB', '1073741825', '0']],
    ['WAL_ENABLED', ['yes', 'on', 'tRUE', '2', ' true', 'null']],
    ['RETRY_JITTER', ['-0.1', '1.01', 'some', 'Infinity']],
    ['HEARTBEAT_MISSES', ['1', '101']],
    ['WAL_DURABILITY_MODE', ['fast', 'none']],
    ['PUB_FORM', ['json', '__proto__']],
    ['LOG_LEVEL', ['verbose']],
    ['LOG_PRETTY', ['maybe']],
    ['ROUTE_CATALOG_PATH', ['a\0b', 'x'.repeat(5000)]],
    ['ZMQ_BIND_ADDRESS', ['5555', 'tcp://127.0.0.1', 'http://127.0.0.1:80', 'tcp://127.0.0.1:5555\n']],
  ])('of %s that it may not have are refused by name', (name, values) => {
    for (const value of values) {
      const error = refusal({ env: { [name]: value } });
      expect(error.code).toBe('INVALID_CONFIG');
      expect(error.detail).toMatch(new RegExp(`^${name} is '`));
    }
  });

  it('from a flag that is no text at all are refused by the name of the flag', () => {
    for (const router of ['', {}, [], null, Symbol('x'), 7, () => 1]) {
      expect(refusal({ flags: { router } }).message).toContain('--router');
    }
  });

  it('are shown on one short line, whatever they hold', () => {
    const { detail } = refusal({ env: { LOG_LEVEL: `\u001b[31m\n${'x'.repeat(100_000)}` } });
    expect(detail.length).toBeLessThan(400);
    expect(detail).not.toMatch(/\p{Cc}/u);
  });

  it('of any kind are refused by name or taken, never answered with another error', () => {
    const variable = fc.constantFrom(...SETTINGS.map(({ env }) => env));
    fc.assert(
      fc.property(
        variable,
        fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.double().map(String)),
        (name, value) => {
          try {
            load({ env: { [name]: value } });
          } catch (error) {
            expect(error).toBeInstanceOf(TachyonError);
            expect((error as TachyonError).message).toContain(name);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('refusals', () => {
  it('say everything that is wrong at once, each under the name that was used', () => {
    const error = refusal({
      flags: { router: 'nowhere' },
      env: { DELIVERY_TIMEOUT_MS: 'soon', MAX_PER_TOPIC_QUEUE: '4096' },
      file: 'log:\n  level: loud\nsesions:\n  graceMs: 1\n',
    });
    expect(error.code).toBe('INVALID_CONFIG');
    expect(error.detail.split('\n')).toEqual([
      '5 settings are refused:',
      expect.stringMatching(/^ {2}- MAX_PER_TOPIC_QUEUE is not carried out by this version.*\[NOT_SUPPORTED\]$/),
      expect.stringMatching(/^ {2}- tachyon.yaml:3: there is no group "sesions".*\[INVALID_CONFIG\]$/),
      expect.stringMatching(/^ {2}- --router is 'nowhere': it must be an endpoint/),
      expect.stringMatching(
        /^ {2}- DELIVERY_TIMEOUT_MS is 'soon': it must be a whole number from 100 to 604800000 milliseconds/,
      ),
      expect.stringMatching(/^ {2}- log.level \(\/srv\/tachyon.yaml:2\) is 'loud': it must be one of trace, /),
    ]);
  });

  it.each(['replicated', 'local_and_replicated', 'REPLICATED'])(
    'name the durability mode %s, which is not carried out yet',
    (mode) => {
      expect(refusal({ env: { WAL_DURABILITY_MODE: mode } })).toMatchObject({
        code: 'NOT_SUPPORTED',
        detail: expect.stringContaining('WAL_DURABILITY_MODE'),
      });
      expect(refusal({ file: `journal: {durabilityMode: ${mode}}` }).code).toBe('NOT_SUPPORTED');
    },
  );

  it('keep the code of the data folder where that alone is wrong', () => {
    expect(refusal({ env: { DATA_DIR: `/tmp/${'x'.repeat(90)}` } }).code).toBe('SOCKET_PATH_TOO_LONG');
  });

  it('name a configuration file that cannot be read', () => {
    expect(refusal({ flags: { config: 'nope.yaml' } }).detail).toBe(
      '--config names /srv/nope.yaml, which cannot be read: ENOENT: /srv/nope.yaml',
    );
    expect(refusal({ env: { TACHYON_CONFIG: 'nope.yaml' } }).detail).toContain('TACHYON_CONFIG names /srv/nope.yaml');
    expect(refusal({ flags: { config: true } }).detail).toBe('--config must be the path of a file');
  });

  it('do not come from variables and flags that nobody knows', () => {
    expect(
      load({ env: { HOME: '/root', WAL_FOO: '1', GO_BIN: 'go', POLICY_RULESET: 'x' }, flags: { adminOnly: true } })
        .config,
    ).toEqual(load().config);
  });
});

describe('relations', () => {
  it.each([
    [
      'a segment that cannot hold the largest message',
      { WAL_SEGMENT_MAX_BYTES: '4194304' },
      'WAL_SEGMENT_MAX_BYTES is 4194304, too small for a message of 8388608 bytes (wire.messageBytesMax (default)) beside the reserve: set WAL_SEGMENT_MAX_BYTES to at least 16921088, or MESSAGE_BYTES_MAX to at most 2025394',
    ],
    [
      'a disk bound below four segments',
      { DISK_BYTES_MAX: '100000000' },
      'DISK_BYTES_MAX is 100000000: it must be 0 or at least 268435456',
    ],
    ['a window below one message', { WINDOW_BYTES_MAX: '1000000' }, 'WINDOW_BYTES_MAX is 1000000, too small'],
    ['a read cache below one message', { READ_CACHE_BYTES: '1048576' }, 'READ_CACHE_BYTES is 1048576, too small'],
    [
      'a stated heartbeat as long as a lease',
      { HEARTBEAT_INTERVAL_MS: '30000' },
      'HEARTBEAT_INTERVAL_MS is 30000: it must be shorter than DELIVERY_TIMEOUT_MS, which is 30000',
    ],
    [
      'a first backoff above the longest',
      { RETRY_BACKOFF_INITIAL_MS: '60001' },
      'RETRY_BACKOFF_INITIAL_MS is 60001: it must not be longer than RETRY_BACKOFF_MAX_MS, which is 60000',
    ],
    [
      'one address for both endpoints',
      { ZMQ_PUB_ADDRESS: 'tcp://127.0.0.1:5555' },
      'ZMQ_PUB_ADDRESS and wire.bindAddress (default) are both tcp://127.0.0.1:5555',
    ],
  ])('refuse %s', (_, env, sentence) => {
    const error = refusal({ env });
    expect(error.code).toBe('INVALID_CONFIG');
    expect(error.detail).toContain(sentence);
  });

  it('accept a small segment beside a small message, or without a journal', () => {
    expect(
      load({ env: { WAL_SEGMENT_MAX_BYTES: '1048576', MESSAGE_BYTES_MAX: '262144' } }).config.journal.segmentBytesMax,
    ).toBe(1_048_576);
    expect(load({ env: { WAL_SEGMENT_MAX_BYTES: '4194304', WAL_ENABLED: 'false' } }).config.journal.enabled).toBe(
      false,
    );
  });

  it('accept the segment and the message that a refusal names, and nothing smaller or larger', () => {
    const named = (env: Record<string, string>): readonly string[] =>
      /to at least (\d+), or MESSAGE_BYTES_MAX to at most (\d+)/.exec(refusal({ env }).detail)?.slice(1) ?? [];
    for (const message of ['1000000', '4194304', '8388608']) {
      const env = { MESSAGE_BYTES_MAX: message, WAL_SEGMENT_MAX_BYTES: '1048576' };
      const [segment = '', largest = ''] = named(env);
      load({ env: { ...env, WAL_SEGMENT_MAX_BYTES: segment } });
      load({ env: { ...env, MESSAGE_BYTES_MAX: largest } });
      expect(named({ ...env, WAL_SEGMENT_MAX_BYTES: String(Number(segment) - 512) })[0]).toBe(segment);
      expect(named({ ...env, MESSAGE_BYTES_MAX: String(Number(largest) + 1) })[1]).toBe(largest);
    }
  });

  it('accept equal endpoints whose ports the system chooses', () => {
    const any = 'tcp://127.0.0.1:0';
    expect(load({ flags: { router: any, pub: any } }).config.wire.pubAddress).toBe(any);
  });

  it.each([
    'tcp://*:5555',
    'tcp://0.0.0.0:5555',
    'tcp://192.168.1.2:5555',
    'tcp://[::]:5555',
    'tcp://eth0:5555',
    'tcp://127.evil.example:5555',
  ])('refuse %s, which is not loopback, unless it is allowed', (address) => {
    const error = refusal({ env: { ZMQ_BIND_ADDRESS: address } });
    expect(error.code).toBe('INSECURE_BIND');
    expect(error.detail).toContain(`ZMQ_BIND_ADDRESS is ${address}`);
    expect(
      load({ env: { ZMQ_BIND_ADDRESS: address }, flags: { allowInsecureBind: true } }).config.wire.bindAddress,
    ).toBe(address);
  });

  it.each([
    'tcp://127.0.0.1:0',
    'tcp://127.8.9.10:1',
    'tcp://[::1]:5000',
    'tcp://localhost:*',
    'ipc:///run/t.sock',
    'inproc://x',
  ])('accept %s, which only this machine reaches', (address) => {
    expect(load({ env: { ZMQ_PUB_ADDRESS: address } }).config.wire.pubAddress).toBe(address);
  });
});
