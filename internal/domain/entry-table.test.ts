// The table is driven beside a naive one: a sorted list of plain objects. What `fresh` has passed and what came back
// since is kept as a queue does it, so that the test also shows that nothing ready is ever out of reach.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acceptedAtMsAt,
  EntryTable,
  failedAt,
  GONE,
  LEASED,
  lengthAt,
  offsetAt,
  type Place,
  positionAt,
  READY,
  returnedAt,
  sequenceAt,
  statusAt,
  WAITING,
} from './entry-table.ts';
import { asPosition, asSequence, type Sequence } from './ids.ts';

const append = (table: EntryTable, sequence: number): void =>
  table.append(asSequence(sequence), asPosition(sequence * 2), sequence * 3, 10 + (sequence % 7), 1_000 + sequence);

const place = (table: EntryTable, sequence: number) => {
  const found = table.find(asSequence(sequence));
  if (found === null) throw new Error(`no entry ${sequence}`);
  return found;
};

const setStatus = (table: EntryTable, sequence: number, status: number): void => {
  const { chunk, row } = place(table, sequence);
  chunk.status[row] = status;
};

const remove = (table: EntryTable, sequence: number): void => {
  const { chunk, row } = place(table, sequence);
  table.remove(chunk, row);
};
const capacity = (table: EntryTable): number => table.chunks.reduce((sum, chunk) => sum + chunk.capacity, 0);
const sequences = (table: EntryTable): number[] => [...table.places()].map(sequenceAt);

/** A queue's use of the table: `fresh`, then what came back. */
class Used {
  readonly table = new EntryTable();
  readonly model = new Map<number, number>();
  readonly everAppended: number[] = [];
  readonly again = new Set<number>();
  next = 1;

  append(skip: number, count: number): void {
    this.next += skip;
    for (let i = 0; i < count; i += 1) {
      append(this.table, this.next);
      this.model.set(this.next, READY);
      this.everAppended.push(this.next);
      this.next += 1;
    }
  }

  /** Leases the lowest ready one, as dispatch does. */
  lease(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const fresh = this.table.fresh();
      const back = [...this.again].filter((sequence) => this.model.get(sequence) === READY).sort((a, b) => a - b)[0];
      const seen = fresh === null ? back : Math.min(sequenceAt(fresh), back ?? Number.POSITIVE_INFINITY);
      const ready = [...this.model].filter(([, status]) => status === READY).map(([sequence]) => sequence);
      const expected = ready.length === 0 ? undefined : Math.min(...ready);
      expect(seen).toBe(expected);
      if (seen === undefined) return;
      this.again.delete(seen);
      setStatus(this.table, seen, LEASED);
      this.model.set(seen, LEASED);
    }
  }

  giveBack(sequence: number): void {
    setStatus(this.table, sequence, READY);
    this.model.set(sequence, READY);
    if (this.table.passed(asSequence(sequence))) this.again.add(sequence);
  }

  remove(sequence: number): void {
    remove(this.table, sequence);
    this.model.delete(sequence);
    this.again.delete(sequence);
  }

  check(): void {
    this.table.checkInvariants();
    expect(this.table.size).toBe(this.model.size);
    expect(sequences(this.table)).toEqual([...this.model.keys()]);
    const named = new Set<number>();
    for (const [first, last] of this.table.runs()) {
      for (const sequence of this.everAppended) if (sequence >= first && sequence <= last) named.add(sequence);
    }
    expect([...named].sort((a, b) => a - b)).toEqual([...this.model.keys()]);
    for (const [sequence, status] of this.model) {
      const found = place(this.table, sequence);
      expect([statusAt(found), positionAt(found), offsetAt(found), lengthAt(found)]).toEqual([
        status,
        sequence * 2,
        sequence * 3,
        10 + (sequence % 7),
      ]);
    }
  }
}

const pickOf = (used: Used, status: number, at: number): number | undefined => {
  const those = [...used.model].filter(([, seen]) => seen === status);
  return those.length === 0 ? undefined : (those[at % those.length] as [number, number])[0];
};

