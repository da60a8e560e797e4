// What operators did to a scheduled message, and which schedule published it, stands in its life.

import { expect, it } from 'vitest';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import type { Accepted, Event } from '../../domain/event.ts';
import { asCronId, asPosition, asProducerId, asQueueId, asSequence } from '../../domain/ids.ts';
import { SimDisk } from '../../testing/sim/sim-disk.ts';
import { Follower } from './follower.ts';
import { Names } from './names.ts';

const Q = asQueueId(1);
const operator = { actor: 'ann', reason: 'why not' };
const BLOCK = encodeBlock({ topic: 'a.b', messageId: 'm1', body: new Uint8Array(3) });

function told(events: readonly (readonly [Event, Uint8Array | null])[]) {
  const names = new Names(new SimDisk());
  names.learn({ type: 'queue-declared', queue: Q, tenant: '', name: 'q' } as Event & { type: 'queue-declared' });
  const follower = new Follower({ id: 'm1', names, wants: () => true });
  events.forEach(([event, blocks], index) => {
    const timeMs = index * 1_000;
    follower.take(
      { position: asPosition(index + 1), timeMs, durableMark: 0, events: [], blocks, damaged: false },
      event,
      0,
    );
  });
  const [biography] = follower.biographies;
  return { steps: biography?.steps ?? [], queues: biography?.queues ?? [] };
}

const accepted = (over: Partial<Accepted>): readonly [Event, Uint8Array] => [
  {
    type: 'accepted',
    producer: asProducerId(0),
    firstProducerSequence: 0,
    firstSequence: asSequence(7),
    atMs: 0,
    sets: [[Q]],
    setOf: [0],
    lengths: [BLOCK.length],
    ...over,
  },
  BLOCK,
];
const scheduled = accepted({ times: [{ index: 0, dueMs: 60_000, expiresMs: 0 }] });

it('a move is told with the new time and who did it, and the message waits for that', () => {
  const { steps, queues } = told([
    scheduled,
    [{ type: 'rescheduled', queue: Q, sequence: asSequence(7), dueMs: 90_000, operator }, null],
  ]);
  expect(steps.at(-1)).toMatchObject({ event: 'rescheduled', due_at: '1970-01-01T00:01:30.000Z', ...operator });
  expect(queues).toMatchObject([{ state: 'scheduled', due_at: '1970-01-01T00:01:30.000Z' }]);
});

it('a cancel is the end of it, and is told with who did it', () => {
  const { steps, queues } = told([
    scheduled,
    [{ type: 'cancelled', queue: Q, sequences: [asSequence(7)], operator }, null],
  ]);
  expect(steps.at(-1)).toMatchObject({ event: 'cancelled', queue: 'q', ...operator });
  expect(queues).toMatchObject([{ state: 'cancelled', due_at: null }]);
});

it('a message of a recurring schedule says which', () => {
  const fired = { cron: asCronId(1), name: 'nightly', dueMs: 0, nextMs: 1, skipped: 0, missed: 0 };
  expect(told([accepted({ fired })]).steps).toMatchObject([{ event: 'accepted', schedule: 'nightly' }]);
});
