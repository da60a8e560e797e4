// The words of a consumer's session: register, registered, heartbeat, deregister, deregistered, fetch, fetched, and
// leases_ended.
// The earlier system's forms are read too: a missing tenant is the default one, unknown fields are ignored.

import type { ErrorCode } from '../errors.ts';
import { FETCH_WAIT_MS_MAX, ITEMS_MAX, SUBSCRIPTIONS_MAX, TOKEN_BYTES_MAX } from '../limits.ts';
import { NAME_BYTES_MAX, TOPIC_BYTES_MAX } from '../topic.ts';
import {
  type Codec,
  count,
  errorCode,
  flag,
  id,
  list,
  maybe,
  need,
  nullable,
  oneOf,
  record,
  text,
  whole,
} from './codec.ts';

export type DeliveryForm = 'frames' | 'envelope' | 'event';

export interface ConsumerCapabilities {
  /** False: at most once, settled before the hand-over. */
  readonly supportsAck: boolean;
  readonly supportsCompression: readonly string[];
  readonly supportsCodec: readonly string[];
  /** Leases wait for a reconnect with the session token. */
  readonly resumable: boolean;
  /** 0 or less: as many as the broker grants. */
  readonly maxInflight: number;
}

/** What may be leased at once. `messages` 0: nothing is pushed, the consumer fetches. Null: what the broker grants. */
export interface WindowWish {
  readonly messages: number | null;
  readonly bytes: number | null;
}

export interface ConsumerRegister {
  readonly type: 'consumer.register';
  readonly tenantId: string;
  readonly consumerId: string;
  readonly mode: string;
  readonly subscriptions: readonly string[];
  readonly queue: string | null;
  /** Null: frames after hello, event without. */
  readonly form: DeliveryForm | null;
  readonly window: WindowWish | null;
  readonly capabilities: ConsumerCapabilities;
  readonly sessionToken: string | null;
}

export interface RegisteredQueue {
  readonly index: number;
  readonly name: string;
  readonly patterns: readonly string[];
  /** How long a delivery of this queue is leased; 0: not told. */
  readonly leaseMs: number;
}

export interface ConsumerRegistered {
  readonly type: 'consumer.registered';
  readonly status: string;
  readonly consumerId: string;
  readonly sessionId: number;
  readonly sessionToken: string;
  /** The session of the token was taken up again, with its leases. */
  readonly resumed: boolean;
  readonly heartbeatMs: number;
  readonly window: { readonly messages: number; readonly bytes: number };
  readonly queues: readonly RegisteredQueue[];
}

/** Names a session of this connection: by its id, else by its consumer, else the only one. */
interface SessionName {
  readonly tenantId: string;
  readonly consumerId: string;
  readonly sessionId: number | null;
}

export interface ConsumerHeartbeat extends SessionName {
  readonly type: 'consumer.heartbeat';
}

export interface ConsumerDeregister extends SessionName {
  readonly type: 'consumer.deregister';
}

export interface ConsumerDeregistered {
  readonly type: 'consumer.deregistered';
  readonly consumerId: string;
  readonly sessionId: number;
}

export interface ConsumerFetch extends SessionName {
  readonly type: 'consumer.fetch';
  readonly count: number;
  readonly waitMs: number;
  /** The consumer's own number of this fetch; null: none. */
  readonly request: number | null;
}

/** A fetch has ended with fewer messages than it asked for; those came before this word. */
export interface ConsumerFetched {
  readonly type: 'consumer.fetched';
  readonly consumerId: string;
  readonly request: number | null;
  readonly count: number;
  readonly delivered: number;
}

/** Deliveries that are nobody's any more, through no doing of the consumer: there is nothing left to settle. */
export interface ConsumerLeasesEnded {
  readonly type: 'consumer.leases_ended';
  readonly consumerId: string;
  readonly code: ErrorCode;
  readonly queue: string;
  readonly deliveries: readonly number[];
}

const NAMES_MAX = 64;
const NONE: readonly string[] = [];
const name = text(NAME_BYTES_MAX);
const names = list(name, NAMES_MAX);

export const CAPABILITIES_DEFAULT: ConsumerCapabilities = {
  supportsAck: true,
  supportsCompression: NONE,
  supportsCodec: NONE,
  resumable: false,
  maxInflight: 0,
};

const capabilities = record<ConsumerCapabilities>({
  supportsAck: maybe('supports_ack', flag, true),
  supportsCompression: maybe('supports_compression', names, NONE),
  supportsCodec: maybe('supports_codec', names, NONE),
  resumable: maybe('resumable', flag, false),
  maxInflight: maybe('max_inflight', whole(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), 0),
});

