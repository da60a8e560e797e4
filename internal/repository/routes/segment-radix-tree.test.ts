// The bound on a look-up is proved by counting the nodes it goes to, on the shapes that would hurt most.

import { describe, expect, it } from 'vitest';
import { asQueueId, asRouteId } from '../../domain/ids.ts';
import type { RouteEntry } from '../../domain/route-index.ts';
import { EdgeTable } from './edge-table.ts';
import { SegmentRadixTree } from './segment-radix-tree.ts';

const route = (number: number, pattern: string): RouteEntry => ({
  route: asRouteId(number),
  tenant: '',
  pattern,
  kind: 'direct',
  queue: asQueueId(number),
  priority: 0,
  enabled: true,
  exclusive: false,
  queueName: `queue-${number}`,
});

const treeOf = (
  patterns: readonly string[],
): { readonly tree: SegmentRadixTree; readonly routes: readonly RouteEntry[] } => {
  const tree = new SegmentRadixTree();
  const routes = patterns.map((pattern, i) => route(i + 1, pattern));
  for (const entry of routes) tree.add(entry);
  tree.checkInvariants();
  return { tree, routes };
};

/** Every way to write `levels` segments with `a` and `*`, then `end`. */
const allMixed = (levels: number, end: string): string[] =>
  Array.from(
    { length: 2 ** levels },
    (_, bits) => `${Array.from({ length: levels }, (_unused, i) => ((bits >> i) & 1 ? '*' : 'a')).join('.')}.${end}`,
  );

describe('a look-up', () => {
  it('visits no node twice, even where every mix of a and * is a pattern and none matches', () => {
    const { tree } = treeOf(allMixed(12, 'z'));
    expect(tree.collect(`${Array(12).fill('a').join('.')}.q`).routes).toEqual([]);
    expect(tree.visited).toBeLessThan(tree.nodeCount);
    expect(tree.visited).toBeLessThan(2 ** 13);
  });

  it('goes one way only through a long run of stars', () => {
    const { tree } = treeOf(
      Array.from({ length: 31 }, (_, i) =>
        Array(i + 1)
          .fill('*')
          .join('.'),
      ).flatMap((run) => [`${run}.z`, run, `${run}.>`]),
    );
    const { routes } = tree.collect(Array(32).fill('a').join('.'));
    expect(routes).toHaveLength(31);
    expect(tree.visited).toBeLessThanOrEqual(33);
  });

  it('holds its stack at 32 levels with two ways on each', () => {
    const comb = Array.from({ length: 31 }, (_, i) =>
      [...Array(i).fill('a'), '*', ...Array(31 - i).fill('a')].join('.'),
    );
    const { tree } = treeOf([...comb, Array(32).fill('a').join('.'), Array(32).fill('*').join('.')]);
    const found = tree.collect(Array(32).fill('a').join('.'));
    expect(found.routes).toHaveLength(33);
    expect(found).toMatchObject({ starFrom: 1, tailFrom: 33 });
  });
});

describe('a removal', () => {
  it('gives back every node, edge and segment, whatever the order', () => {
    const patterns = [...allMixed(6, '>'), ...allMixed(5, 'end'), 'a', '*', '>', 'a.b.c.d'];
    for (const stride of [1, 7, 37]) {
      const { tree, routes } = treeOf(patterns);
      for (let i = 0; i < routes.length; i++) {
        tree.remove(routes[(i * stride) % routes.length] as RouteEntry);
        tree.checkInvariants();
      }
      expect(tree.isEmpty).toBe(true);
      expect(tree.nodeCount).toBe(1);
    }
  });

  it('keeps the other routes of the same pattern', () => {
    const { tree, routes } = treeOf(['a.*', 'a.*', 'a.*']);
    tree.remove(routes[1] as RouteEntry);
    expect(
      tree
        .collect('a.b')
        .routes.map((entry) => entry.route)
        .sort((a, b) => a - b),
    ).toEqual([1, 3]);
  });

  it('reuses what was given back, so that churn does not grow the tree', () => {
    const tree = new SegmentRadixTree();
    for (let i = 0; i < 5_000; i++) {
      const entry = route(i, `session.s${i}.*`);
      tree.add(entry);
      expect(tree.collect(`session.s${i}.x`).routes).toEqual([entry]);
      tree.remove(entry);
    }
    tree.checkInvariants();
    expect(tree.nodeCount).toBe(1);
    expect(tree.capacity).toBeLessThan(10);
  });

  it('of a route that is not held is a broken assumption', () => {
    const { tree } = treeOf(['a.b']);
    expect(() => tree.remove(route(9, 'a.b'))).toThrow('is in the tree');
    expect(() => tree.remove(route(9, 'a.c'))).toThrow('is in the tree');
  });
});

describe('the edge table', () => {
  it('agrees with a map through growth, removal and shrinking', () => {
    const table = new EdgeTable();
    const twin = new Map<string, [number, number, number]>();
    let state = 1;
    const next = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % below;
    };
    for (let step = 0; step < 20_000; step++) {
      const parent = next(40);
      const atom = 1 + next(40);
      const key = `${parent}/${atom}`;
      const shrinking = step > 10_000;
      if (twin.has(key) && (shrinking || next(2) === 0)) {
        table.remove(parent, atom);
        twin.delete(key);
      } else if (!twin.has(key) && !shrinking) {
        table.add(parent, atom, step + 1);
        twin.set(key, [parent, atom, step + 1]);
      }
      if (step % 97 === 0) for (const [p, a, child] of twin.values()) expect(table.find(p, a)).toBe(child);
      expect(table.find(parent, atom)).toBe(twin.get(key)?.[2] ?? 0);
      expect(table.size).toBe(twin.size);
    }
    for (const [parent, atom] of [...twin.values()]) table.remove(parent, atom);
    expect(table.size).toBe(0);
  });
});
