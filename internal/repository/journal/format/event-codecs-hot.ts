// The events that every message causes: acceptance, hand-over, settlement. They are written by the thousand, so they
// are small: an accepted message costs its length (one to three bytes as a rule) and, where the run goes to more than
// one set of queues, its share of a run of equal sets.
//
// accepted: u8 flags, varint producer, first producer sequence, first sequence, f64 atMs,
//           varint sets, per set its queue ids (numbers), varint messages, their lengths,
//           then, unless ONE_SET, runs of (varint set, varint messages) that cover all messages,
//           then, with TIMES, varint messages that have some, each (varint index, f64 due, f64 expiry; 0 none),
//           then, with TRAITS, varint messages that have some, each (varint index, u8 class, varint lane; 0 none)
// Further flags are reserved from version 1: blob references. A reader
// that meets one that it does not know refuses the journal as too new.

import type { Accepted, Leased, Relocated, RelocatedEntry, Returned, Settled } from '../../../domain/event.ts';
import { asProducerId, asSequence, type QueueId, type Sequence } from '../../../domain/ids.ts';
import type { AcceptedTimes, Expired } from '../../../domain/message-times.ts';
import type { AcceptedTraits, TraitsCarried } from '../../../domain/message-traits.ts';
import { type ByteReader, CodecFault, NewerFormat } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { count, type EventCodec, numbers, real, record } from './event-fields.ts';

const ONE_SET = 0x01;
/** Lengths belong to blobs outside the journal: reserved. */
const BLOBS = 0x02;
/** Messages that are not due yet, or are worth nothing after a time. */
const TIMES = 0x04;
/** Messages of a class or with a partition key. */
const TRAITS = 0x08;
const KNOWN_FLAGS = ONE_SET | TIMES | TRAITS;

/** A block is at least its own header; the bound keeps sums of lengths exact. */
const BLOCK_LENGTH_MAX = 0xffff_ffff;

/** Runs of queue ids stay short, so that many sets in few bytes cannot grow into gigabytes. */
const queueSet = numbers<QueueId>(256);
const sequences = numbers<Sequence>();

export const accepted: EventCodec<Accepted> = {
  kind: 32,
  type: 'accepted',
  write: (to, event) => {
    const oneSet = event.sets.length === 1;
    const { times = [], traits = [] } = event;
    to.u8((oneSet ? ONE_SET : 0) | (times.length > 0 ? TIMES : 0) | (traits.length > 0 ? TRAITS : 0));
    to.varint(event.producer);
    to.varint(event.firstProducerSequence);
    to.varint(event.firstSequence);
    to.f64(event.atMs);
    to.varint(event.sets.length);
    for (const set of event.sets) queueSet.write(to, set);
    to.varint(event.lengths.length);
    for (const length of event.lengths) to.varint(length);
    if (!oneSet) writeRuns(to, event.setOf);
    if (times.length > 0) writeTimes(to, times);
    if (traits.length > 0) writeTraits(to, traits);
  },
  read: (from) => {
    const flags = from.u8();
    if ((flags & ~KNOWN_FLAGS) !== 0) {
      throw new NewerFormat((flags & BLOBS) !== 0 ? 'a message whose body is a blob' : `accept flags ${flags}`);
    }
    const producer = asProducerId(from.varint());
    const firstProducerSequence = from.varint();
    const firstSequence = asSequence(from.varint());
    const atMs = from.f64();
    const sets: (readonly QueueId[])[] = [];
    for (let left = from.count(2); left > 0; left -= 1) sets.push(queueSet.read(from));
    const lengths = readLengths(from);
    const oneSet = (flags & ONE_SET) !== 0;
    if (oneSet && sets.length !== 1) throw new CodecFault('one set was promised');
    const setOf = oneSet ? new Array<number>(lengths.length).fill(0) : readRuns(from, lengths.length, sets.length);
    const event: Accepted = {
      type: 'accepted',
      producer,
      firstProducerSequence,
      firstSequence,
      atMs,
      sets,
      setOf,
      lengths,
    };
    const times = (flags & TIMES) === 0 ? {} : { times: readTimes(from, lengths.length) };
    const traits = (flags & TRAITS) === 0 ? {} : { traits: readTraits(from, lengths.length) };
    return { ...event, ...times, ...traits };
  },
};

