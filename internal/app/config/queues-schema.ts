// Settings of queues and of dead letters.

import * as z from 'zod';
import { bytes, choice, count, milliseconds } from './setting.ts';
import { DAY_MS, GIB, MIB } from './units.ts';

export const queues = z.strictObject({
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
