// What a broker says, in the least words that the schemas take: for tests where what it says is not the point.

export const STATUS = {
  version: 'test',
  counters: {},
  queues: 1,
  routes: 1,
  sessions: 1,
  depth: 5,
  leased: 2,
  waiting_retry: 1,
  dead_letters: 1,
  oldest_unacked_ms: 60_000,
  journal: {},
};

export const QUEUE = {
  queue: 'orders',
  tenant_id: '',
  depth: 5,
  ready: 2,
  leased: 2,
  waiting_retry: 1,
  dead_letters: 1,
  bytes: 10,
  consumers: 1,
  oldest_unacked_ms: 60_000,
  origin: 'operator',
  patterns: ['orders.>'],
  patterns_total: 1,
};

export const LETTER = {
  message_id: 'msg-123',
  consumer_id: 'worker-1',
  tenant_id: '',
  topic: 'orders.created',
  payload: 'aGk=',
  priority: '',
  enqueue_sequence: 7,
  attempt: 3,
  reason: 'no stock',
  dead_lettered_at: '2026-03-21T00:00:00.000Z',
  queue: 'orders',
  sequence: 7,
  cause: 'attempts_exhausted',
  deliveries: 3,
  failed_deliveries: 3,
  returned: 0,
};

export const SESSION = {
  session_id: '1',
  consumer_id: 'worker-1',
  tenant_id: '',
  live: true,
  resumable: true,
  supports_ack: true,
  queues: ['orders'],
  max_inflight: 10,
  inflight: 2,
  inflight_bytes: 20,
};

export const ROUTE = {
  pattern: 'orders.>',
  destination_id: 'orders',
  route_type: 'direct',
  priority: 0,
  enabled: true,
  tenant: '',
};

export const MESSAGE = {
  queue: 'orders',
  tenant_id: '',
  sequence: 9,
  status: 'ready',
  deliveries: 0,
  failed_deliveries: 0,
  returned: 0,
  accepted_at: '2026-03-21T00:00:00.000Z',
  message_id: 'm9',
  topic: 'orders.created',
};

export const EVENT = {
  event_id: 'audit_1',
  actor: 'ops@example.com',
  timestamp: '2026-03-21T01:00:00.000Z',
  operation: 'replay_dead_letter',
  target_message_ids: ['msg-123'],
  requested_reason: 'customer-approved replay',
  prev_hash: '',
  hash: 'aa',
};

export const page = (...items: readonly object[]) => ({ items, next: null });

/** An answer to every word that the overview asks. */
export const OVERVIEW_ANSWERS = {
  status: STATUS,
  'queues.list': page(QUEUE),
  'routes.list': page(ROUTE),
  'sessions.list': page(SESSION),
  'dlq.list': page(LETTER),
  'queues.browse': page(MESSAGE, { ...MESSAGE, sequence: 10, status: 'leased' }),
  'audit.list': page(EVENT),
};
