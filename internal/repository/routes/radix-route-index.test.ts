// The index is compared with a model that tries every route with the naive matcher and sorts what it finds by the
// rules as docs/routing.md has them, written out a second time.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, patternClass } from '../../../pkg/protocol/topic.ts';
import type { RouteKind } from '../../domain/event.ts';
import { asQueueId, asRouteId } from '../../domain/ids.ts';
import type { RouteEntry } from '../../domain/route-index.ts';
import { RadixRouteIndex } from './radix-route-index.ts';

const route = (number: number, pattern: string, over: Partial<RouteEntry> = {}): RouteEntry => ({
  route: asRouteId(number),
  tenant: '',
  pattern,
  kind: 'direct',
  queue: asQueueId(number),
  priority: 0,
  enabled: true,
  exclusive: false,
  queueName: `queue-${number}`,
  ...over,
});

const indexOf = (...routes: RouteEntry[]): RadixRouteIndex => {
  const index = new RadixRouteIndex();
  for (const entry of routes) index.add(entry);
  return index;
};

const numbers = (routes: readonly RouteEntry[]): number[] => routes.map((entry) => entry.route);

function model(
  routes: readonly RouteEntry[],
  tenant: string,
  topic: string,
): { queues: number[]; fanout: boolean; routes: number[] } {
  const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const found = routes
    .filter((entry) => entry.enabled && entry.tenant === tenant && matches(entry.pattern, topic))
    .sort(
      (a, b) =>
        patternClass(a.pattern) - patternClass(b.pattern) ||
        b.priority - a.priority ||
        text(a.pattern, b.pattern) ||
        text(a.queueName, b.queueName) ||
        text(a.kind, b.kind) ||
        a.route - b.route,
    );
  const firstExclusive = found.find((entry) => entry.kind === 'direct' && entry.exclusive);
  const counting = found.filter((entry) => entry.kind === 'fanout' || !entry.exclusive || entry === firstExclusive);
  const queues = new Set(counting.filter((entry) => entry.kind === 'direct').map((entry) => entry.queue));
  return {
    queues: [...queues].sort((a, b) => a - b),
    fanout: counting.some((entry) => entry.kind === 'fanout'),
    routes: numbers(counting),
  };
}

const word = fc.constantFrom('a', 'b', 'c', 'dd');
const topic = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join('.'));
const pattern = fc
  .tuple(
    fc.array(fc.oneof({ weight: 3, arbitrary: word }, { weight: 2, arbitrary: fc.constant('*') }), { maxLength: 5 }),
    fc.constantFrom('a', 'b', '*', '>'),
  )
  .map(([segments, last]) => [...segments, last].join('.'));
const shape = fc.record({
  pattern,
  tenant: fc.constantFrom('', 'acme'),
  kind: fc.constantFrom<RouteKind>('direct', 'direct', 'direct', 'fanout'),
  queue: fc.integer({ min: 1, max: 6 }),
  priority: fc.integer({ min: -1, max: 1 }),
  enabled: fc.boolean(),
  exclusive: fc.boolean(),
});

