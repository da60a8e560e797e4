// Events as bytes: every one comes back as it was, damage is a CodecFault, and what only a later version can know is
// told apart from damage.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Accepted, Event } from '../../../domain/event.ts';
import { asProducerId, asQueueId, asSequence } from '../../../domain/ids.ts';
import { anyEvent } from '../../../testing/journal/any-event.ts';
import { ByteReader, CodecFault, NewerFormat } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readEvent, writeEvent } from './event-codec.ts';

const all = (): boolean => true;

function encoded(...events: readonly Event[]): Uint8Array {
  const to = new ByteWriter(16);
  for (const event of events) writeEvent(to, event);
  return to.written().slice();
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const accepted = (over: Partial<Accepted>): Accepted => ({
  type: 'accepted',
  producer: asProducerId(7),
  firstProducerSequence: 1000,
  firstSequence: asSequence(5_000_000),
  atMs: 1_700_000_000_000,
  sets: [[asQueueId(3)]],
  setOf: [0, 0],
  lengths: [120, 300],
  ...over,
});

test('every event comes back as it was', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 5 }), (events) => {
      const from = new ByteReader(encoded(...events));
      expect(events.map(() => readEvent(from, all))).toEqual(events);
      expect(from.left).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('an event that is not wanted is stepped over', () => {
  fc.assert(
    fc.property(anyEvent, anyEvent, (first, second) => {
      const from = new ByteReader(encoded(first, second));
      expect(readEvent(from, () => false)).toBeNull();
      expect(readEvent(from, all)).toEqual(second);
    }),
  );
});

const isTyped = (error: unknown): boolean => error instanceof CodecFault || error instanceof NewerFormat;

function readsOrRefuses(bytes: Uint8Array): void {
  const from = new ByteReader(bytes);
  try {
    while (from.left > 0) readEvent(from, all);
  } catch (error) {
    if (!isTyped(error)) throw error;
  }
}

test('random bytes never crash or hang the decoder', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), readsOrRefuses), { numRuns: 2000 });
});

test('an event with a wrong byte, or cut short, never crashes or hangs the decoder', () => {
  fc.assert(
    fc.property(anyEvent, fc.nat(), fc.nat(255), fc.nat(), (event, at, byte, cut) => {
      const bytes = encoded(event);
      bytes[at % bytes.length] = byte;
      readsOrRefuses(bytes);
      readsOrRefuses(bytes.subarray(0, cut % bytes.length));
    }),
    { numRuns: 2000 },
  );
});

describe('what a later version wrote is refused as newer', () => {
  const refused = (at: number, value: number): (() => void) => {
    const bytes = encoded(accepted({}));
    bytes[at] = value;
    return () => readEvent(new ByteReader(bytes), all);
  };
  test.each([
    ['an unknown kind', 0, 200],
    ['a newer version of a known kind', 1, 2],
    ['a block that is a blob reference', 6, 0x03],
    ['any other accept flag', 6, 0x41],
  ])('%s', (_what, at, value) => {
    expect(refused(at, value)).toThrow(NewerFormat);
  });
  test.each([
    ['kind 0', 0, 0],
    ['version 0', 1, 0],
  ])('%s is damage', (_what, at, value) => {
    expect(refused(at, value)).toThrow(CodecFault);
  });
});

describe('the bytes of version 1 stay as they are', () => {
  test.each<readonly [string, Event, string]>([
    [
      'accepted, one set',
      accepted({}),
      '20' +
        '01' +
        '18000000' +
        '01' +
        '07' +
        'e807' +
        'c096b102' +
        '00008056febc7842' +
        '01' +
        '000103' +
        '02' +
        '78' +
        'ac02',
    ],
    [
      'accepted, two sets',
      accepted({ sets: [[asQueueId(3)], [asQueueId(3), asQueueId(9)]], setOf: [1, 1, 0], lengths: [1, 2, 3] }),
      '20' +
        '01' +
        '20000000' +
        '00' +
        '07' +
        'e807' +
        'c096b102' +
        '00008056febc7842' +
        '02' +
        '000103' +
        '0102' +
        '0306' +
        '03' +
        '010203' +
        '0102' +
        '0001',
    ],
    [
      'settled, a run',
      { type: 'settled', queue: asQueueId(3), sequences: [5, 6, 7].map(asSequence) },
      '230104000000' + '03' + '00' + '03' + '05',
    ],
    [
      'returned, ascending',
      { type: 'returned', queue: asQueueId(3), sequences: [5, 9].map(asSequence) },
      '240105000000' + '03' + '01' + '02' + '05' + '04',
    ],
    [
      'settled, any order',
      { type: 'settled', queue: asQueueId(3), sequences: [9, 5].map(asSequence) },
      '230105000000' + '03' + '02' + '02' + '09' + '05',
    ],
    ['started', { type: 'started', epoch: 300 }, '010102000000' + 'ac02'],
    [
      'queue-deleted',
      { type: 'queue-deleted', queue: asQueueId(3), cause: 'expired', operator: null },
      '030107000000' + '03' + '01' + '04' + '6e756c6c',
    ],
  ])('%s', (_what, event, bytes) => {
    expect(hex(encoded(event))).toBe(bytes);
  });
});

test('an accepted message costs at most 8 bytes beyond the fixed part', () => {
  const lengths = Array.from({ length: 1000 }, (_, i) => 100 + i);
  const sets = [[asQueueId(1)], [asQueueId(2)]];
  const alternating = accepted({ sets, setOf: lengths.map((_, i) => i % 2), lengths });
  expect(encoded(alternating).length).toBeLessThan(50 + 8 * 1000);
  expect(encoded(accepted({ setOf: lengths.map(() => 0), lengths })).length).toBeLessThan(50 + 2 * 1000);
});
