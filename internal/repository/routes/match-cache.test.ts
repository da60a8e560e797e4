// The cache of route look-ups answers as the tree does, and stays within its weight.

import { describe, expect, it } from 'vitest';
import { asQueueId, asRouteId } from '../../domain/ids.ts';
import type { RouteEntry, RouteMatch } from '../../domain/route-index.ts';
import { MatchCache } from './match-cache.ts';

const anyRoute: RouteEntry = {
  route: asRouteId(1),
  tenant: '',
  pattern: '>',
  kind: 'direct',
  queue: asQueueId(1),
  priority: 0,
  enabled: true,
  exclusive: false,
  queueName: 'q',
};
const answer = (routes = 1): RouteMatch => ({
  choice: null,
  judges: [],
  internal: false,
  queues: [],
  fanout: false,
  routes: Array<RouteEntry>(routes).fill(anyRoute),
});

describe('the match cache', () => {
  it('keeps a topic in use through a flood of others', () => {
    const cache = new MatchCache(100);
    const hot = answer();
    cache.keep('', 'hot', hot);
    for (let i = 0; i < 10_000; i++) {
      cache.keep('', `cold${i}`, answer());
      if (i % 20 === 0) expect(cache.find('', 'hot')).toBe(hot);
    }
    expect(cache.find('', 'cold0')).toBeUndefined();
  });

  it('stays within its bound', () => {
    const cache = new MatchCache(100);
    for (let i = 0; i < 1_000; i++) {
      cache.keep('', `t${i}`, answer());
      expect(cache.weight).toBeLessThanOrEqual(100);
    }
    expect(cache.weight).toBeGreaterThanOrEqual(50);
  });

  it('counts the routes of an answer, so that large answers push out sooner', () => {
    const cache = new MatchCache(100);
    for (let i = 0; i < 20; i++) cache.keep('', `t${i}`, answer(800));
    expect(cache.weight).toBe(202);
    expect(cache.find('', 't19')).toBeDefined();
    expect(cache.find('', 't17')).toBeUndefined();
  });

  it('does not mistake one tenant and topic for another', () => {
    const cache = new MatchCache(100);
    const acme = answer();
    cache.keep('acme', 'a.b', acme);
    expect(cache.find('', 'a.b')).toBeUndefined();
    expect(cache.find('acme', 'a.b')).toBe(acme);
    expect(cache.find('acme.a', 'b')).toBeUndefined();
  });

  it('forgets all at once, and keeps nothing when it is turned off', () => {
    const cache = new MatchCache(100);
    cache.keep('', 'a', answer());
    cache.clear();
    expect(cache.find('', 'a')).toBeUndefined();
    expect(cache.weight).toBe(0);
    const off = new MatchCache(0);
    off.keep('', 'a', answer());
    expect(off.find('', 'a')).toBeUndefined();
  });
});