describe('against the naive model', () => {
  it('gives the same queues, fanout and order after any adds and removes', () => {
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: shape }, { weight: 1, arbitrary: fc.nat() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, fc.array(topic, { minLength: 1, maxLength: 10 }), (script, topics) => {
        const index = new RadixRouteIndex({ cacheWeightMax: 8 });
        const held: RouteEntry[] = [];
        let last = 0;
        for (const step of script) {
          if (typeof step !== 'number') {
            const fanout = step.kind === 'fanout';
            const queueName = fanout ? '' : `queue-${step.queue}`;
            const entry = route(++last, step.pattern, {
              ...step,
              queue: asQueueId(fanout ? 0 : step.queue),
              queueName,
            });
            held.push(entry);
            index.add(entry);
          } else if (held.length > 0) {
            const [gone] = held.splice(step % held.length, 1);
            index.remove((gone as RouteEntry).route);
          }
          index.checkInvariants();
          const asked = topics[last % topics.length] as string;
          const match = index.match('', asked);
          expect({ queues: match.queues, fanout: match.fanout, routes: numbers(match.routes) }).toEqual(
            model(held, '', asked),
          );
        }
        for (const asked of topics) {
          for (const tenant of ['', 'acme', 'nobody']) {
            const match = index.match(tenant, asked);
            expect({ queues: match.queues, fanout: match.fanout, routes: numbers(match.routes) }).toEqual(
              model(held, tenant, asked),
            );
          }
        }
        expect(index.size).toBe(held.length);
        for (const entry of held) index.remove(entry.route);
        index.checkInvariants();
        expect(index.size).toBe(0);
        for (const asked of topics) expect(index.match('', asked).routes).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives the same where hundreds of routes match one topic', () => {
    fc.assert(
      fc.property(fc.array(shape, { minLength: 200, maxLength: 400 }), topic, (shapes, asked) => {
        const held = shapes.map((s, i) =>
          route(i + 1, s.pattern, { ...s, queue: asQueueId(s.queue), queueName: `queue-${s.queue}` }),
        );
        const match = indexOf(...held).match('', asked);
        expect({ queues: match.queues, fanout: match.fanout, routes: numbers(match.routes) }).toEqual(
          model(held, '', asked),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('precedence', () => {
  it('puts literal before * before >, whatever the priority', () => {
    const index = indexOf(route(1, '>', { priority: 9 }), route(2, 'a.*', { priority: 5 }), route(3, 'a.b'));
    expect(numbers(index.match('', 'a.b').routes)).toEqual([3, 2, 1]);
  });

  it('then takes the higher priority, then pattern, destination and kind as text', () => {
    const index = indexOf(
      route(1, '*.b', { priority: 1 }),
      route(2, 'a.*', { priority: 1, queueName: 'z' }),
      route(3, 'a.*', { priority: 1, queueName: 'y' }),
      route(4, 'a.*', { priority: 2 }),
      route(5, 'a.*', { priority: 1, queueName: 'y', kind: 'fanout' }),
    );
    expect(numbers(index.match('', 'a.b').routes)).toEqual([4, 1, 3, 5, 2]);
  });

  it('lets only the first exclusive direct route count, and leaves the others alone', () => {
    const index = indexOf(
      route(1, 'a.>', { exclusive: true }),
      route(2, 'a.*', { exclusive: true }),
      route(3, 'a.b', { kind: 'fanout', exclusive: true, queue: asQueueId(0) }),
      route(4, '>'),
    );
    expect(index.match('', 'a.b')).toMatchObject({ queues: [2, 4], fanout: true });
    expect(index.match('', 'a.b.c')).toMatchObject({ queues: [1, 4], fanout: false });
  });

  it('gives a queue one copy, however many routes lead to it', () => {
    const index = indexOf(
      route(1, 'a', { queue: asQueueId(7) }),
      route(2, '*', { queue: asQueueId(7) }),
      route(3, '>', { queue: asQueueId(2) }),
    );
    expect(index.match('', 'a').queues).toEqual([2, 7]);
  });
});

describe('as a table', () => {
  it('skips a disabled route, and counts it', () => {
    const index = indexOf(route(1, 'a', { enabled: false }));
    expect(index.match('', 'a').routes).toEqual([]);
    expect(index.size).toBe(1);
    index.remove(asRouteId(1));
    expect(index.size).toBe(0);
  });

  it('keeps tenants apart, the default one included', () => {
    const index = indexOf(route(1, '>', { tenant: 'acme' }), route(2, '>'));
    expect(index.match('acme', 'a').queues).toEqual([1]);
    expect(index.match('', 'a').queues).toEqual([2]);
    expect(index.match('other', 'a').queues).toEqual([]);
  });

  it('refuses a route number that it has, and one that it does not have', () => {
    const index = indexOf(route(1, 'a'));
    expect(() => index.add(route(1, 'b'))).toThrow('new to the index');
    expect(() => index.remove(asRouteId(2))).toThrow('is in the index');
  });

  it('gives the same frozen answer again until a route changes', () => {
    const index = indexOf(route(1, 'a.*'));
    const first = index.match('', 'a.b');
    const { version } = index;
    expect(index.match('', 'a.b')).toBe(first);
    expect(index.match('', 'x')).toBe(index.match('', 'y'));
    expect(Object.isFrozen(first) && Object.isFrozen(first.queues) && Object.isFrozen(first.routes)).toBe(true);
    expect(index.version).toBe(version);
    index.add(route(2, 'a.b'));
    expect(index.version).toBeGreaterThan(version);
    expect(index.match('', 'a.b').queues).toEqual([1, 2]);
    index.remove(asRouteId(1));
    expect(index.match('', 'a.b').queues).toEqual([2]);
  });
});
