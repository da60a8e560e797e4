// Every environment variable that the earlier system had, with its default there, and what it is here.

import type { EarlierWord, RowName, TestName } from './proof.ts';

type Here = 'works' | 'refused unless off' | 'ignored';

export interface EarlierVariable {
  readonly name: string;
  /** As it was written there; empty where there was none. */
  readonly byDefault: string;
  readonly here: Here;
  /** Of a variable that is not carried out: a value that asks for it, and one that does not. */
  readonly on?: string;
  readonly off?: string;
  readonly tests?: readonly TestName[];
  readonly rows?: readonly RowName[];
}

const SETTINGS_TEST = 'cmd/tachyon/earlier-settings.e2e.test.ts';
const SIDECAR_TESTS: readonly TestName[] = [
  [SETTINGS_TEST, 'say that there is a sidecar, where it is, and from which size on it is asked'],
];

const UNREAD: TestName = [
  'api-gateway/earlier-requests.e2e.test.ts',
  'has nothing to do with the files that its variables named: what it says is the broker’s',
];

const works = (name: string, byDefault: string, ...titles: readonly string[]): EarlierVariable => ({
  name,
  byDefault,
  here: 'works',
  tests: titles.map((title) => [SETTINGS_TEST, title]),
});

/** Of quotas and of overload. */
const pressing = (name: string, byDefault: string, title: string): EarlierVariable => ({
  name,
  byDefault,
  here: 'works',
  tests: [['cmd/tachyon/limits.e2e.test.ts', title]],
});

/** `off` is empty where no value but none at all means off. */
const refused = (name: string, byDefault: string, on: string, off = ''): EarlierVariable => ({
  name,
  byDefault,
  here: 'refused unless off',
  on,
  off,
  tests: [
    [SETTINGS_TEST, 'are all refused at once, each by its name, before anything is opened'],
    [SETTINGS_TEST, 'are taken where they mean off, and those of a script beside the broker always'],
  ],
  rows: [['configuration', `\`${name}\``]],
});

/** On by default: its default is what is refused. */
const refusedAt = (name: string, byDefault: string, off: string): EarlierVariable =>
  refused(name, byDefault, byDefault, off);

const ofGateway = (name: string, suffix: string): EarlierVariable => {
  const variable = refused(name, `WAL_PATH.${suffix}`, `./data/direct_delivery.wal.${suffix}`);
  return {
    ...variable,
    tests: [...(variable.tests ?? []), UNREAD],
    rows: [['compatibility', 'paths of the gateway’s files']],
  };
};

const ofScript = (name: string, byDefault: string): EarlierVariable => ({
  name,
  byDefault,
  here: 'ignored',
  rows: [['compatibility', 'the recovery script and its variables']],
});

