// Every sub-command of the earlier command line with its options, their defaults, and what it printed; and the fields of its
// audit log.

import type { EarlierWord, RowName, TestName } from './proof.ts';

const WORDS_TEST = 'cmd/tachyon/earlier-words.e2e.test.ts';
const PRINTED: TestName = ['cmd/tachyon/dlq.e2e.test.ts', 'run verbatim, and print JSON where no terminal is'];
const ENDS: TestName = [
  WORDS_TEST,
  'is 2 for words and options that nobody knows, with what is wrong on standard error',
];

const LIST =
  'prints an array of records with the earlier fields, by --consumer, --topic and --reason, alone and together';
const INSPECT = 'prints the one record of --id, which it needs';
const REPLAY = 'of --ids a,b to the restated target gives each to its consumer again, as if it had never been tried';
const REPLAY_WHY = 'records --actor and --reason, and names for each failure the record and why';
const REPLAY_CONFIRM = 'moves nothing when --confirm is "%s" instead of REPLAY';
const PURGE_IDS = 'takes away those of --ids a,b, and counts what was not there';
const PURGE = 'chooses by --consumer, --topic and --reason, and records --actor and --mutation-reason';
const PURGE_CONFIRM = 'takes nothing when --confirm is "%s" instead of PURGE';
const BY_HAND = 'makes a record of all that is said';
const BY_HAND_LEAST = 'needs --id and --topic, and has a default for all else';
const AUDIT = 'prints an array of events, by --id, --actor, --start and --end, alone and together';

const RECORD_FIELDS = [
  'message_id',
  'consumer_id',
  'session_id',
  'tenant_id',
  'topic',
  'payload',
  'priority',
  'enqueue_sequence',
  'attempt',
  'reason',
  'dead_lettered_at',
  'replay_count',
  'last_replay_at',
  'last_replay_target',
] as const;

/** An option and the test that says it; `byDefault` is what stands in the test for it. */
const option = (command: string, name: string, title: string, byDefault?: string, at = title): EarlierWord => ({
  word: `${command} ${name}`,
  said: byDefault === undefined ? [`'${name}`] : [`'${name}`, byDefault],
  tests:
    at === title
      ? [[WORDS_TEST, title]]
      : [
          [WORDS_TEST, title],
          [WORDS_TEST, at],
        ],
});

const changed = (word: string, ...cells: readonly string[]): EarlierWord => ({
  word,
  rows: cells.map((cell): RowName => ['compatibility', cell]),
});

