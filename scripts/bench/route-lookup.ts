// Look-up in the route index with many mixed patterns, no topic asked twice: once with the cache off, once with a
// cache that never knows the answer and pays for it, and, beside them, once more for topics that it does know.
// Prints median and p99 in nanoseconds and a hash of all answers: two runs with equal settings did equal work.
// Each look-up is timed alone; what reading the clock costs is measured too, and is part of the figures.
//
//   npx tsx scripts/bench/route-lookup.ts [patterns] [lookups] [seed]

import { pathToFileURL } from 'node:url';
import { asQueueId, asRouteId } from '../../internal/domain/ids.ts';
import type { RouteEntry } from '../../internal/domain/route-index.ts';
import { RadixRouteIndex } from '../../internal/repository/routes/radix-route-index.ts';

export interface RouteLookupSettings {
  readonly patterns: number;
  readonly lookups: number;
  readonly seed: number;
}

export interface Latency {
  readonly medianNs: number;
  readonly p99Ns: number;
  readonly p999Ns: number;
}

export interface RouteLookupResult {
  /** The tree and the rules, nothing else. */
  readonly uncached: Latency;
  /** The cache is asked, and told, in vain. */
  readonly cacheMiss: Latency;
  readonly cacheHit: Latency;
  readonly clockNs: number;
  readonly buildMs: number;
  /** Routes per answer. */
  readonly routesMean: number;
  readonly hash: string;
}

const HOT_TOPICS = 1_000;

export function benchRouteLookup(settings: RouteLookupSettings): RouteLookupResult {
  const random = generator(settings.seed);
  const patterns = distinct(settings.patterns, () => mixedPattern(random));
  const entries = patterns.map((pattern, i) => entry(i, pattern, random));
  // As bytes: each look-up gets its topic fresh, as a message brings it.
  const topics = distinct(settings.lookups * 2, () => topicFor(patterns, random)).map((topic) => Buffer.from(topic));

  const buildFrom = performance.now();
  const cached = new RadixRouteIndex();
  for (const route of entries) cached.add(route);
  const buildMs = Math.round(performance.now() - buildFrom);
  const uncached = new RadixRouteIndex({ cacheWeightMax: 0 });
  for (const route of entries) uncached.add(route);

  const tally: Tally = { hash: 0x811c9dc5, routes: 0 };
  const hot = Array.from(
    { length: settings.lookups * 2 },
    (_, i) => topics[i % Math.min(HOT_TOPICS, topics.length)] as Buffer,
  );
  return {
    uncached: measure(uncached, topics, tally),
    cacheMiss: measure(cached, topics, tally),
    cacheHit: measure(cached, hot, tally),
    clockNs: clockCost(),
    buildMs,
    routesMean: tally.routes / (settings.lookups * 6),
    hash: (tally.hash >>> 0).toString(16).padStart(8, '0'),
  };
}

interface Tally {
  hash: number;
  routes: number;
}

/** The first half of the look-ups warms up the compiler, on other topics; the second half is measured. */
function measure(index: RadixRouteIndex, topics: readonly Buffer[], tally: Tally): Latency {
  const warm = topics.length / 2;
  const times = new Float64Array(topics.length - warm);
  for (let i = 0; i < topics.length; i++) {
    const topic = (topics[i] as Buffer).toString('latin1');
    const from = performance.now();
    const match = index.match('', topic);
    const took = performance.now() - from;
    if (i >= warm) times[i - warm] = took;
    for (const queue of match.queues) tally.hash = Math.imul(tally.hash ^ queue, 0x01000193);
    tally.hash = Math.imul(tally.hash ^ (match.fanout ? 1 : 2), 0x01000193);
    tally.routes += match.routes.length;
  }
  times.sort();
  const at = (share: number): number => Math.round((times[Math.floor(times.length * share)] as number) * 1e6);
  return { medianNs: at(0.5), p99Ns: at(0.99), p999Ns: at(0.999) };
}

/** 40 % literal, 20 % each `a.*.c` and `*.x.*` shapes, 20 % ending in `>`; three to five levels. */
function mixedPattern(random: () => number): string {
  const kind = random();
  const levels = 3 + Math.floor(random() * 3);
  const segments = Array.from({ length: levels }, (_, level) => word(level, random));
  if (kind < 0.4) return segments.join('.');
  if (kind < 0.6) {
    segments[1 + Math.floor(random() * (levels - 1))] = '*';
    return segments.join('.');
  }
  if (kind < 0.8) {
    for (let level = 0; level < levels; level += 2) segments[level] = '*';
    return segments.join('.');
  }
  if (kind < 0.9) segments[1] = '*';
  segments[levels - 1] = '>';
  return segments.join('.');
}

/** Four in five are made to match a pattern, the others are words at random. */
function topicFor(patterns: readonly string[], random: () => number): string {
  if (random() < 0.2) {
    const levels = 3 + Math.floor(random() * 3);
    return Array.from({ length: levels }, (_, level) => word(level, random)).join('.');
  }
  const pattern = patterns[Math.floor(random() * patterns.length)] as string;
  return pattern
    .split('.')
    .map((segment, level) => (segment === '*' || segment === '>' ? word(level, random) : segment))
    .concat(random() < 0.5 ? [] : [`id${Math.floor(random() * 1e6)}`])
    .slice(0, pattern.endsWith('>') ? 32 : pattern.split('.').length)
    .join('.');
}

function word(level: number, random: () => number): string {
  return `${'abcde'[level]}${Math.floor(random() * 300)}`;
}

function entry(i: number, pattern: string, random: () => number): RouteEntry {
  const fanout = random() < 0.02;
  return {
    route: asRouteId(i + 1),
    tenant: '',
    pattern,
    kind: fanout ? 'fanout' : 'direct',
    queue: asQueueId(fanout ? 0 : 1 + (i % 1000)),
    priority: i % 3,
    enabled: true,
    exclusive: random() < 0.2,
    queueName: fanout ? '' : `queue-${i % 1000}`,
  };
}

function distinct(count: number, make: () => string): string[] {
  const made = new Set<string>();
  while (made.size < count) made.add(make());
  return [...made];
}

/** mulberry32: small, seeded, and good enough to mix shapes. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function clockCost(): number {
  const costs = new Float64Array(10_001);
  for (let i = 0; i < costs.length; i++) {
    const from = performance.now();
    costs[i] = performance.now() - from;
  }
  costs.sort();
  return Math.round((costs[5_000] as number) * 1e6);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [patterns = '100000', lookups = '200000', seed = '1'] = process.argv.slice(2);
  const settings = { patterns: Number(patterns), lookups: Number(lookups), seed: Number(seed) };
  console.log(JSON.stringify({ ...settings, ...benchRouteLookup(settings) }, null, 2));
}