export const EARLIER_VARIABLES: readonly EarlierVariable[] = [
  works('ZMQ_BIND_ADDRESS', 'tcp://127.0.0.1:5555', 'are where clients publish and where subscribers listen'),
  works('ZMQ_PUB_ADDRESS', 'tcp://127.0.0.1:5556', 'are where clients publish and where subscribers listen'),
  works(
    'DELIVERY_TIMEOUT_MS',
    '30000',
    'is how long a consumer has; a message that is never settled in it is a dead letter after three attempts',
  ),
  works('WAL_ENABLED', 'false', 'as "%s" keeps what was accepted on %s, says so, and has %i message after a crash'),
  works(
    'WAL_PATH',
    './data/direct_delivery.wal',
    'names by its folder where the broker keeps everything, and where the commands find it',
    'not set means ./data, as it did',
  ),
  works(
    'WAL_SEGMENT_MAX_BYTES',
    '4194304',
    'is the size of the files of the journal',
    'at its earlier default goes with messages that such a file can hold, and says so',
  ),
  works(
    'WAL_DURABILITY_MODE',
    'local_fsync',
    'local_fsync confirms what is on disk',
    '%s is refused by its name: it would be believed in',
  ),
  refused('WAL_REPLICATION_MIRROR_DIR', '', './mirror'),
  works(
    'ROUTE_CATALOG_PATH',
    './data/routes.catalog.json',
    'names the catalog whose routes count from the start',
    'not set means routes.catalog.json in ./data, as it did',
  ),
  works(
    'MAX_INFLIGHT_PER_CONSUMER',
    '1024',
    'bounds a consumer that asks for %i: no more is under way until it acknowledges',
  ),
  refusedAt('MAX_PER_TOPIC_QUEUE', '256', '0'),
  pressing(
    'MAX_QUEUED_DIRECT',
    '4096',
    '%s bounds what waits and what there is in all: the next publish is refused, and taken when there is room again',
  ),
  pressing(
    'MAX_GLOBAL_INGRESS',
    '8192',
    '%s bounds what waits and what there is in all: the next publish is refused, and taken when there is room again',
  ),
  pressing('TENANT_QUOTAS_JSON', '', 'bounds what a tenant has in queues, has waiting and has with consumers'),
  pressing(
    'QUEUE_POLICY_ENABLED',
    'false',
    'sheds the lowest class when the backlog reaches its fraction, and shows the level in status',
  ),
  pressing(
    'QUEUE_POLICY_EVALUATION_INTERVAL_MS',
    '2000',
    'sheds the lowest class when the backlog reaches its fraction, and shows the level in status',
  ),
  pressing(
    'QUEUE_POLICY_MIN_HOLD_MS',
    '5000',
    'sheds the lowest class when the backlog reaches its fraction, and shows the level in status',
  ),
  pressing(
    'QUEUE_POLICY_MEMORY_LIMIT_BYTES',
    '536870912',
    'sheds the lowest class when the backlog reaches its fraction, and shows the level in status',
  ),
  works(
    'DIRECT_PRIORITY_CLASSES',
    'urgent,high,normal,low',
    'are the classes, the highest first, whatever is published first',
  ),
  works('DIRECT_PRIORITY_WEIGHTS', '', 'share as the weights say where there is no preemption'),
  works('DIRECT_PRIORITY_PREEMPTION', 'true', 'share as the weights say where there is no preemption'),
  works('DIRECT_PRIORITY_BOOST_THRESHOLD', '8', 'boost a class that waits after so many messages of others'),
  works('DIRECT_PRIORITY_BOOST_OFFSET', '1000', 'boost a class that waits after so many messages of others'),
  refusedAt('QUEUE_POLICY_RETRY_RATE_HIGH_WATERMARK', '4.0', '0.0'),
  refusedAt('QUEUE_POLICY_QUEUE_GROWTH_HIGH_WATERMARK', '32.0', '0'),
  refusedAt('QUEUE_POLICY_CONSUMER_LAG_HIGH_WATERMARK', '256', '0'),
  pressing(
    'QUEUE_POLICY_MEMORY_PRESSURE_HIGH_WATERMARK',
    '0.85',
    'sheds the lowest class when the backlog reaches its fraction, and shows the level in status',
  ),
  refusedAt('QUEUE_POLICY_INFLIGHT_STEP', '32', '0'),
  refusedAt('QUEUE_POLICY_QUEUE_STEP', '32', '0'),
  refusedAt('QUEUE_POLICY_MIN_INFLIGHT_PER_CONSUMER', '128', '0'),
  refused('QUEUE_POLICY_MAX_INFLIGHT_PER_CONSUMER', 'MAX_INFLIGHT_PER_CONSUMER', '1024', '0'),
  refusedAt('QUEUE_POLICY_MIN_PER_TOPIC_QUEUE', '64', '0'),
  refused('QUEUE_POLICY_MAX_PER_TOPIC_QUEUE', 'MAX_PER_TOPIC_QUEUE', '256', '0'),
  refusedAt('QUEUE_POLICY_ADAPTIVE_PRIORITY_WEIGHTS', 'true', 'false'),
  refusedAt('QUEUE_POLICY_ADAPTIVE_STEP', '1', '0'),
  refusedAt('QUEUE_POLICY_AGING_ENABLED', 'true', 'false'),
  refusedAt('QUEUE_POLICY_AGING_BOOST_AFTER_MS', '15000', '0'),
  pressing(
    'QUEUE_POLICY_CLASS_CIRCUIT_BREAKER',
    'true',
    'sheds the lowest class when the backlog reaches its fraction, and shows the level in status',
  ),
  pressing(
    'QUEUE_POLICY_CLASS_BREAKER_QUEUE_FRACTION',
    '0.8',
    'sheds the lowest class when the backlog reaches its fraction, and shows the level in status',
  ),
  { ...works('FASTPATH_SIDECAR_ENABLED', 'false', 'not set, nothing is asked of any sidecar'), tests: SIDECAR_TESTS },
  { ...works('FASTPATH_SOCKET_PATH', '/tmp/tachyon-fastpath.sock'), tests: SIDECAR_TESTS },
  { ...works('FASTPATH_CUTOVER_BYTES', '262144'), tests: SIDECAR_TESTS },
  works('FASTPATH_REQUIRE', 'false', 'FASTPATH_REQUIRE refuses what a sidecar does not do, and the start without one'),
  works(
    'FASTPATH_FALLBACK_TO_GO',
    'true',
    'FASTPATH_FALLBACK_TO_GO=%s decides where a sidecar was asked and is silent',
  ),

  ofGateway('SESSION_SNAPSHOT_PATH', 'sessions'),
  ofGateway('DLQ_STORE_PATH', 'dlq'),
  ofGateway('SCHEDULED_STORE_PATH', 'scheduled'),
  ofGateway('AUDIT_STORE_PATH', 'audit'),
  ofGateway('WAL_SEGMENTS_PATH', 'segments'),
  {
    name: 'ADMIN_TOKEN',
    byDefault: '',
    here: 'works',
    tests: [
      [
        'api-gateway/earlier-requests.e2e.test.ts',
        'is the X-Admin-Token of every one of them; without it, or with another, all are refused alike',
      ],
    ],
    rows: [['compatibility', 'no `ADMIN_TOKEN`']],
  },

  ofScript('GO_BIN', 'go'),
  ofScript('OFFLINE_PKGS', './cmd/aetherbus'),
  ofScript('POLICY_RULESET', 'default'),
  ofScript('DRIFT_EXPORT_DIR', ''),
  ofScript('AUTO_ROLLBACK_CMD', ''),
];