describe('EntryTable', () => {
  it('does what a naive list does, for any order of appends, leases, returns and removals', () => {
    const few = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }));
    const step = fc.oneof(
      fc.record({ do: fc.constant('append' as const), skip: fc.nat(3), count: few }),
      fc.record({ do: fc.constant('lease' as const), count: few }),
      fc.record({ do: fc.constantFrom('settle', 'settle', 'return', 'purge'), at: fc.nat(1_000), count: few }),
      fc.record({ do: fc.constant('drain' as const), keep: fc.nat(5) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const used = new Used();
        for (const now of steps) {
          if (now.do === 'append') used.append(now.skip, now.count);
          else if (now.do === 'lease') used.lease(now.count);
          else if (now.do === 'drain') {
            used.lease(Number.MAX_SAFE_INTEGER);
            for (const sequence of [...used.model.keys()].slice(now.keep)) used.remove(sequence);
          } else {
            for (let i = 0; i < now.count; i += 1) {
              const sequence = pickOf(used, now.do === 'purge' ? READY : LEASED, now.at);
              if (sequence === undefined) break;
              if (now.do === 'return') used.giveBack(sequence);
              else used.remove(sequence);
            }
          }
          used.check();
        }
        used.lease(Number.MAX_SAFE_INTEGER);
        expect([...used.model.values()].every((status) => status === LEASED)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('finds as fresh what is appended after the open chunk was emptied under the cursor', () => {
    const used = new Used();
    used.append(0, 8);
    used.lease(8);
    for (const sequence of [1, 2, 3, 4, 5, 6]) used.remove(sequence);
    // The cursor leaves the first chunk, which is then rewritten without room to spare.
    used.append(0, 8);
    used.lease(8);
    for (let sequence = 9; sequence <= 16; sequence += 1) used.remove(sequence);
    used.append(0, 1);
    used.lease(1);
    expect([...used.model]).toEqual([7, 8, 17].map((sequence) => [sequence, LEASED]));
  });

  it('refuses a sequence that does not grow', () => {
    const table = new EntryTable();
    append(table, 5);
    expect(() => append(table, 5)).toThrow(/order of their sequences/);
  });

  it('passes over what may not be dispatched, once', () => {
    const table = new EntryTable();
    for (let sequence = 1; sequence <= 20; sequence += 1) append(table, sequence);
    const skipped = new Set<Sequence>([asSequence(1), asSequence(2)]);
    expect(sequenceAt(table.fresh(skipped) as NonNullable<ReturnType<EntryTable['fresh']>>)).toBe(3);
    expect(table.passed(asSequence(2))).toBe(true);
  });

  it('holds neighbours that are far apart in number and in time', () => {
    const table = new EntryTable();
    const far = [1, 2, 3 + 2 ** 32, 4 + 2 ** 32, 2 ** 45, 2 ** 45 + 1];
    const acceptedAt = (sequence: number): number => 1e12 + sequence;
    for (const sequence of far) table.append(asSequence(sequence), asPosition(9), 1, 2, acceptedAt(sequence));
    const earlier = 2 ** 45 + 2;
    table.append(asSequence(earlier), asPosition(9), 1, 2, 5);
    const rows = [...table.places()].map((found) => [sequenceAt(found), acceptedAtMsAt(found)]);
    expect(rows).toEqual([...far.map((sequence) => [sequence, acceptedAt(sequence)]), [earlier, 5]]);
    for (const sequence of [...far, earlier]) expect(sequenceAt(place(table, sequence))).toBe(sequence);
    table.checkInvariants();
    for (const sequence of far) remove(table, sequence);
    expect(table.chunks).toHaveLength(1);
    expect([...table.runs()]).toEqual([[earlier, earlier]]);
  });

  it('holds blocks that were moved to where no distance reaches, and back', () => {
    const table = new EntryTable();
    for (let sequence = 1; sequence <= 6; sequence += 1) append(table, sequence);
    const positions = (): number[] => [...table.places()].map(positionAt);
    const move = (sequence: number, position: number): void => {
      const { chunk, row } = place(table, sequence);
      chunk.move(row, position, 7);
      table.checkInvariants();
    };
    move(2, 2 ** 40);
    expect(positions()).toEqual([2, 2 ** 40, 6, 8, 10, 12]);
    for (let sequence = 7; sequence <= 20; sequence += 1) append(table, sequence);
    move(3, 1);
    expect(positions().slice(0, 8)).toEqual([2, 2 ** 40, 1, 8, 10, 12, 14, 16]);
    expect(offsetAt(place(table, 3))).toBe(7);
  });

  it('keeps counts of failures and returns through growth and rewriting', () => {
    const table = new EntryTable();
    const used = 3_000;
    for (let sequence = 1; sequence <= used; sequence += 1) {
      append(table, sequence);
      const { chunk, row } = place(table, sequence);
      chunk.setCounts(row, sequence % 5, sequence % 11);
    }
    while (table.fresh() !== null) setStatus(table, sequenceAt(table.fresh() as Place), LEASED);
    for (let sequence = 1; sequence <= used; sequence += 1) if (sequence % 100 !== 0) remove(table, sequence);
    const left = [...table.places()];
    expect(left.map(sequenceAt)).toEqual(Array.from({ length: used / 100 }, (_, at) => (at + 1) * 100));
    expect(left.map((found) => [failedAt(found), returnedAt(found)])).toEqual(
      left.map((found) => [sequenceAt(found) % 5, sequenceAt(found) % 11]),
    );
  });

  it('needs at most 24 bytes for a waiting message', () => {
    const table = new EntryTable();
    const messages = 100_000;
    for (let sequence = 1; sequence <= messages; sequence += 1) append(table, sequence);
    let bytes = 0;
    for (const chunk of table.chunks) {
      for (const column of Object.values(chunk)) if (ArrayBuffer.isView(column)) bytes += column.byteLength;
    }
    expect(bytes / messages).toBeLessThanOrEqual(24);
    expect(bytes / messages).toBeGreaterThan(20);
  });

  it('holds no memory for the dead neighbours of one message in 10,000 that lives long', () => {
    const table = new EntryTable();
    const window: number[] = [];
    let kept = 0;
    for (let sequence = 1; sequence <= 1_000_000; sequence += 1) {
      append(table, sequence);
      const fresh = table.fresh();
      if (fresh === null || sequenceAt(fresh) !== sequence) throw new Error(`${sequence} is not fresh`);
      setStatus(table, sequence, LEASED);
      if (sequence % 10_000 === 0) kept += 1;
      else window.push(sequence);
      if (window.length === 500) for (const settled of window.splice(0)) remove(table, settled);
    }
    for (const settled of window) remove(table, settled);
    table.fresh();
    expect(table.size).toBe(kept);
    expect(capacity(table)).toBeLessThan(kept * 4 + 2 * 1_024);
    table.checkInvariants();
  });

  it('keeps little of a burst once the queue is empty', () => {
    const table = new EntryTable();
    for (let sequence = 1; sequence <= 5_000; sequence += 1) append(table, sequence);
    for (let sequence = 1; sequence <= 5_000; sequence += 1) remove(table, sequence);
    expect(capacity(table)).toBeLessThanOrEqual(64);
    append(table, 5_001);
    expect(sequenceAt(table.fresh() as NonNullable<ReturnType<EntryTable['fresh']>>)).toBe(5_001);
  });

  it('tells the oldest that still waits, past dead letters', () => {
    const table = new EntryTable();
    for (const sequence of [3, 4, 5]) append(table, sequence);
    setStatus(table, 3, 4);
    setStatus(table, 4, WAITING);
    expect(sequenceAt(table.oldest() as NonNullable<ReturnType<EntryTable['oldest']>>)).toBe(4);
    expect(statusAt(place(table, 5))).not.toBe(GONE);
  });
});
