// A checkpoint's columns as the standing of single messages: what each was counted with, and what it waited for.

import { expect, it } from 'vitest';
import { asPosition, asQueueId } from '../../domain/ids.ts';
import { DEFAULT_QUEUE_POLICY } from '../../domain/queue-policy.ts';
import type { DecodedCapture } from '../../usecase/checkpoint/codec.ts';
import { standingsOf } from './standings.ts';

const Q = asQueueId(1);
const record = { attempt: 2, consumer: 'w1', atMs: 5, cause: 'nack_terminal', reason: 'bad' } as const;
const letter = { atMs: 5, cause: 'nack_terminal', reason: 'bad', history: [record] } as const;

const capture: DecodedCapture = {
  position: asPosition(9),
  scalars: {
    epoch: 1,
    nextSequence: 99,
    nextQueue: 2,
    nextRoute: 1,
    nextProducer: 1,
    nextSession: 6,
    reservedThrough: 100,
    imports: [],
    nextJob: 1,
    jobs: [],
    steered: [],
  },
  queues: [
    {
      id: Q,
      tenant: '',
      name: 'q',
      policy: DEFAULT_QUEUE_POLICY,
      origin: 'operator',
      idleSinceMs: 0,
      paused: false,
      draining: false,
      runs: [2, 4, 7, 8],
      counts: [2, 1, 0, 3, 1, 3, 4, 2, 1],
      dead: [[2, letter]],
      histories: [[3, [record]]],
    },
  ],
  routes: [],
  sessions: [],
  producers: [],
  // Of 3 what it waited for before it was leased, of 7 what it waited for before a replay.
  expiries: new Float64Array(0),
  retries: Float64Array.from([3, 4, 7].flatMap((sequence) => [50, Q, sequence, sequence === 4 ? 2 : 1])),
  schemas: [],
  copiesOwed: new Float64Array(0),
  crons: [],
  leases: Float64Array.from([11, Q, 3, 5, 60]),
};

it('tells the dead, the leased, those that wait, the ready, and those that are gone', () => {
  const places = [2, 3, 4, 7, 5, 9].map((sequence) => ({ queue: Q, sequence }));
  const nothing = { lease: null, retryAtMs: null, letter: null, history: [] };
  expect(standingsOf(capture, [...places, { queue: asQueueId(2), sequence: 2 }])).toEqual([
    { ...nothing, attempts: 1, returned: 0, letter, history: [record] },
    { ...nothing, attempts: 1, returned: 3, lease: { delivery: 11, session: 5, deadlineMs: 60 }, history: [record] },
    { ...nothing, attempts: 2, returned: 1, retryAtMs: 50 },
    { ...nothing, attempts: 0, returned: 0 },
    null,
    null,
    null,
  ]);
});
