// Every setting of the broker, grouped by theme: one strict schema from which the configuration, the reference, the
// examples and the flags are made. The keys are those of the configuration file. A name that the earlier system had
// stays; where its default would hurt a queue on disk, `earlier` says so.

import * as z from 'zod';
import { BODY_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../../domain/queue-policy.ts';
import { audit } from './audit-schema.ts';
import { DEFAULT_DATA_FOLDER } from './data-folder.ts';
import { endpointFault } from './endpoint.ts';
import { fastpath } from './fastpath-schema.ts';
import { metrics } from './metrics-schema.ts';
import { automatic, boolean, bytes, checkedText, choice, count, fraction, milliseconds, path } from './setting.ts';
import { tracing } from './tracing-schema.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const endpoint = {
  expects: 'an endpoint such as tcp://127.0.0.1:5555 or ipc:///run/tachyon.sock',
  metavar: 'endpoint',
  faultOf: endpointFault,
};

const data = z.strictObject({
  folder: path(
    {
      env: 'DATA_DIR',
      flag: 'data-dir',
      text: 'Folder of the journal, the checkpoints and the admin socket; else the folder that holds WAL_PATH.',
    },
    DEFAULT_DATA_FOLDER,
    false,
  ),
});

const wire = z.strictObject({
  bindAddress: checkedText(
    {
      env: 'ZMQ_BIND_ADDRESS',
      flag: 'router',
      text: 'Where producers and consumers connect (ROUTER).',
      earlier: { value: 'tcp://127.0.0.1:5555' },
    },
    { ...endpoint, byDefault: 'tcp://127.0.0.1:5555' },
  ),
  pubAddress: checkedText(
    {
      env: 'ZMQ_PUB_ADDRESS',
      flag: 'pub',
      text: 'Where subscribers of fanout connect (PUB).',
      earlier: { value: 'tcp://127.0.0.1:5556' },
    },
    { ...endpoint, byDefault: 'tcp://127.0.0.1:5556' },
  ),
  transport: choice(
    {
      env: 'TRANSPORT',
      flag: 'transport',
      text: 'What speaks ZeroMQ here: the own ZMTP engine, or libzmq.',
    },
    ['zmtp', 'libzmq'],
    'zmtp',
  ),
  pubForm: choice(
    { env: 'PUB_FORM', text: 'Form in which every message leaves on PUB.' },
    ['event', 'envelope', 'frames'],
    'event',
  ),
  legacyBodies: boolean(
    { env: 'WIRE_LEGACY_BODIES', text: 'Guess the form of a body whose sender said neither hello nor a form.' },
    true,
  ),
  messageBytesMax: bytes(
    {
      env: 'MESSAGE_BYTES_MAX',
      text: 'Largest body of a message, as sent and when decompressed.',
      earlier: { value: 'no limit', why: 'a four-byte header could ask for 4 GiB of memory' },
    },
    { default: BODY_BYTES_MAX, min: KIB, max: BODY_BYTES_MAX },
  ),
  allowInsecureBind: boolean(
    {
      env: 'ALLOW_INSECURE_BIND',
      flag: 'allow-insecure-bind',
      text: 'Allow an endpoint that other machines reach, although there is no authentication.',
      earlier: { value: 'always', why: 'whoever reaches the port can read and acknowledge everything' },
    },
    false,
  ),
  trustClientTenant: boolean(
    {
      env: 'TRUST_CLIENT_TENANT',
      text: 'Let clients name their tenant.',
      earlier: { value: 'always', why: 'a tenant is no wall while clients name it themselves' },
    },
    false,
  ),
});

