// Pins hold the journal's files, and end by themselves: by their clock, and where the disk has no room left.

import { expect, it } from 'vitest';
import { JournalWorld } from '../testing/journal/journal-world.ts';
import { JournalPins, PINS_MAX } from './journal-pins.ts';
import type { Journal } from './ports/journal.ts';

const segmentsOf = (world: JournalWorld): string[] => world.disk.listSync().filter((name) => name.endsWith('.segment'));

function aJournal(over: Partial<Pick<Journal, 'durability'>> = {}) {
  const world = new JournalWorld();
  world.start();
  const found = { blocked: null as string | null, busy: false };
  const { journal, timers } = world;
  const seen = new Proxy(journal, {
    get: (target, name) => {
      if (name === 'room') return () => ({ ...target.room(), blocked: found.blocked });
      if (name in over) return over[name as 'durability'];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const clock = { wallMs: () => timers.nowMs, monotonicMs: () => timers.nowMs };
  const pins = new JournalPins({ journal: seen, clock, epoch: () => 3, isBusy: () => found.busy });
  const fill = (): void => {
    for (let turns = 0; turns < 12; turns += 1) {
      const position = world.append([[3_000]]);
      world.settle();
      if (turns > 0) world.release(position - 1);
    }
    world.checkpoint();
    world.settle();
  };
  return { world, pins, found, fill };
}

const taken = (pins: JournalPins, seconds = 60) => {
  const pin = pins.pin(seconds);
  if (typeof pin === 'string') throw new Error(pin);
  return pin;
};

it('keeps every segment that was there, and those that come, until it is released', () => {
  const { world, pins, fill } = aJournal();
  world.append([[3_000]]);
  world.settle();
  const { name, pin } = taken(pins);
  expect(pin).toMatchObject({ position: world.journal.durable, firstSegment: 1, lastSegment: 1 });
  fill();
  expect(segmentsOf(world)[0]).toBe('00000000000000000001.segment');
  expect(segmentsOf(world).length).toBeGreaterThan(3);
  expect(pins.held).toBe(true);
  expect(pins.unpin(name)).toBe(true);
  world.release(1);
  fill();
  expect(segmentsOf(world)[0]).not.toBe('00000000000000000001.segment');
  expect([pins.held, pins.unpin(name)]).toEqual([false, false]);
});

it('ends when its time is over, unless it is held longer; and is told by its position and the seconds that are left', () => {
  const { world, pins, fill } = aJournal();
  fill();
  const { name, pin } = taken(pins, 10);
  expect(pins.views).toEqual([{ pin: name, position: pin.position, seconds_left: 10 }]);
  world.timers.advanceTo(world.timers.nowMs + 9_000);
  expect(pins.renew(name, 10)).toBe(true);
  world.timers.advanceTo(world.timers.nowMs + 9_999);
  expect(pins.held).toBe(true);
  world.timers.advanceTo(world.timers.nowMs + 1);
  expect([pins.held, pins.renew(name, 10), pins.unpin(name), pins.views]).toEqual([false, false, false, []]);
});

it('ends where no further segment can be prepared: serving goes before copying', () => {
  const { pins, found, fill } = aJournal();
  fill();
  const { name } = taken(pins);
  found.blocked = 'ENOSPC';
  expect([pins.held, pins.unpin(name), pins.pin(60)]).toEqual([false, false, 'no room']);
});

it('is refused before anything is on disk, where nothing ever is, while the audit log loses files, and beyond a bound', () => {
  const { pins, found, fill } = aJournal();
  expect(pins.pin(60)).toBe('not yet');
  expect(aJournal({ durability: 'memory' }).pins.pin(60)).toBe('memory');
  fill();
  found.busy = true;
  expect(pins.pin(60)).toBe('removing');
  found.busy = false;
  const names = Array.from({ length: PINS_MAX }, () => taken(pins).name);
  expect(new Set(names).size).toBe(PINS_MAX);
  expect(pins.pin(60)).toBe('too many');
});
