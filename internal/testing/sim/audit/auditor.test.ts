// A checker that has never failed proves nothing: each judgement of the auditor is made to fail here.

import { expect, test } from 'vitest';
import { Auditor, type Delivered } from './auditor.ts';
import { Book, bodyOf, type Page } from './book.ts';
import { Model } from './model.ts';

const LEASE_MS = 100;

function aCase() {
  let step = 0;
  const now = (): number => (step += 1);
  let ms = 0;
  const [book, model] = [new Book(now, () => ms), new Model(now)];
  const auditor = new Auditor(book, model, now, () => false, {
    nowMs: () => ms,
    handedAtMs: (_queue, deadlineMs) => deadlineMs - LEASE_MS,
  });
  model.bind('a', 'q')();
  const page = (order = 1): Page => book.open({ topic: 'a', messageId: 'm', bodyBytes: 100, producer: 'p', order });
  const given = (of: Page, over: Partial<Delivered> = {}): Delivered => ({
    queue: 'q',
    topic: of.topic,
    messageId: of.messageId,
    body: bodyOf(of),
    sequence: of.number + 1,
    delivery: of.number + 1,
    attempt: 1,
    returned: 0,
    deadlineMs: ms + LEASE_MS,
    ...over,
  });
  const at = (nowMs: number): void => {
    ms = nowMs;
  };
  return { auditor, book, page, given, at };
}

test('what was published may be delivered, and again under another token', () => {
  const { auditor, page, given } = aCase();
  const one = page();
  auditor.delivered(given(one));
  auditor.delivered(given(one, { delivery: 2, attempt: 2 }));
  expect(auditor.counts).toMatchObject({ delivered: 2, redelivered: 1, firsts: 1 });
});

test.each([
  ['another byte', { body: new Uint8Array(100) }, /unexpected/],
  ['another topic', { topic: 'b' }, /unexpected/],
  ['a queue without a route', { queue: 'r' }, /unexpected/],
] as const)('a delivery with %s is found', (_what, over, violation) => {
  const { auditor, page, given } = aCase();
  expect(() => auditor.delivered(given(page(), over))).toThrow(violation);
});

test('a delivery of a message that was refused is found', () => {
  const { auditor, book, page, given } = aCase();
  const one = page();
  book.refused(one, 'UNROUTABLE');
  expect(() => auditor.delivered(given(one))).toThrow(/unexpected/);
});

test('a token that comes twice is found', () => {
  const { auditor, page, given } = aCase();
  auditor.delivered(given(page(1)));
  expect(() => auditor.delivered(given(page(2), { delivery: 1 }))).toThrow(/fencing/);
});

test('a message that was accepted twice is found', () => {
  const { auditor, page, given } = aCase();
  const one = page();
  auditor.delivered(given(one));
  expect(() => auditor.delivered(given(one, { delivery: 2, sequence: 9 }))).toThrow(/duplicated/);
});

test('a second hand-over at most once is found', () => {
  const { auditor, page, given } = aCase();
  const one = page();
  auditor.delivered(given(one, { delivery: 0 }));
  expect(() => auditor.delivered(given(one, { delivery: 0 }))).toThrow(/duplicated/);
});

test('a delivery behind a durable ack is found, before and after the reply', () => {
  const { auditor, page, given } = aCase();
  const [one, other] = [page(1), page(2)];
  auditor.delivered(given(one));
  auditor.ackSent(1);
  auditor.ackDurable(1, 5);
  expect(() => auditor.delivered(given(one, { delivery: 7, attempt: 2 }))).toThrow(/duplicated/);
  auditor.delivered(given(other));
  auditor.delivered(given(other, { delivery: 8, attempt: 2 }));
  expect(() => auditor.ackDurable(2, 6)).toThrow(/duplicated/);
});

test('first deliveries out of order are found, in whatever order they arrive', () => {
  const { auditor, page, given } = aCase();
  const [one, two] = [page(1), page(2)];
  auditor.delivered(given(two, { delivery: 10 }));
  expect(() => auditor.delivered(given(one, { delivery: 11 }))).toThrow(/reordered/);
});

test('a producer whose messages were accepted out of order is found', () => {
  const { auditor, page, given } = aCase();
  const [first, second] = [page(2), page(1)];
  auditor.delivered(given(first));
  expect(() => auditor.delivered(given(second))).toThrow(/reordered/);
});

test('a confirm as a duplicate of what was sent once is found', () => {
  const { book, page } = aCase();
  const one = page();
  one.sends = 1;
  expect(() => book.confirmed(one, 3, true)).toThrow(/unexpected/);
});

test('a message that came before it was due is found', () => {
  const { auditor, book, given, at } = aCase();
  const of = { topic: 'a', messageId: 'm', bodyBytes: 100, producer: 'p', order: 1, delayMs: 50 };
  const [early, late] = [book.open(of), book.open({ ...of, order: 2 })];
  at(47.5);
  expect(() => auditor.delivered(given(early))).toThrow(/due 50 ms/);
  at(50);
  auditor.delivered(given(late));
});

test('a message that was handed over when its time was over is found', () => {
  const { auditor, book, given, at } = aCase();
  const of = { topic: 'a', messageId: 'm', bodyBytes: 100, producer: 'p', order: 1, ttlMs: 50 };
  const [over, good] = [book.open(of), book.open({ ...of, order: 2 })];
  for (const page of [over, good]) book.confirmed(page, 1, false);
  at(200);
  auditor.delivered(given(good, { deadlineMs: 49 + LEASE_MS }));
  expect(() => auditor.delivered(given(over, { deadlineMs: 50 + LEASE_MS }))).toThrow(/its time was over/);
});
