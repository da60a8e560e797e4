// Publishes that wait for the journal's next segment leave in order, whole in number, and bounded in memory.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Publish } from '../domain/command.ts';
import { asPeerId, asProducerId } from '../domain/ids.ts';
import type { JournalRoom } from './ports/journal.ts';
import { HELD_BYTES_MAX, PublishIntake } from './publish-intake.ts';

function aPublish(first: number, lengths: readonly number[]): Publish {
  let at = 0;
  const messages = lengths.map((length) => {
    const start = at;
    at += length;
    return { topic: 't', start, end: at, tail: null, mode: 'both' as const, fault: null };
  });
  const peer = asPeerId(4);
  return {
    type: 'publish',
    peer,
    tenant: '',
    producer: asProducerId(1),
    firstSequence: first,
    source: new Uint8Array(at),
    messages,
  };
}

const room = (free: number, blocked: string | null = null): JournalRoom => ({ free, reserve: 0, blocked });
/** What the broker does: takes the command in line, then all that has room. */
function offered(intake: PublishIntake, command: Publish, free: JournalRoom): Publish[] {
  const passed = intake.offer(command, free);
  return passed === null ? released(intake, free) : [passed];
}

function released(intake: PublishIntake, { free, blocked }: JournalRoom): Publish[] {
  const left: Publish[] = [];
  let rest = free;
  for (let next = intake.release(room(rest, blocked)); next !== null; next = intake.release(room(rest, blocked))) {
    left.push(next);
    for (const { start, end } of next.messages) rest -= end - start;
  }
  return left;
}

const sequences = (commands: readonly Publish[]): number[] =>
  commands.flatMap(({ firstSequence, messages }) => messages.map((_, index) => firstSequence + index));

describe('publishes while the journal prepares its next segment', () => {
  it('pass untouched while there is room', () => {
    const command = aPublish(1, [100, 100]);
    expect(new PublishIntake().offer(command, room(1_000_000))).toBe(command);
  });

  it('leave in order and each exactly once, whatever room there is in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 }), { maxLength: 10 }),
        fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 30 }),
        (batches, rooms) => {
          const intake = new PublishIntake();
          const left: number[] = [];
          let next = 1;
          batches.forEach((lengths, index) => {
            left.push(...sequences(offered(intake, aPublish(next, lengths), room(rooms[index] ?? 0))));
            next += lengths.length;
          });
          for (const free of rooms) left.push(...sequences(released(intake, room(free))));
          left.push(...sequences(released(intake, room(10_000_000))));
          expect(left).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1));
          expect(intake.size).toBe(0);
        },
      ),
    );
  });

  it('go on to be refused by the rule when the disk has no more to give', () => {
    const intake = new PublishIntake();
    expect(offered(intake, aPublish(1, [5_000]), room(0))).toEqual([]);
    expect(sequences(released(intake, room(0, 'ENOSPC')))).toEqual([1]);
  });

  it('are refused with BUSY beyond the bound, behind those that wait', () => {
    const intake = new PublishIntake();
    const huge = HELD_BYTES_MAX / 2 - 8_192;
    for (const first of [1, 2, 3]) expect(offered(intake, aPublish(first, [huge]), room(0))).toEqual([]);
    const left = released(intake, room(HELD_BYTES_MAX * 2));
    expect(sequences(left)).toEqual([1, 2, 3]);
    expect(left.map(({ messages }) => messages[0]?.fault?.code ?? null)).toEqual([null, null, 'BUSY']);
  });
});
