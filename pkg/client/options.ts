// What a client is told when it is made, checked and filled in once.

import { checkName, TachyonError } from '../protocol/index.ts';
import { RECONNECT_DEFAULTS, type ReconnectOptions } from './link/backoff.ts';
import { type ClientTransport, isTransport, TRANSPORT_DEFAULT } from './link/transport.ts';
import { OUTSTANDING_MAX } from './publish/outstanding.ts';

export interface ConnectOptions {
  /** The broker's ROUTER. Default `tcp://127.0.0.1:5555`. */
  readonly router?: string;
  /** The broker's PUB, for `subscribe`. Default `tcp://127.0.0.1:5556`. */
  readonly pub?: string;
  /** Default `zmtp`, the engine of this package; `libzmq` needs the package `zeromq`. Either reaches any broker. */
  readonly transport?: ClientTransport;
  /** Default: the default tenant. */
  readonly tenant?: string;
  /** What people see of this client, and the beginning of made-up consumer ids. Default `aetherbus-tachyon`. */
  readonly name?: string;
  /** How long `connect`, `consume` and `subscribe` try, and how long a hello may go unanswered. Default 5,000. */
  readonly timeoutMs?: number;
  readonly reconnect?: ReconnectOptions;
  /** Unconfirmed messages kept for a republish, in bytes; one message may reach over it. Default 16 MiB. */
  readonly bufferBytes?: number;
  /** At the bound of `bufferBytes` or `maxOutstanding`, `publish` waits (default) or rejects with BUFFER_FULL. */
  readonly onFull?: 'wait' | 'reject';
  /**
   * Where a quota, a throttle or the load of the broker leaves no room: `wait` lets the broker hold publishes back, in their order,
   * until there is some; `reject` (default) rejects with QUOTA_EXCEEDED, THROTTLED, OVERLOADED or BUSY and `retryAfterMs`.
   */
  readonly onBrokerFull?: 'wait' | 'reject';
  /** Unconfirmed messages, at most and by default 16,384: in so many the broker can tell duplicates. */
  readonly maxOutstanding?: number;
  /**
   * Publishes that may wait for room; beyond it they reject with BUFFER_FULL. They hold your own values, nothing is copied
   * for them. Default 1,000,000.
   */
  readonly maxWaiting?: number;
}

export interface ClientSettings extends Required<ConnectOptions> {
  readonly reconnect: Required<ReconnectOptions>;
}

const DEFAULTS: ClientSettings = {
  router: 'tcp://127.0.0.1:5555',
  pub: 'tcp://127.0.0.1:5556',
  transport: TRANSPORT_DEFAULT,
  tenant: '',
  name: 'aetherbus-tachyon',
  timeoutMs: 5_000,
  reconnect: RECONNECT_DEFAULTS,
  bufferBytes: 16 * 1024 * 1024,
  onFull: 'wait',
  onBrokerFull: 'reject',
  maxOutstanding: OUTSTANDING_MAX,
  maxWaiting: 1_000_000,
};

/** Throws INVALID_ARGUMENT with the option's name. */
export function settingsOf(options: ConnectOptions): ClientSettings {
  const settings = { ...DEFAULTS, ...options, reconnect: { ...RECONNECT_DEFAULTS, ...options.reconnect } };
  const refuse = (name: string, why: string): never => {
    throw new TachyonError('INVALID_ARGUMENT', `${name}: ${why}`);
  };
  if (!isTransport(settings.transport)) refuse('transport', 'must be zmtp or libzmq');
  for (const name of ['router', 'pub'] as const) {
    if (!/^(tcp|ipc|inproc):\/\/./.test(settings[name])) refuse(name, 'must begin with tcp://, ipc:// or inproc://');
    if (settings.transport !== 'libzmq' && settings[name].startsWith('inproc:'))
      refuse(name, 'inproc:// is for transport libzmq alone');
  }
  for (const name of ['timeoutMs', 'bufferBytes', 'maxOutstanding'] as const) {
    if (!Number.isSafeInteger(settings[name]) || settings[name] < 1) refuse(name, 'must be a whole number from 1');
  }
  if (settings.maxOutstanding > OUTSTANDING_MAX) refuse('maxOutstanding', `at most ${OUTSTANDING_MAX}`);
  if (!(settings.maxWaiting >= 0)) refuse('maxWaiting', 'must not be negative');
  const { initialMs, maxMs, jitter } = settings.reconnect;
  if (!(initialMs >= 1 && maxMs >= initialMs)) refuse('reconnect', 'needs 1 <= initialMs <= maxMs');
  if (!(jitter >= 0 && jitter <= 1)) refuse('reconnect.jitter', 'must be from 0 to 1');
  if (settings.onFull !== 'wait' && settings.onFull !== 'reject') refuse('onFull', 'must be wait or reject');
  if (settings.tenant !== '' && checkName(settings.tenant) !== null) refuse('tenant', 'is no name');
  if (checkName(settings.name) !== null) refuse('name', 'is no name');
  return settings;
}
