// Proved against a naive twin, a list that is scanned, over thousands of random changes and look-ups.

import { describe, expect, it } from 'vitest';
import { PrefixTree } from './prefix-tree.ts';
import { ascii } from './testing/raw-peer.ts';
import { Seeded } from './testing/seeded.ts';

const subscriber = (name: string) => ({ name, foundBy: 0 });

const names = (found: readonly { readonly name: string }[]): string[] => found.map(({ name }) => name).sort();

describe('the prefix tree', () => {
  it('finds each subscriber whose prefix the topic begins with, once', () => {
    const tree = new PrefixTree<ReturnType<typeof subscriber>>();
    const [all, a, ab, b] = ['all', 'a', 'ab', 'b'].map(subscriber) as [never, never, never, never];
    tree.add(ascii(''), all);
    tree.add(ascii('a'), a);
    tree.add(ascii('ab'), ab);
    tree.add(ascii('abc'), ab);
    tree.add(ascii('b'), b);
    expect(names(tree.find(ascii('abcd')))).toEqual(['a', 'ab', 'all']);
    expect(names(tree.find(ascii('ab')))).toEqual(['a', 'ab', 'all']);
    expect(names(tree.find(ascii('')))).toEqual(['all']);
    expect(names(tree.find(ascii('x')))).toEqual(['all']);
    expect(names(tree.find(ascii('b')))).toEqual(['all', 'b']);
  });

  it('says who is the first and who the last of a prefix', () => {
    const tree = new PrefixTree<ReturnType<typeof subscriber>>();
    const [one, two] = [subscriber('one'), subscriber('two')];
    expect([tree.add(ascii('x'), one), tree.add(ascii('x'), two), tree.add(ascii('xy'), two)]).toEqual([
      true,
      false,
      true,
    ]);
    expect([tree.remove(ascii('x'), one), tree.remove(ascii('x'), one), tree.remove(ascii('x'), two)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(tree.remove(ascii('never'), one)).toBe(false);
  });

  it('does as a scanned list does, and is empty again when the last one left', () => {
    const random = new Seeded(29);
    const tree = new PrefixTree<ReturnType<typeof subscriber>>();
    const subscribers = Array.from({ length: 12 }, (_, index) => subscriber(String(index)));
    const twin = new Map<string, { prefix: string; who: (typeof subscribers)[number] }>();
    const text = (): string => Array.from({ length: random.below(7) }, () => random.pick(['a', 'b', 'c'])).join('');
    for (let step = 0; step < 20_000; step += 1) {
      const who = random.pick(subscribers);
      const prefix = text();
      const key = `${who.name}:${prefix}`;
      if (twin.delete(key)) tree.remove(ascii(prefix), who);
      else {
        twin.set(key, { prefix, who });
        tree.add(ascii(prefix), who);
      }
      const topic = text();
      const expected = new Set([...twin.values()].filter((one) => topic.startsWith(one.prefix)).map((one) => one.who));
      expect(names(tree.find(ascii(topic)))).toEqual(names([...expected]));
    }
    // No node without a reason: every prefix in use, and at most as many forks.
    expect(tree.size).toBeLessThan(2 * new Set([...twin.values()].map(({ prefix }) => prefix)).size);
    for (const { prefix, who } of twin.values()) tree.remove(ascii(prefix), who);
    expect(tree.size).toBe(0);
  });

  it('costs one node for a prefix, however long', () => {
    const tree = new PrefixTree<ReturnType<typeof subscriber>>();
    tree.add(new Uint8Array(1_000), subscriber('long'));
    expect(tree.size).toBe(1);
  });
});
