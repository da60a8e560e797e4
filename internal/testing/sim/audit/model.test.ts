// The model predicts what a queue owes, so it is tested before it judges.

import { expect, test } from 'vitest';
import type { Page } from './book.ts';
import { Model } from './model.ts';

const of = (topic: string): Page => ({ topic }) as Page;

function aModel() {
  let step = 0;
  const at = (to: number): void => {
    step = to;
  };
  return { model: new Model(() => step), at };
}

test('a binding holds for certain only from its answer on', () => {
  const { model, at } = aModel();
  at(10);
  const bound = model.bind('a.>', 'q');
  at(20);
  bound();
  expect(model.must(of('a.b'), 20, 30)).toEqual(new Set(['q']));
  expect(model.must(of('a.b'), 15, 30)).toEqual(new Set());
  expect([model.may('q', of('a.b'), 15, 15), model.may('q', of('a.b'), 5, 5), model.may('q', of('b'), 15, 15)]).toEqual(
    [true, false, false],
  );
});

test('between the question and the answer of its end a binding may hold or not', () => {
  const { model, at } = aModel();
  model.bind('a', 'q')();
  at(10);
  const ended = model.unbind('a', 'q');
  at(20);
  ended();
  expect(
    [model.must(of('a'), 5, 9), model.must(of('a'), 5, 15), model.must(of('a'), 25, 30)].map((queues) => queues.size),
  ).toEqual([1, 0, 0]);
  expect([model.may('q', of('a'), 15, 15), model.may('q', of('a'), 25, 25)]).toEqual([true, false]);
});

test('what is asked for while a queue is being deleted is certain no more', () => {
  const { model, at } = aModel();
  model.bind('a', 'q')();
  at(10);
  const deleted = model.delete('q');
  at(12);
  model.bind('a', 'q')();
  at(20);
  deleted();
  expect([model.must(of('a'), 13, 30).size, model.may('q', of('a'), 30, 30)]).toEqual([0, true]);
  expect([model.mayBeRemoved('q', 15), model.mayBeRemoved('q', 25)]).toEqual([true, false]);
});