export const EARLIER_COMMANDS: readonly EarlierWord[] = [
  {
    word: 'tachyon',
    said: ['tachyon.start(['],
    tests: [['cmd/tachyon/broker.e2e.test.ts', 'is what the bare command runs, with the earlier flag and without']],
    rows: [
      ['compatibility', '`tachyon` alone starts the broker'],
      ['compatibility', 'lines at start and stop'],
    ],
  },
  {
    word: 'tachyon --compress',
    said: ["'--compress'", "'--compress=false'"],
    tests: [['cmd/tachyon/broker.e2e.test.ts', 'is what the bare command runs, with the earlier flag and without']],
    rows: [['compatibility', '`--compress`']],
  },
  {
    word: 'SIGINT and SIGTERM',
    said: ['SIGTERM', 'SIGINT'],
    tests: [['cmd/tachyon/broker.e2e.test.ts', 'ends in order with 0 at %s, and takes its socket with it']],
    rows: [['compatibility', 'SIGINT, SIGTERM']],
  },
  changed('aetherbus-node', '`aetherbus-node`, `aetherbus`'),
  changed('aetherbus', '`aetherbus-node`, `aetherbus`'),
  changed('go_mod_recovery.sh', 'the recovery script and its variables'),

  { word: 'tachyon dlq list', tests: [PRINTED, [WORDS_TEST, LIST]] },
  option('dlq list', '--consumer', LIST),
  option('dlq list', '--topic', LIST),
  option('dlq list', '--reason', LIST),
  {
    word: 'the array and the fields of dlq list',
    said: RECORD_FIELDS.map((name) => `${name}: `),
    tests: [[WORDS_TEST, LIST]],
  },
  changed('the order and the bodies of dlq list', 'order of `dlq list`', 'bodies in `dlq list`'),
  changed('session_id', '`session_id` of a record'),

  { word: 'tachyon dlq inspect', tests: [PRINTED, [WORDS_TEST, INSPECT]] },
  option('dlq inspect', '--id', INSPECT, 'code: 2'),

  {
    word: 'tachyon dlq replay',
    tests: [PRINTED, [WORDS_TEST, REPLAY]],
    rows: [['compatibility', '`tachyon dlq replay`']],
  },
  option('dlq replay', '--ids', REPLAY, "'m1,m2'"),
  option('dlq replay', '--target-consumer', REPLAY_WHY),
  option('dlq replay', '--target-topic', REPLAY_WHY),
  option('dlq replay', '--actor', REPLAY_WHY, "actor: 'cli'", REPLAY),
  option('dlq replay', '--reason', REPLAY_WHY, "requested_reason: ''", REPLAY),
  option('dlq replay', '--confirm', REPLAY_CONFIRM, "'REPLAY'", REPLAY),
  {
    word: 'what dlq replay prints',
    said: [
      'requested: 2',
      'replayed: 2',
      'failed: 0',
      'failures: []',
      'record not found',
      'target consumer mismatch',
      'target topic mismatch',
    ],
    tests: [
      [WORDS_TEST, REPLAY],
      [WORDS_TEST, REPLAY_WHY],
    ],
    rows: [['compatibility', 'failures of a replay or a purge']],
  },

  {
    word: 'tachyon dlq purge',
    tests: [PRINTED, [WORDS_TEST, PURGE]],
    rows: [['compatibility', '`tachyon dlq purge`']],
  },
  option('dlq purge', '--ids', PURGE_IDS, "'m1,m2'"),
  option('dlq purge', '--consumer', PURGE),
  option('dlq purge', '--topic', PURGE),
  option('dlq purge', '--reason', PURGE),
  option('dlq purge', '--actor', PURGE, "actor: 'cli'"),
  option('dlq purge', '--mutation-reason', PURGE, "requested_reason: ''"),
  option('dlq purge', '--confirm', PURGE_CONFIRM, "'PURGE'", PURGE),
  {
    word: 'what dlq purge prints',
    said: ['requested: 2', 'purged: 2', 'failed: 0', 'failures: []'],
    tests: [[WORDS_TEST, PURGE_IDS]],
  },

  { word: 'tachyon dlq dead-letter', tests: [PRINTED, [WORDS_TEST, BY_HAND]] },
  option('dlq dead-letter', '--id', BY_HAND, 'code: 2', BY_HAND_LEAST),
  option('dlq dead-letter', '--topic', BY_HAND, 'code: 2', BY_HAND_LEAST),
  option('dlq dead-letter', '--consumer', BY_HAND),
  option('dlq dead-letter', '--session', BY_HAND, "session_id: ''", BY_HAND_LEAST),
  option('dlq dead-letter', '--payload', BY_HAND, "payload: ''", BY_HAND_LEAST),
  option('dlq dead-letter', '--priority', BY_HAND, "priority: ''", BY_HAND_LEAST),
  option('dlq dead-letter', '--dead-letter-reason', BY_HAND, "reason: 'manual_admin_action'", BY_HAND_LEAST),
  option('dlq dead-letter', '--actor', BY_HAND, "actor: 'cli'", BY_HAND_LEAST),
  option('dlq dead-letter', '--reason', BY_HAND, "requested_reason: ''", BY_HAND_LEAST),
  {
    word: 'a dead letter of an id that has one',
    said: [],
    tests: [[WORDS_TEST, 'of an id that is a dead letter already leaves that one as it is']],
    rows: [['compatibility', 'a dead letter by hand of an id that has one']],
  },

  { word: 'tachyon dlq audit', tests: [PRINTED, [WORDS_TEST, AUDIT]] },
  option('dlq audit', '--id', AUDIT),
  option('dlq audit', '--actor', AUDIT),
  option('dlq audit', '--start', AUDIT),
  option('dlq audit', '--end', AUDIT),
  {
    word: 'dlq audit without a log',
    said: ["records('audit')).toEqual([])"],
    tests: [[WORDS_TEST, AUDIT]],
    rows: [['compatibility', '`dlq audit` where nothing was done']],
  },

  {
    word: 'dlq audit has no refusals',
    said: ["outcome: 'CONFIRMATION_REQUIRED'"],
    tests: [[WORDS_TEST, REPLAY_CONFIRM]],
    rows: [['compatibility', 'refusals in `dlq audit`']],
  },
  {
    word: 'dlq works on the files of a stopped broker',
    said: ['code: 3'],
    tests: [[WORDS_TEST, 'is not 0 without a broker: nobody works on its files behind its back']],
    rows: [['compatibility', '`tachyon dlq` without a running broker']],
  },
  {
    word: 'exit codes 0, 1 and 2',
    said: ['code: 2'],
    tests: [ENDS, [WORDS_TEST, PURGE_IDS]],
    rows: [
      ['compatibility', 'exit code 0 whatever failed'],
      ['compatibility', 'errors on standard output, behind `DLQ command failed`'],
      ['compatibility', 'options with one hyphen (`-consumer w`)'],
    ],
  },
];

const AUDIT_FIELDS = 'has of each event the earlier fields, in a chain';

export const EARLIER_AUDIT_FIELDS: readonly EarlierWord[] = [
  'event_id',
  'actor',
  'timestamp',
  'operation',
  'target_message_ids',
  'requested_reason',
  'prior_state',
  'resulting_state',
  'prev_hash',
  'hash',
].map((word) => ({ word, said: [`${word}: `], tests: [[WORDS_TEST, AUDIT_FIELDS]] }));
