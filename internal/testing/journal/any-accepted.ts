// Any accepted messages, for property tests, and the values that all events are made of.

import fc from 'fast-check';
import type { Accepted } from '../../domain/event.ts';
import { asQueueId, type CronId, type ProducerId, type QueueId, type Sequence } from '../../domain/ids.ts';
import type { AcceptedNotes } from '../../domain/letter-copy.ts';

export const id = <Id extends number>(): fc.Arbitrary<Id> => fc.maxSafeNat() as unknown as fc.Arbitrary<Id>;
export const text = fc.string({ unit: 'grapheme', maxLength: 20 });
export const time = fc.oneof(fc.maxSafeNat(), fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }));
export const small = fc.nat(1000);

const cronFire = fc.record({
  cron: id<CronId>(),
  name: text,
  dueMs: time,
  nextMs: time,
  skipped: small,
  missed: small,
});

export const accepted: fc.Arbitrary<Accepted> = fc
  .tuple(
    fc.array(fc.uniqueArray(fc.nat(5000), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 }),
    fc.array(fc.tuple(fc.nat(10_000_000), fc.nat(4), fc.option(fc.tuple(fc.nat(), fc.nat()))), { maxLength: 60 }),
    id<ProducerId>(),
    fc.maxSafeNat(),
    id<Sequence>(),
    time,
    fc.option(cronFire),
  )
  .map(([sets, messages, producer, firstProducerSequence, firstSequence, atMs, fired]) => {
    const traits = messages.flatMap(([length, , own], index) =>
      own === null || own[0] % 2 === 0 ? [] : [{ index, class: length % 256, lane: own[1] }],
    );
    const times = messages.flatMap(([, , own], index) =>
      own === null ? [] : [{ index, dueMs: own[0], expiresMs: own[1] }],
    );
    return {
      type: 'accepted' as const,
      producer,
      firstProducerSequence,
      firstSequence,
      atMs,
      sets: sets.map((set) => set.toSorted((a, b) => a - b) as unknown as readonly QueueId[]),
      setOf: messages.map(([, set]) => set % sets.length),
      lengths: messages.map(([length]) => length),
      ...(times.length === 0 ? {} : { times }),
      ...(messages.length % 3 === 0 ? { notes: notesFor(messages.length, firstSequence) } : {}),
      ...(fired === null ? {} : { fired }),
      ...(traits.length === 0 ? {} : { traits }),
    };
  });

const notesFor = (messages: number, sequence: Sequence): AcceptedNotes =>
  messages % 2 === 0
    ? { copyOf: { queue: asQueueId(messages), sequence } }
    : { letters: [{ index: messages - 1, queue: asQueueId(7), reason: '/a required', copyOwed: messages % 4 === 1 }] };
