// The line of answers against the list of what was pushed, for any cut of the answers.

import { describe, expect, it } from 'vitest';
import { Random } from '../../testing/sim/random.ts';
import { AnswerLine, type AnswerMode, type Owed } from './answer-line.ts';

const owed = (mode: AnswerMode, first: number | null, count = 1, messageId = '', era = 0): Owed => ({
  mode,
  first,
  count,
  messageId,
  era,
});

describe('the line of answers', () => {
  it('holds one entry for neighbours that are owed the same', () => {
    const line = new AnswerLine();
    for (let i = 0; i < 10_000; i += 1) line.push(owed('run', 1 + i));
    for (let i = 0; i < 10_000; i += 1) line.push(owed('errors', null));
    expect(line.size).toBe(2);
  });

  it('keeps apart what is answered apart', () => {
    const line = new AnswerLine();
    line.push(owed('run', 1));
    line.push(owed('run', 3));
    line.push(owed('run', 4, 1, '', 1));
    line.push(owed('own', 5, 1, 'a'));
    line.push(owed('own', 6, 1, 'b'));
    line.push(owed('errors', null, 1, 'c'));
    line.push(owed('errors', null));
    expect(line.size).toBe(7);
  });

  it('gives back every publish once, in order, however the answers are cut', () => {
    const random = new Random(7);
    const line = new AnswerLine();
    const expected: string[] = [];
    const seen: string[] = [];
    let number = 1;
    for (let round = 0; round < 5_000; round += 1) {
      const mode = random.pick<AnswerMode>(['run', 'own', 'errors']);
      const count = mode === 'own' ? 1 : 1 + random.int(5);
      const id = mode === 'own' ? `m${round}` : '';
      line.push(owed(mode, number, count, id));
      for (let i = 0; i < count; i += 1) expected.push(`${mode} ${number + i} ${id}`);
      number += count + random.int(2);
      while (random.bool(0.6)) {
        const taken = line.take(1 + random.int(8));
        if (taken === null) break;
        for (let i = 0; i < taken.count; i += 1)
          seen.push(`${taken.mode} ${(taken.first ?? 0) + i} ${taken.messageId}`);
      }
    }
    for (let taken = line.take(1_000); taken !== null; taken = line.take(1_000)) {
      for (let i = 0; i < taken.count; i += 1) seen.push(`${taken.mode} ${(taken.first ?? 0) + i} ${taken.messageId}`);
    }
    expect(seen).toEqual(expected);
    expect(line.size).toBe(0);
  });
});