function writeRuns(to: ByteWriter, setOf: readonly number[]): void {
  for (let start = 0; start < setOf.length; ) {
    const set = setOf[start] as number;
    let end = start + 1;
    while (end < setOf.length && setOf[end] === set) end += 1;
    to.varint(set);
    to.varint(end - start);
    start = end;
  }
}

function readRuns(from: ByteReader, messages: number, sets: number): number[] {
  const setOf: number[] = [];
  while (setOf.length < messages) {
    const set = from.varint();
    const run = from.varint();
    if (set >= sets) throw new CodecFault('a message goes to a set that is not there');
    if (run === 0 || run > messages - setOf.length) throw new CodecFault('a run of sets does not fit');
    for (let i = 0; i < run; i += 1) setOf.push(set);
  }
  return setOf;
}

function writeTimes(to: ByteWriter, times: readonly AcceptedTimes[]): void {
  to.varint(times.length);
  for (const { index, dueMs, expiresMs } of times) {
    to.varint(index);
    to.f64(dueMs);
    to.f64(expiresMs);
  }
}

function readTimes(from: ByteReader, messages: number): AcceptedTimes[] {
  const times: AcceptedTimes[] = [];
  let least = 0;
  for (let left = from.count(17); left > 0; left -= 1) {
    const index = from.varint();
    const dueMs = from.f64();
    const expiresMs = from.f64();
    if (index < least || index >= messages) throw new CodecFault('times of a message that is not there');
    if (!isTime(dueMs) || !isTime(expiresMs)) throw new CodecFault('times that are none');
    times.push({ index, dueMs, expiresMs });
    least = index + 1;
  }
  return times;
}

function writeTraits(to: ByteWriter, traits: readonly AcceptedTraits[]): void {
  to.varint(traits.length);
  for (const { index, class: rank, lane } of traits) {
    to.varint(index);
    to.u8(rank);
    to.varint(lane);
  }
}

function readTraits(from: ByteReader, messages: number): AcceptedTraits[] {
  const traits: AcceptedTraits[] = [];
  let least = 0;
  for (let left = from.count(3); left > 0; left -= 1) {
    const index = from.varint();
    const rank = from.u8();
    const lane = from.varint();
    if (index < least || index >= messages) throw new CodecFault('traits of a message that is not there');
    traits.push({ index, class: rank, lane });
    least = index + 1;
  }
  return traits;
}

const isTime = (ms: number): boolean => Number.isFinite(ms) && ms >= 0;

function readLengths(from: ByteReader): number[] {
  const lengths = new Array<number>(from.count(1));
  for (let i = 0; i < lengths.length; i += 1) {
    const length = from.varint();
    if (length > BLOCK_LENGTH_MAX) throw new CodecFault('a block longer than any');
    lengths[i] = length;
  }
  return lengths;
}

const entries = {
  write: (to: ByteWriter, list: readonly RelocatedEntry[]): void => {
    to.varint(list.length);
    for (const entry of list) {
      to.varint(entry.queue);
      to.f64(entry.acceptedAtMs);
      to.varint(entry.failed);
      to.varint(entry.returned);
    }
  },
  read: (from: ByteReader): readonly RelocatedEntry[] => {
    const list: RelocatedEntry[] = [];
    for (let left = from.count(11); left > 0; left -= 1) {
      const queue = from.varint() as QueueId;
      const acceptedAtMs = from.f64();
      const failed = from.varint();
      const returned = from.varint();
      list.push({ queue, acceptedAtMs, failed, returned });
    }
    return list;
  },
};

export const relocated = record<Relocated>(33, 'relocated', { sequence: count(), length: count(), entries });

export const traitsCarried = record<TraitsCarried>(76, 'traits-carried', {
  sequence: count(),
  queues: queueSet,
  class: count(),
  lane: count(),
});

export const leased = record<Leased>(34, 'leased', {
  queue: count(),
  session: count(),
  firstDelivery: count(),
  deadlineMs: real,
  sequences,
});

export const settled = record<Settled>(35, 'settled', { queue: count(), sequences });

export const expired = record<Expired>(37, 'expired', { queue: count(), sequences });

export const returned = record<Returned>(36, 'returned', { queue: count(), sequences });
