// Every way that a message can go is told as a step of its life, and its state is that of the last one.

import { expect, it } from 'vitest';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import type { Event } from '../../domain/event.ts';
import {
  asDeliveryId,
  asPosition,
  asProducerId,
  asQueueId,
  asSequence,
  asSessionId,
  type QueueId,
} from '../../domain/ids.ts';
import type { WalkedGroup } from '../../repository/journal/reading/walk-journal.ts';
import { SimDisk } from '../../testing/sim/sim-disk.ts';
import { Follower } from './follower.ts';
import { Names } from './names.ts';

const Q = asQueueId(1);
const R = asQueueId(2);
const OPERATOR = { actor: 'ann', reason: 'why not' };
const sequences = [asSequence(7)];

const headers = { traceparent: '00-aa-bb-01', tracestate: 'v=1' };
const BLOCK = encodeBlock({ topic: 'a.b', messageId: 'm1', attributes: { headers }, body: new Uint8Array(3) });
const OTHER = encodeBlock({ topic: 'a.b', messageId: 'm2', body: new Uint8Array(3) });

class Story {
  readonly names = new Names(new SimDisk());
  readonly follower: Follower;
  #position = 0;

  constructor(known: readonly number[] = [], wants: (queue: QueueId) => boolean = () => true) {
    this.follower = new Follower({ id: 'm1', names: this.names, wants, known });
    for (const [queue, name] of [
      [Q, 'q'],
      [R, 'r'],
    ] as const) {
      this.names.learn({ type: 'queue-declared', queue, tenant: '', name } as Event & { type: 'queue-declared' });
    }
    this.names.learn({
      type: 'session-opened',
      session: asSessionId(5),
      tenant: '',
      consumer: 'w1',
      tokenHash: '',
      resumable: false,
    });
  }