const journal = z.strictObject({
  enabled: boolean(
    {
      env: 'WAL_ENABLED',
      flag: 'wal-enabled',
      text: 'Keep messages on disk; off, they live in memory and confirms say so.',
      earlier: { value: 'false', why: 'accepted means on disk' },
    },
    true,
  ),
  durabilityMode: choice(
    { env: 'WAL_DURABILITY_MODE', text: 'What a confirm waits for.', earlier: { value: 'local_fsync' } },
    ['local_fsync'],
    'local_fsync',
    ['replicated', 'local_and_replicated'],
  ),
  segmentBytesMax: bytes(
    {
      env: 'WAL_SEGMENT_MAX_BYTES',
      text: 'Size of a journal file, prepared in full before it is used.',
      earlier: {
        value: '4194304',
        why: 'a journal file holds at least one message of the largest size, and is prepared ahead',
      },
    },
    { default: 64 * MIB, min: MIB, max: GIB },
  ),
  checkpointBytes: bytes(
    { env: 'CHECKPOINT_BYTES', text: 'Journal written between two checkpoints: what a restart replays at most.' },
    { default: 64 * MIB, min: 64 * KIB, max: 16 * GIB },
  ),
  tailCacheBytes: bytes(
    { env: 'TAIL_CACHE_BYTES', text: 'Memory for the newest messages, which consumers that keep up are served from.' },
    { default: 32 * MIB, min: MIB, max: 8 * GIB },
  ),
  readCacheBytes: bytes(
    { env: 'READ_CACHE_BYTES', text: 'Memory for messages read back from disk ahead of their delivery.' },
    { default: 32 * MIB, min: MIB, max: 8 * GIB },
  ),
  diskBytesMax: bytes(
    { env: 'DISK_BYTES_MAX', text: 'Disk that the journal may use.' },
    { default: 0, min: 4 * MIB, max: 2 ** 50, zero: 'all that the disk has' },
  ),
});

const delivery = z.strictObject({
  leaseMs: milliseconds(
    {
      env: 'DELIVERY_TIMEOUT_MS',
      text: 'Time that a consumer has for a message before it is delivered again.',
      earlier: { value: '30000' },
    },
    { default: DEFAULT_QUEUE_POLICY.leaseMs, min: 100, max: 7 * DAY_MS },
  ),
  windowMessagesMax: count(
    {
      env: 'MAX_INFLIGHT_PER_CONSUMER',
      text: 'Messages that one consumer may hold unacknowledged.',
      earlier: { value: '1024' },
    },
    { default: 1024, min: 1, max: 65_536 },
  ),
  windowBytesMax: bytes(
    { env: 'WINDOW_BYTES_MAX', text: 'Bytes that one consumer may hold unacknowledged.' },
    { default: 16 * MIB, min: 64 * KIB, max: GIB },
  ),
  attemptsMax: count(
    {
      env: 'RETRY_ATTEMPTS_MAX',
      text: 'Failed attempts after which a message is dead-lettered.',
      earlier: { value: '3, fixed' },
    },
    { default: DEFAULT_QUEUE_POLICY.attemptsMax, min: 1, max: 255 },
  ),
  returnsMax: count(
    { env: 'RETURNS_MAX', text: 'Returns without a failure (consumer gone) after which a message is dead-lettered.' },
    { default: DEFAULT_QUEUE_POLICY.returnsMax, min: 1, max: 65_535 },
  ),
  backoffInitialMs: milliseconds(
    {
      env: 'RETRY_BACKOFF_INITIAL_MS',
      text: 'Delay before the second attempt.',
      earlier: { value: 'DELIVERY_TIMEOUT_MS, always', why: 'a short fault is over long before 30 seconds' },
    },
    { default: DEFAULT_QUEUE_POLICY.backoffInitialMs, min: 0, max: DAY_MS },
  ),
  backoffMaxMs: milliseconds(
    { env: 'RETRY_BACKOFF_MAX_MS', text: 'Longest delay before a further attempt.' },
    { default: DEFAULT_QUEUE_POLICY.backoffMaxMs, min: 0, max: 7 * DAY_MS },
  ),
  backoffFactor: fraction(
    { env: 'RETRY_BACKOFF_FACTOR', text: 'What each delay is multiplied by for the next.' },
    { default: DEFAULT_QUEUE_POLICY.backoffFactor, min: 1, max: 100 },
  ),
  backoffJitter: fraction(
    { env: 'RETRY_JITTER', text: 'Share of a delay that chance may take away.' },
    { default: DEFAULT_QUEUE_POLICY.backoffJitter, min: 0, max: 1 },
  ),
});

const sessions = z.strictObject({
  graceMs: milliseconds(
    {
      env: 'SESSION_GRACE_MS',
      text: 'Time that a resumable session keeps its deliveries after its consumer is gone.',
      earlier: { value: '300000, fixed', why: 'others wait for the messages that a gone consumer holds' },
    },
    { default: 10_000, min: 0, max: DAY_MS },
  ),
  heartbeatIntervalMs: milliseconds(
    {
      env: 'HEARTBEAT_INTERVAL_MS',
      text: 'Interval at which both sides say that they live; unset, at most a quarter of DELIVERY_TIMEOUT_MS.',
    },
    { default: 2000, min: 25, max: 5 * MINUTE_MS },
  ),
  heartbeatMisses: count(
    { env: 'HEARTBEAT_MISSES', text: 'Silent intervals after which a consumer is gone.' },
    { default: 5, min: 2, max: 100 },
  ),
  max: count(
    { env: 'MAX_SESSIONS', text: 'Consumer sessions at one time.' },
    { default: 10_000, min: 1, max: 1_000_000 },
  ),
});

