// Virtual time fires what is due in order, and never by itself.

import { expect, test } from 'vitest';
import { Random } from '../random.ts';
import { Life, VirtualTime } from './virtual-time.ts';

const run = (time: VirtualTime): void => {
  while (time.step());
};

test('things happen by time, and at one time in the order in which they were asked for', () => {
  const time = new VirtualTime();
  const random = new Random(3);
  const happened: [number, number][] = [];
  for (let i = 0; i < 500; i += 1) {
    const atMs = random.int(40);
    time.at(atMs, () => happened.push([time.nowMs, i]));
  }
  run(time);
  expect(happened).toHaveLength(500);
  expect(happened).toEqual([...happened].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
});

test('what was cancelled does not happen, also when it waits for a process that is stopped', () => {
  const time = new VirtualTime();
  const life = new Life();
  const happened: string[] = [];
  time.after(5, () => happened.push('never'), life)();
  life.stoppedUntilMs = 100;
  const cancel = time.after(10, () => happened.push('neither'), life);
  time.after(20, () => cancel());
  run(time);
  expect(happened).toEqual([]);
});

test('the events of a process die with it, and wait while it is stopped', () => {
  const time = new VirtualTime();
  const [stopped, dead] = [new Life(), new Life()];
  const happened: [string, number][] = [];
  stopped.stoppedUntilMs = 50;
  time.after(10, () => happened.push(['stopped', time.nowMs]), stopped);
  time.after(20, () => happened.push(['other', time.nowMs]));
  time.after(30, () => happened.push(['dead', time.nowMs]), dead);
  dead.alive = false;
  run(time);
  expect(happened).toEqual([
    ['other', 20],
    ['stopped', 50],
  ]);
});