const windowWish = record<WindowWish>({
  messages: maybe('messages', nullable(count), null),
  bytes: maybe('bytes', nullable(count), null),
});

/** A session id given as empty text is none: some clients always send the field. */
const sessionId: Codec<number | null> = {
  read: (value, at, misfit) => (value === '' ? null : id.read(value, at, misfit)),
  write: (value) => (value === null ? null : id.write(value)),
};

export const sessionField = maybe('session_id', sessionId, null);
export const tenantField = maybe('tenant_id', name, '');
const requestField = maybe('request', nullable(whole(0, 0xffff_ffff)), null);
export const consumerField = maybe('consumer_id', name, '');

/** A secret given as empty text is none, as a session id is. */
const token: Codec<string | null> = {
  read: (value, at, misfit) => (value === '' ? null : text(TOKEN_BYTES_MAX).read(value, at, misfit)),
  write: (value) => value,
};

export const register: Codec<Omit<ConsumerRegister, 'type'>> = record<Omit<ConsumerRegister, 'type'>>({
  tenantId: tenantField,
  consumerId: need('consumer_id', name),
  mode: maybe('mode', name, 'direct'),
  subscriptions: maybe('subscriptions', list(text(TOPIC_BYTES_MAX), SUBSCRIPTIONS_MAX), NONE),
  queue: maybe('queue', nullable(name), null),
  form: maybe('form', nullable(oneOf('frames', 'envelope', 'event')), null),
  window: maybe('window', nullable(windowWish), null),
  capabilities: maybe('capabilities', capabilities, CAPABILITIES_DEFAULT),
  sessionToken: maybe('session_token', token, null),
});

const sessionName = { tenantId: tenantField, consumerId: consumerField, sessionId: sessionField };

export const heartbeat: Codec<Omit<ConsumerHeartbeat, 'type'>> = record<Omit<ConsumerHeartbeat, 'type'>>(sessionName);
export const deregister: Codec<Omit<ConsumerDeregister, 'type'>> =
  record<Omit<ConsumerDeregister, 'type'>>(sessionName);

export const fetch: Codec<Omit<ConsumerFetch, 'type'>> = record<Omit<ConsumerFetch, 'type'>>({
  ...sessionName,
  count: need('count', whole(1, ITEMS_MAX)),
  waitMs: maybe('wait_ms', whole(0, FETCH_WAIT_MS_MAX), 0),
  request: requestField,
});

export const fetched: Codec<Omit<ConsumerFetched, 'type'>> = record<Omit<ConsumerFetched, 'type'>>({
  consumerId: need('consumer_id', name),
  request: requestField,
  count: need('count', whole(1, ITEMS_MAX)),
  delivered: need('delivered', whole(0, ITEMS_MAX)),
});

export const leasesEnded: Codec<Omit<ConsumerLeasesEnded, 'type'>> = record<Omit<ConsumerLeasesEnded, 'type'>>({
  consumerId: need('consumer_id', name),
  code: need('code', errorCode),
  queue: need('queue', name),
  deliveries: need('deliveries', list(id, ITEMS_MAX)),
});

const granted = record<ConsumerRegistered['window']>({
  messages: need('messages', count),
  bytes: need('bytes', count),
});

const queue = record<RegisteredQueue>({
  index: need('index', whole(0, 0xffff)),
  name: need('name', name),
  patterns: maybe('patterns', list(text(TOPIC_BYTES_MAX), SUBSCRIPTIONS_MAX), NONE),
  leaseMs: maybe('lease_ms', count, 0),
});

export const registered: Codec<Omit<ConsumerRegistered, 'type'>> = record<Omit<ConsumerRegistered, 'type'>>({
  status: need('status', name),
  consumerId: need('consumer_id', name),
  sessionId: need('session_id', id),
  sessionToken: need('session_token', text(TOKEN_BYTES_MAX)),
  resumed: maybe('resumed', flag, false),
  heartbeatMs: need('heartbeat_interval_ms', count),
  window: need('window', granted),
  queues: need('queues', list(queue, SUBSCRIPTIONS_MAX)),
});

export const deregistered: Codec<Omit<ConsumerDeregistered, 'type'>> = record<Omit<ConsumerDeregistered, 'type'>>({
  consumerId: need('consumer_id', name),
  sessionId: need('session_id', id),
});