const producers = z.strictObject({
  max: count(
    { env: 'MAX_PRODUCERS', text: 'Producers whose sequences are remembered, about 2 KiB of memory each.' },
    { default: 10_000, min: 1, max: 1_000_000 },
  ),
  expireMs: milliseconds(
    { env: 'PRODUCER_EXPIRE_MS', text: 'Idle time after which a producer is forgotten.' },
    { default: DAY_MS, min: 1000, max: 365 * DAY_MS },
  ),
});

const queues = z.strictObject({
  max: count({ env: 'MAX_QUEUES', text: 'Queues at one time.' }, { default: 10_000, min: 1, max: 1_000_000 }),
  expireMs: milliseconds(
    {
      env: 'QUEUE_EXPIRE_MS',
      text: 'Time after its last consumer at which an empty queue that a registration made is removed.',
    },
    { default: DAY_MS, min: 100, max: 365 * DAY_MS, zero: 'never' },
  ),
  deadLettersMax: count(
    { env: 'DLQ_RECORDS_MAX', text: 'Dead letters kept.' },
    { default: 100_000, min: 1, max: 10_000_000 },
  ),
  deadLetterBytesMax: bytes(
    { env: 'DLQ_BYTES_MAX', text: 'Bytes of dead letters kept.' },
    { default: 0, min: MIB, max: 1024 * GIB, zero: 'no bound of its own' },
  ),
  deadLetterAgeMs: milliseconds(
    { env: 'DLQ_MAX_AGE_MS', text: 'Age at which a dead letter is removed, and recorded in the audit log.' },
    { default: 0, min: 1000, max: 3650 * DAY_MS, zero: 'never' },
  ),
  deadLettersFull: choice(
    {
      env: 'DLQ_FULL_POLICY',
      text: 'At the bounds of count and bytes: keep what is there, so that messages stay in their queues and are tried again, or drop the oldest.',
    },
    ['keep', 'drop-oldest'],
    'keep',
  ),
});

const routes = z.strictObject({
  max: count({ env: 'MAX_ROUTES', text: 'Routes at one time.' }, { default: 200_000, min: 1, max: 2_000_000 }),
  catalogPath: path(
    {
      env: 'ROUTE_CATALOG_PATH',
      text: 'Routes imported at the start, where the file exists; it is never written.',
      earlier: { value: './data/routes.catalog.json' },
    },
    'routes.catalog.json in the data folder',
    true,
  ),
});

const shutdown = z.strictObject({
  drainTimeoutMs: milliseconds(
    {
      env: 'DRAIN_TIMEOUT_MS',
      text: 'Time for deliveries in flight to be settled after SIGTERM.',
      earlier: { value: '0, fixed', why: 'what was in flight was lost or sent twice' },
    },
    { default: 10_000, min: 0, max: HOUR_MS },
  ),
});

const log = z.strictObject({
  level: choice(
    { env: 'LOG_LEVEL', flag: 'log-level', text: 'Least severe line that is written.' },
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
  ),
  pretty: automatic({
    env: 'LOG_PRETTY',
    flag: 'log-pretty',
    text: 'Lines for people instead of JSON; auto: on a terminal.',
  }),
});

export const settingsSchema = z.strictObject({
  data,
  wire,
  journal,
  delivery,
  sessions,
  producers,
  queues,
  routes,
  audit,
  fastpath,
  shutdown,
  metrics,
  tracing,
  log,
});

/** What each group is about, for the reference and the examples. */
export const GROUP_TEXTS: Readonly<Record<keyof typeof settingsSchema.shape, string>> = {
  data: 'Data folder',
  wire: 'Endpoints and what may come in',
  journal: 'The journal and its memory',
  delivery: 'Leases, windows and retries, where a queue states no policy of its own',
  sessions: 'Consumers and their sessions',
  producers: 'Producers that said hello',
  queues: 'Queues and dead letters',
  routes: 'Routes',
  audit: 'The audit log',
  fastpath: 'The sidecar for large bodies',
  shutdown: 'Stopping',
  metrics: 'Health and metrics',
  tracing: 'Traces of messages',
  log: 'The log',
};

export type Settings = z.output<typeof settingsSchema>;
