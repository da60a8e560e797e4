// The outbox against a wire that answers as the test says: order, bound and honesty, whatever libzmq answers.

import { expect, test } from 'vitest';
import type { Frames } from '../transport.ts';
import { Outbox } from './outbox.ts';

type Answer = 'taken' | 'EAGAIN' | 'EHOSTUNREACH' | 'ENOMEM';

/** Answers the attempts in turn, and `otherwise` when the list is used up. */
function scripted(answers: Answer[], { otherwise = 'taken' as Answer, bytesMax = 1_000 } = {}) {
  const seen = {
    taken: [] as string[],
    attempts: 0,
    drained: 0,
    lost: 0,
    gone: 0,
    queued: 0,
    failures: [] as number[],
  };
  const soon: Outbox[] = [];
  const wire = {
    transmit: (message: Frames): Promise<void> => {
      seen.attempts += 1;
      const answer = answers.shift() ?? otherwise;
      if (answer !== 'taken') return Promise.reject(Object.assign(new Error(answer), { code: answer }));
      seen.taken.push(Buffer.from(message[1] ?? []).toString());
      return Promise.resolve();
    },
    retryLater: (_: Outbox, failures: number): void => void seen.failures.push(failures),
    retrySoon: (outbox: Outbox): void => void soon.push(outbox),
    queued: (change: number): void => {
      seen.queued += change;
    },
  };
  const outbox = new Outbox(Buffer.from('id'), bytesMax, wire, {
    drained: () => {
      seen.drained += 1;
    },
    lost: (count) => {
      seen.lost += count;
    },
    gone: () => {
      seen.gone += 1;
    },
  });
  return { outbox, seen, soon };
}

const offer = (outbox: Outbox, word: string | number) => outbox.offer([Buffer.from(String(word))]);
/** Lets all settled promises speak. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('a message refused for want of room stays in front of those behind it', async () => {
  const { outbox, seen } = scripted(['taken', 'EAGAIN', 'EAGAIN']);
  for (const word of ['a', 'b', 'c', 'd']) expect(offer(outbox, word)).toBe('accepted');
  await settle();
  expect(seen.taken).toEqual(['a']);
  outbox.retry();
  await settle();
  expect(seen.failures).toEqual([1, 2]);
  outbox.retry();
  await settle();
  expect(seen.taken).toEqual(['a', 'b', 'c', 'd']);
  expect(seen.queued).toBe(0);
});

test('only one attempt is open at a time, however many messages are offered', async () => {
  const { outbox, seen } = scripted(['EAGAIN']);
  for (const word of ['a', 'b', 'c']) offer(outbox, word);
  expect(seen.attempts).toBe(1);
  await settle();
  expect(seen.attempts).toBe(1);
});

test('a full peer takes nothing until half of the bound is free, then says so once', async () => {
  const { outbox, seen } = scripted([], { otherwise: 'EAGAIN', bytesMax: 300 });
  const results = Array.from({ length: 5 }, (_, index) => offer(outbox, index));
  expect(results).toEqual(['accepted', 'accepted', 'accepted', 'full', 'full']);
  await settle();
  expect(seen.drained).toBe(0);
  expect(offer(outbox, 'x')).toBe('full');
});

test('after the drain the peer takes messages again', async () => {
  const { outbox, seen } = scripted(['EAGAIN'], { bytesMax: 300 });
  for (let index = 0; index < 4; index += 1) offer(outbox, index);
  await settle();
  outbox.retry();
  await settle();
  expect(seen.drained).toBe(1);
  expect(offer(outbox, 'more')).toBe('accepted');
});

test('one message larger than the bound is taken when nothing waits', async () => {
  const { outbox, seen } = scripted([], { bytesMax: 10 });
  expect(offer(outbox, 'x'.repeat(1_000))).toBe('accepted');
  expect(offer(outbox, 'y')).toBe('full');
  await settle();
  expect(seen.taken).toHaveLength(1);
});

test('a peer found gone is told once, with everything queued as lost', async () => {
  const { outbox, seen } = scripted(['taken', 'EHOSTUNREACH']);
  for (const word of ['a', 'b', 'c']) offer(outbox, word);
  await settle();
  expect(seen).toMatchObject({ taken: ['a'], lost: 2, gone: 1, queued: 0 });
  expect(offer(outbox, 'd')).toBe('gone');
});

test('a refusal that is not about the peer costs that one message, told as lost', async () => {
  const { outbox, seen } = scripted(['ENOMEM']);
  for (const word of ['a', 'b']) offer(outbox, word);
  await settle();
  expect(seen).toMatchObject({ taken: ['b'], lost: 1, gone: 0, queued: 0 });
});

test('a long queue lets the event loop in between its runs', async () => {
  const { outbox, seen, soon } = scripted([], { bytesMax: 1_000_000 });
  for (let index = 0; index < 300; index += 1) offer(outbox, index);
  await settle();
  expect(seen.taken.length).toBeLessThan(300);
  while (soon.length > 0) {
    soon.shift()?.retry();
    await settle();
  }
  expect(seen.taken).toEqual(Array.from({ length: 300 }, (_, index) => String(index)));
});

test('a peer that leaves gets what there is room for; the rest is told as lost, without a word that it is gone', async () => {
  const { outbox, seen } = scripted(['taken', 'EAGAIN']);
  for (const word of ['a', 'b', 'c']) offer(outbox, word);
  outbox.leave();
  expect(offer(outbox, 'd')).toBe('gone');
  await settle();
  expect(seen).toMatchObject({ taken: ['a'], lost: 2, gone: 0, queued: 0 });
});

test('a peer that leaves while it waits for room loses its queue at once', async () => {
  const { outbox, seen } = scripted(['EAGAIN']);
  for (const word of ['a', 'b']) offer(outbox, word);
  await settle();
  outbox.leave();
  expect(seen).toMatchObject({ lost: 2, queued: 0 });
});