/** What else was said of settings: how they were read, what was fixed, and what broker and gateway shared. */
export const EARLIER_SETTINGS: readonly EarlierWord[] = [
  {
    word: 'a wrong value becomes the default',
    said: ['DELIVERY_TIMEOUT_MS'],
    tests: [['internal/app/config/load.test.ts', 'of %s that it may not have are refused by name']],
    rows: [['compatibility', 'a wrong value']],
  },
  {
    word: 'booleans of ParseBool: true',
    said: ["'1', 't', 'T', 'TRUE', 'true', 'True'"],
    tests: [['internal/app/config/load.test.ts', '%s is true']],
  },
  {
    word: 'booleans of ParseBool: false',
    said: ["'0', 'f', 'F', 'FALSE', 'false', 'False'"],
    tests: [['internal/app/config/load.test.ts', '%s is false']],
  },
  {
    word: 'at most 3 attempts, snapshots of 5 minutes, bodies of any size',
    rows: [['compatibility', 'attempts, session snapshots, size of a body']],
  },
  { word: 'a poll every 250 ms', rows: [['compatibility', 'a look at all deadlines every 250 ms']] },
  { word: 'schedules up to 365 days ahead', rows: [['compatibility', 'scheduled delivery, up to 365 days ahead']] },
  { word: 'the change-data exporter', rows: [['compatibility', 'change-data exporter']] },
  {
    word: 'the WAL_PATH of the gateway',
    said: [],
    tests: [UNREAD],
    rows: [['compatibility', '`WAL_PATH` of the gateway']],
  },
  {
    word: 'the ROUTE_CATALOG_PATH of the gateway',
    said: [],
    tests: [UNREAD],
    rows: [['compatibility', '`ROUTE_CATALOG_PATH` of the gateway']],
  },
  {
    word: '0.0.0.0:8000',
    said: ["host: '127.0.0.1'", 'port: 8000'],
    tests: [['api-gateway/config.test.ts', 'listens for this machine on port 8000 when nothing is said']],
    rows: [['compatibility', 'address of the gateway']],
  },
];
