// Every method and path of the earlier gateway.

import type { EarlierWord, RowName, TestName } from './proof.ts';

type Method = 'GET' | 'POST' | 'WS';

export interface EarlierRequest extends EarlierWord {
  readonly method: Method;
  readonly path: string;
  /** Whom it answers here: whoever has a token, everybody, or nobody. */
  readonly answers: 'token' | 'everybody' | 'nobody';
}

const FILE = 'api-gateway/earlier-requests.e2e.test.ts';
const LETTERS_FILE = 'api-gateway/earlier-dead-letters.e2e.test.ts';
const TOKENS: TestName = [
  FILE,
  'is the X-Admin-Token of every one of them; without it, or with another, all are refused alike',
];

const fileOf = (path: string): string => (/dlq|dead-letters|actions/.test(path) ? LETTERS_FILE : FILE);

const request = (
  method: Method,
  path: string,
  answers: EarlierRequest['answers'],
  title: string,
  row?: RowName,
): EarlierRequest => ({
  method,
  path,
  answers,
  word: `${method} ${path}`,
  said: [path.replace(/\{.*/, '')],
  tests: answers === 'token' ? [[fileOf(path), title], TOKENS] : [[FILE, title]],
  ...(row === undefined ? {} : { rows: [row] }),
});

const NOT_OURS = 'that had nothing to do with messages say that they are not here, and open no socket';
const notOurs = (method: Method, path: string): EarlierRequest =>
  request(method, path, 'nobody', NOT_OURS, ['compatibility', 'contracts, alerts, minting and their feed']);

const OPEN_BEFORE: RowName = ['compatibility', 'reads and the WebSocket without a token'];
const view = (path: string, title: string): EarlierRequest => ({
  ...request('GET', `/api/broker-admin/${path}`, 'token', title, OPEN_BEFORE),
  said: [path === 'transitions' ? 'at(`transitions' : `at('${path}')`],
});

const LISTS = 'GET %s lists records by consumer_id, topic and reason, with payload_b64';
const REPLAYS = 'POST %s replays to the restated target, and names each failure';
const PURGES = 'POST %s purges by message_ids or by filter, and never all by a slip';
const EVENTS = 'GET %s finds events by message_id, actor, start and end';

export const EARLIER_REQUESTS: readonly EarlierRequest[] = [
  {
    ...request('GET', '/', 'everybody', 'GET / and GET /broker-admin lead to the page', [
      'compatibility',
      'landing page and operator page',
    ]),
    said: ['gateway.url}/`'],
  },
  request('GET', '/broker-admin', 'everybody', 'GET / and GET /broker-admin lead to the page', [
    'compatibility',
    'landing page and operator page',
  ]),
  notOurs('GET', '/api/system/overview'),
  notOurs('POST', '/api/contracts/load'),
  notOurs('POST', '/api/system/alerts'),
  notOurs('POST', '/api/genesis/mint'),
  view('overview', 'overview tells all of it at once'),
  view('routes', 'routes are those of the broker'),
  view('sessions', 'sessions tell who is there, and how it is'),
  view('backlog', 'backlog counts what is under way, what waits and what died'),
  view('deferred', 'deferred counts and lists what waits'),
  view('transitions', 'transitions are the last twelve, or as many as limit says'),
  request('GET', '/api/broker-admin/dead-letters', 'token', LISTS, OPEN_BEFORE),
  request('GET', '/api/admin/dlq/records', 'token', LISTS),
  request(
    'GET',
    '/api/admin/dlq/records/{message_id}',
    'token',
    'GET /api/admin/dlq/records/{message_id} shows one, or is 404',
  ),
  request('POST', '/api/admin/dlq/replay', 'token', REPLAYS),
  request('POST', '/api/broker-admin/actions/replay', 'token', REPLAYS),
  request('POST', '/api/admin/dlq/purge', 'token', PURGES),
  request('POST', '/api/broker-admin/actions/purge', 'token', PURGES),
  request(
    'POST',
    '/api/admin/dlq/dead-letter',
    'token',
    'POST /api/admin/dlq/dead-letter makes a record of all its fields',
  ),
  request('GET', '/api/admin/audit/events', 'token', EVENTS, ['compatibility', '`start` and `end` of audit events']),
  request('GET', '/api/broker-admin/audit/events', 'token', EVENTS),
  notOurs('WS', '/ws/feed'),
  request('WS', '/ws/broker-admin', 'token', 'WS /ws/broker-admin sends the overview at once, and again', OPEN_BEFORE),
];
