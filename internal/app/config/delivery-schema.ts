// Settings of delivery: leases, windows, retries, and those who take part in it.

import * as z from 'zod';
import { DEFAULT_QUEUE_POLICY } from '../../domain/queue-policy.ts';
import { bytes, count, fraction, milliseconds } from './setting.ts';
import { DAY_MS, GIB, KIB, MIB, MINUTE_MS } from './units.ts';

export const delivery = z.strictObject({
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

export const sessions = z.strictObject({
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

export const producers = z.strictObject({
  max: count(
    { env: 'MAX_PRODUCERS', text: 'Producers whose sequences are remembered, about 2 KiB of memory each.' },
    { default: 10_000, min: 1, max: 1_000_000 },
  ),
  expireMs: milliseconds(
    { env: 'PRODUCER_EXPIRE_MS', text: 'Idle time after which a producer is forgotten.' },
    { default: DAY_MS, min: 1000, max: 365 * DAY_MS },
  ),
});
