// Every variable of the earlier system, one by one: it is a setting here, or it is refused when it is on and accepted
// when it is off, or it is said to be none of the broker's.

import { describe, expect, it } from 'vitest';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { loadConfig } from './load.ts';
import { NOT_YET_VARIABLES, UNRELATED_VARIABLES } from './not-yet.ts';
import { settingOfVariable } from './settings.ts';

const codeOf = (env: Record<string, string>): string => {
  try {
    loadConfig({ flags: {}, env, cwd: '/srv', readFile: () => '' });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof TachyonError)) throw error;
    expect(error.message).toContain(Object.keys(env)[0]);
    return error.code;
  }
};

const SETTINGS_OF_EARLIER: Record<string, string> = {
  ZMQ_BIND_ADDRESS: 'tcp://127.0.0.1:5555',
  ZMQ_PUB_ADDRESS: 'tcp://127.0.0.1:5556',
  DELIVERY_TIMEOUT_MS: '30000',
  WAL_ENABLED: 'false',
  WAL_PATH: './data/direct_delivery.wal',
  WAL_DURABILITY_MODE: 'local_fsync',
  ROUTE_CATALOG_PATH: './data/routes.catalog.json',
  MAX_INFLIGHT_PER_CONSUMER: '1024',
  MAX_QUEUED_DIRECT: '4096',
  MAX_GLOBAL_INGRESS: '8192',
  TENANT_QUOTAS_JSON: '{"a":{"max_inflight":2}}',
  QUEUE_POLICY_ENABLED: 'false',
  QUEUE_POLICY_EVALUATION_INTERVAL_MS: '2000',
  QUEUE_POLICY_MIN_HOLD_MS: '5000',
  QUEUE_POLICY_MEMORY_LIMIT_BYTES: '536870912',
  QUEUE_POLICY_MEMORY_PRESSURE_HIGH_WATERMARK: '0.85',
  QUEUE_POLICY_CLASS_CIRCUIT_BREAKER: 'true',
  QUEUE_POLICY_CLASS_BREAKER_QUEUE_FRACTION: '0.8',
  FASTPATH_SIDECAR_ENABLED: 'false',
  FASTPATH_SOCKET_PATH: '/tmp/tachyon-fastpath.sock',
  FASTPATH_CUTOVER_BYTES: '262144',
  FASTPATH_REQUIRE: 'false',
  FASTPATH_FALLBACK_TO_GO: 'true',
};

/** Variable, a value that is on, values that mean off. */
const REFUSED_WHEN_ON: readonly (readonly [string, string, readonly string[]])[] = [
  ['WAL_REPLICATION_MIRROR_DIR', '/mirror', ['', ' ']],
  ['MAX_PER_TOPIC_QUEUE', '256', ['', '0']],
  ['QUEUE_POLICY_RETRY_RATE_HIGH_WATERMARK', '4.0', ['', '0', '0.0']],
  ['QUEUE_POLICY_QUEUE_GROWTH_HIGH_WATERMARK', '32.0', ['', '0']],
  ['QUEUE_POLICY_CONSUMER_LAG_HIGH_WATERMARK', '256', ['', '0']],
  ['QUEUE_POLICY_INFLIGHT_STEP', '32', ['', '0']],
  ['QUEUE_POLICY_QUEUE_STEP', '32', ['', '0']],
  ['QUEUE_POLICY_MIN_INFLIGHT_PER_CONSUMER', '128', ['', '0']],
  ['QUEUE_POLICY_MAX_INFLIGHT_PER_CONSUMER', '1024', ['', '0']],
  ['QUEUE_POLICY_MIN_PER_TOPIC_QUEUE', '64', ['', '0']],
  ['QUEUE_POLICY_MAX_PER_TOPIC_QUEUE', '256', ['', '0']],
  ['QUEUE_POLICY_ADAPTIVE_PRIORITY_WEIGHTS', 'true', ['', 'false']],
  ['QUEUE_POLICY_ADAPTIVE_STEP', '1', ['', '0']],
  ['QUEUE_POLICY_AGING_ENABLED', 'true', ['', 'false']],
  ['QUEUE_POLICY_AGING_BOOST_AFTER_MS', '15000', ['', '0']],
  ['SESSION_SNAPSHOT_PATH', './data/x.sessions', ['']],
  ['DLQ_STORE_PATH', './data/x.dlq', ['']],
  ['SCHEDULED_STORE_PATH', './data/x.scheduled', ['']],
  ['AUDIT_STORE_PATH', './data/x.audit', ['']],
  ['WAL_SEGMENTS_PATH', './data/x.segments', ['']],
];

describe('a variable of the earlier system', () => {
  it.each(Object.entries(SETTINGS_OF_EARLIER))(
    '%s is a setting, and its earlier default is accepted',
    (name, value) => {
      expect(codeOf({ [name]: value })).toBe('accepted');
      expect(name === 'WAL_PATH' || settingOfVariable(name) !== undefined).toBe(true);
    },
  );

  it('WAL_SEGMENT_MAX_BYTES is a setting; its earlier default cannot hold the largest message', () => {
    expect(codeOf({ WAL_SEGMENT_MAX_BYTES: '4194304' })).toBe('INVALID_CONFIG');
    expect(codeOf({ WAL_SEGMENT_MAX_BYTES: '4194304', MESSAGE_BYTES_MAX: '1048576' })).toBe('accepted');
  });

  it.each(REFUSED_WHEN_ON)('%s is refused as %s, and accepted when it means off', (name, on, offs) => {
    expect(codeOf({ [name]: on })).toBe('NOT_SUPPORTED');
    for (const off of offs) expect(codeOf({ [name]: off })).toBe('accepted');
  });

  it.each(REFUSED_WHEN_ON)('%s is refused for a value that nobody understands', (name) => {
    expect(codeOf({ [name]: 'a,?' })).toBe('NOT_SUPPORTED');
  });

  it.each([...UNRELATED_VARIABLES])('%s is not the broker’s, and is ignored', (name) => {
    expect(codeOf({ [name]: 'x' })).toBe('accepted');
  });

  it('is in exactly one of the tables above', () => {
    expect(NOT_YET_VARIABLES.map(({ name }) => name)).toEqual(REFUSED_WHEN_ON.map(([name]) => name));
    expect(NOT_YET_VARIABLES.filter(({ name }) => settingOfVariable(name) !== undefined)).toEqual([]);
  });
});

it("the variables of the gateway are not the broker's business: one environment serves both", () => {
  const gateway = { ADMIN_TOKEN: 'secret', GATEWAY_PORT: '8000', GATEWAY_HOST: '127.0.0.1' };
  expect(codeOf(gateway)).toBe('accepted');
  // What a container platform sets for a service of that name.
  expect(codeOf({ GATEWAY_SERVICE_HOST: '10.0.0.1', GATEWAY_PORT: 'tcp://10.0.0.1:80' })).toBe('accepted');
});

it('a refusal never shows a secret', () => {
  expect(() =>
    loadConfig({ flags: {}, env: { WAL_REPLICATION_MIRROR_DIR: 'hunter2' }, cwd: '/srv', readFile: () => '' }),
  ).toThrow(/^(?!.*hunter2)NOT_SUPPORTED: WAL_REPLICATION_MIRROR_DIR/s);
});