  take(event: Event, blocks: Uint8Array | null = null): boolean {
    this.#position += 1;
    const position = asPosition(this.#position);
    const group: WalkedGroup = {
      position,
      timeMs: this.#position * 1_000,
      durableMark: 0,
      events: [],
      blocks,
      damaged: false,
    };
    return this.follower.take(group, event, 0);
  }

  /** Message 6 is another one. */
  accept(queues: readonly QueueId[] = [Q], dueMs = 0): void {
    const event: Event = {
      type: 'accepted',
      producer: asProducerId(0),
      firstProducerSequence: 0,
      firstSequence: asSequence(6),
      atMs: 500,
      sets: [queues],
      setOf: [0, 0],
      lengths: [OTHER.length, BLOCK.length],
      ...(dueMs === 0 ? {} : { times: [{ index: 1, dueMs, expiresMs: 0 }] }),
    };
    expect(this.take(event, Buffer.concat([OTHER, BLOCK]))).toBe(true);
  }

  lease(deadlineMs = 60_000): void {
    const [session, firstDelivery] = [asSessionId(5), asDeliveryId(11)];
    expect(this.take({ type: 'leased', queue: Q, session, firstDelivery, deadlineMs, sequences })).toBe(true);
  }

  get told() {
    return this.follower.biographies[0];
  }
}

it('tells who it is, and where it was accepted', () => {
  const story = new Story();
  story.accept([Q, R]);
  expect(story.follower.biographies).toMatchObject([
    {
      message_id: 'm1',
      sequence: 7,
      topic: 'a.b',
      bytes: BLOCK.length,
      trace_context: headers,
      accepted_at: '1970-01-01T00:00:00.500Z',
      position: 1,
      queues: [
        { queue: 'q', state: 'ready' },
        { queue: 'r', state: 'ready' },
      ],
      steps: [{ event: 'accepted', position: 1, queues: ['q', 'r'] }],
    },
  ]);
});

it('tells when a message is due that was published for later, and that a purge took it', () => {
  const story = new Story();
  story.accept([Q], 60_000);
  const due_at = '1970-01-01T00:01:00.000Z';
  expect(story.told?.queues).toMatchObject([{ state: 'scheduled', due_at, retry_at: null, deliveries: 0 }]);
  expect(story.told?.steps).toMatchObject([{ event: 'accepted', due_at }]);
  story.take({ type: 'queue-purged', queue: Q, through: asSequence(7), operator: OPERATOR });
  expect(story.told?.queues).toMatchObject([{ state: 'purged' }]);
});

it('tells a lease, its extension, a failure and a return', () => {
  const story = new Story();
  story.accept();
  story.lease();
  expect(story.told?.queues).toMatchObject([
    { state: 'leased', lease: { consumer_id: 'w1', delivery_id: '11', until: '1970-01-01T00:01:00.000Z' } },
  ]);
  story.take({ type: 'extended', deliveries: [asDeliveryId(11), asDeliveryId(12)], deadlineMs: 90_000 });
  story.take({ type: 'leases-shifted', byMs: 1_000 });
  expect(story.told?.queues).toMatchObject([{ lease: { until: '1970-01-01T00:01:31.000Z' } }]);
  const record = { attempt: 1, consumer: 'w1', atMs: 0, cause: 'nack_retryable', reason: 'no stock' } as const;
  story.take({ type: 'failed', queue: Q, sequence: asSequence(7), retryAtMs: 99_000, record });
  expect(story.told?.queues).toMatchObject([
    { state: 'waiting_retry', attempts: 1, lease: null, retry_at: '1970-01-01T00:01:39.000Z' },
  ]);
  story.lease();
  expect(story.take({ type: 'session-closed', session: asSessionId(4) })).toBe(false);
  expect(story.take({ type: 'session-closed', session: asSessionId(5) })).toBe(true);
  story.lease();
  story.take({ type: 'returned', queue: Q, sequences });
  expect(story.told?.queues).toMatchObject([{ state: 'ready', attempts: 1, returned: 2, lease: null }]);
  expect(story.told?.steps).toMatchObject([
    { event: 'accepted' },
    { event: 'leased', attempt: 1, consumer_id: 'w1' },
    { event: 'extended' },
    { event: 'extended' },
    { event: 'failed', cause: 'nack_retryable', reason: 'no stock', delivery_id: '11' },
    { event: 'leased', attempt: 2 },
    { event: 'returned', consumer_id: 'w1' },
    { event: 'leased' },
    { event: 'returned' },
  ]);
});

const DIED: Event = {
  type: 'dead-lettered',
  queue: Q,
  sequence: asSequence(7),
  atMs: 0,
  cause: 'attempts_exhausted',
  reason: 'boom',
  history: [],
  operator: null,
};

it.each([
  ['settled', [{ type: 'settled', queue: Q, sequences }], 'settled', { event: 'settled' }],
  ['dead', [DIED], 'dead_letter', { event: 'dead_lettered', cause: 'attempts_exhausted', reason: 'boom' }],
  [
    'replayed',
    [DIED, { type: 'redriven', queue: Q, sequences, atMs: 0, operator: OPERATOR }],
    'ready',
    { event: 'replayed', actor: 'ann', reason: 'why not' },
  ],
  [
    'purged as a dead letter',
    [DIED, { type: 'dead-letters-purged', queue: Q, sequences, operator: OPERATOR }],
    'purged',
    { event: 'purged', actor: 'ann' },
  ],
  [
    'purged with its queue',
    [{ type: 'queue-purged', queue: Q, through: asSequence(7), operator: OPERATOR }],
    'purged',
    { event: 'purged', actor: 'ann' },
  ],
  [
    'deleted with its queue',
    [{ type: 'queue-deleted', queue: Q, cause: 'deleted', operator: OPERATOR }],
    'queue_deleted',
    { event: 'queue_deleted', cause: 'deleted' },
  ],
] as const)('tells one that was %s', (_, events, state, last) => {
  const story = new Story();
  story.accept();
  for (const event of events as readonly Event[]) expect(story.take(event)).toBe(true);
  expect(story.told?.queues).toMatchObject([{ state }]);
  expect(story.told?.steps.at(-1)).toMatchObject(last);
});

it('leaves out what is not about it', () => {
  const story = new Story();
  story.accept();
  const others = [asSequence(6)];
  expect(story.take({ type: 'settled', queue: Q, sequences: others })).toBe(false);
  expect(story.take({ type: 'queue-purged', queue: Q, through: asSequence(6), operator: null })).toBe(false);
  expect(story.take({ type: 'queue-deleted', queue: R, cause: 'expired', operator: null })).toBe(false);
  story.lease();
  // A purge leaves what a consumer holds.
  expect(story.take({ type: 'queue-purged', queue: Q, through: asSequence(9), operator: null })).toBe(false);
  // What is gone is not told to go again.
  story.take({ type: 'settled', queue: Q, sequences });
  story.take({ type: 'queue-deleted', queue: Q, cause: 'deleted', operator: null });
  expect(story.told?.queues).toMatchObject([{ state: 'settled' }]);
  expect(story.told?.steps).toHaveLength(3);
});

it('keeps to the queue that is asked for', () => {
  const story = new Story([], (queue) => queue === R);
  story.accept([Q, R]);
  expect(story.take({ type: 'settled', queue: Q, sequences })).toBe(false);
  expect(story.told?.queues).toMatchObject([{ queue: 'r', state: 'ready' }]);
});

const MOVED: Event = {
  type: 'relocated',
  sequence: asSequence(7),
  length: BLOCK.length,
  entries: [{ queue: Q, acceptedAtMs: 400, failed: 2, returned: 1 }],
};

it('meets one whose accept is gone when it is relocated, and says that it was met late', () => {
  const late = new Story();
  const record = { attempt: 2, consumer: 'w1', atMs: 0, cause: 'nack_retryable', reason: '' } as const;
  const failed: Event = { type: 'failed', queue: Q, sequence: asSequence(7), retryAtMs: 9_000, record };
  expect(late.take(failed)).toBe(false);
  expect(late.take(MOVED, BLOCK)).toBe(true);
  expect(late.follower.metLate).toBe(true);
  expect(late.told).toMatchObject({ topic: 'a.b', position: null, accepted_at: '1970-01-01T00:00:00.400Z' });

  const again = new Story(late.follower.sequences);
  expect(again.take(failed)).toBe(true);
  expect(again.take(MOVED, BLOCK)).toBe(true);
  expect(again.follower.metLate).toBe(false);
  expect(again.told?.steps).toMatchObject([{ event: 'failed' }, { event: 'relocated' }]);
  expect(again.told?.queues).toMatchObject([{ attempts: 2, returned: 1 }]);
});

it('is not misled by blocks that cannot be read, or by messages of other ids', () => {
  const story = new Story();
  expect(story.take(MOVED, null)).toBe(false);
  expect(story.take({ ...MOVED, length: OTHER.length }, OTHER)).toBe(false);
  expect(story.follower.biographies).toEqual([]);
});

const died = (event: Partial<Extract<Event, { type: 'dead-lettered' }>>): Event => ({ ...DIED, ...event });
const attempted = (attempt: number, cause: 'nack_retryable' | 'nack_terminal' | 'redriven') =>
  ({ attempt, consumer: 'w1', atMs: attempt, cause, reason: 'bad' }) as const;

it('counts the attempt that a message died of, once, and begins anew with a replay', () => {
  const story = new Story();
  story.accept();
  story.lease();
  const record = attempted(1, 'nack_retryable');
  story.take({ type: 'failed', queue: Q, sequence: asSequence(7), retryAtMs: 1, record });
  story.lease();
  story.take({ type: 'returned', queue: Q, sequences });
  story.lease();
  expect(story.told?.queues).toMatchObject([{ attempts: 1, returned: 1, deliveries: 3 }]);
  story.take(died({ cause: 'nack_terminal', history: [record, attempted(2, 'nack_terminal')] }));
  expect(story.told?.steps.at(-1)).toMatchObject({ event: 'dead_lettered', attempts: 2 });
  expect(story.told?.queues).toMatchObject([{ attempts: 2, returned: 1, deliveries: 3 }]);
  story.take({ type: 'redriven', queue: Q, sequences, atMs: 0, operator: OPERATOR });
  expect(story.told?.queues).toMatchObject([{ attempts: 0, returned: 0, deliveries: 0, dead_letter: null }]);
});

it('tells a replay into another queue from both of its ends, and no death that never was', () => {
  const story = new Story();
  story.accept();
  story.take(DIED);
  const into = { queue: R, sequence: asSequence(8) };
  const accepted: Event = {
    type: 'accepted',
    producer: asProducerId(0),
    firstProducerSequence: 0,
    firstSequence: into.sequence,
    atMs: 700,
    sets: [[R]],
    setOf: [0],
    lengths: [BLOCK.length],
  };
  story.take(accepted, BLOCK);
  story.take(died({ ...into, cause: 'manual', reason: '', history: [attempted(1, 'nack_terminal')] }));
  story.take({ type: 'redriven', queue: R, sequences: [into.sequence], atMs: 700, operator: OPERATOR });
  expect(story.take({ type: 'dead-letters-purged', queue: Q, sequences, operator: OPERATOR })).toBe(true);
  const [from, to] = story.follower.biographies;
  expect(from?.queues).toMatchObject([{ queue: 'q', state: 'moved', dead_letter: null }]);
  expect(from?.steps.at(-1)).toMatchObject({ event: 'replayed', into_queue: 'r', into_sequence: 8, actor: 'ann' });
  expect(to?.queues).toMatchObject([{ queue: 'r', state: 'ready', attempts: 0 }]);
  expect(to?.steps).toMatchObject([
    { event: 'accepted', queues: ['r'] },
    { event: 'replayed', queue: 'r', of_queue: 'q', of_sequence: 7, actor: 'ann' },
  ]);
});

it('tells a dead letter that was made by hand as what it is, also where another is purged behind it', () => {
  const story = new Story();
  story.accept();
  story.take(died({ cause: 'manual', operator: OPERATOR }));
  story.take({ type: 'dead-letters-purged', queue: Q, sequences, operator: OPERATOR });
  expect(story.told?.steps).toMatchObject([{}, { event: 'dead_lettered', cause: 'manual' }, { event: 'purged' }]);
});

it('counts each message beyond its bound once, known before or not', () => {
  const known = Array.from({ length: 1_500 }, (_, index) => index + 7);
  const story = new Story(known);
  const lengths = new Array<number>(2_000).fill(BLOCK.length);
  const event: Event = {
    type: 'accepted',
    producer: asProducerId(0),
    firstProducerSequence: 0,
    firstSequence: asSequence(7),
    atMs: 500,
    sets: [[Q]],
    setOf: lengths.map(() => 0),
    lengths,
  };
  story.take(event, Buffer.concat(lengths.map(() => BLOCK)));
  story.take({ ...MOVED, sequence: asSequence(1_400) }, BLOCK);
  expect(story.follower.biographies).toHaveLength(1_000);
  expect(story.follower.leftOut.size).toBe(1_000);
});

it('calls unknown what neither journal nor checkpoint tells, until an event does', () => {
  const story = new Story([7]);
  story.follower.begin({ position: asPosition(1) });
  story.take(MOVED, BLOCK);
  expect(story.told?.queues).toMatchObject([
    { state: 'unknown', unknown: expect.stringContaining('no checkpoint'), attempts: 2, returned: 1 },
  ]);
  story.lease();
  expect(story.told?.queues).toMatchObject([{ state: 'leased', unknown: null }]);
  expect(story.told?.steps.at(-1)).toMatchObject({ event: 'leased', attempt: 3 });
  // Groups that went while the journal was read may have said anything.
  story.follower.begin({ position: asPosition(9) });
  expect(story.told?.queues).toMatchObject([{ state: 'unknown', lease: null, attempts: null, deliveries: null }]);
});
