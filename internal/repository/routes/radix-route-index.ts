// The route index of the broker: a radix tree per tenant, and the answers of late in front of it.
// Invariant: an answer in the cache is the one that the trees would give now; any change empties the cache.

import { invariant } from '../../domain/assert.ts';
import type { RouteId } from '../../domain/ids.ts';
import type { RouteEntry, RouteIndex, RouteMatch } from '../../domain/route-index.ts';
import { type FoundRoutes, NO_MATCH, resolveRoutes } from '../../domain/route-precedence.ts';
import { MatchCache } from './match-cache.ts';
import { SegmentRadixTree } from './segment-radix-tree.ts';

/** So many topics with few routes each: about 5 MB. */
const CACHE_WEIGHT_MAX = 16_384;

const UNDERSCORE = 0x5f;
/** Patterns that stand for at least one topic below `_dlq`. */
const DEAD_LETTERS = /^_dlq\./;

export interface RadixRouteIndexOptions {
  /** 0 turns the cache off. */
  readonly cacheWeightMax?: number;
}

export class RadixRouteIndex implements RouteIndex {
  readonly #entries = new Map<RouteId, RouteEntry>();
  readonly #trees = new Map<string, SegmentRadixTree>();
  readonly #cache: MatchCache;
  #version = 0;
  #conditional = 0;
  /** Enabled routes of each tenant that take copies of dead letters. */
  readonly #letterTakers = new Map<string, number>();

  constructor(options: RadixRouteIndexOptions = {}) {
    this.#cache = new MatchCache(options.cacheWeightMax ?? CACHE_WEIGHT_MAX);
  }

  get size(): number {
    return this.#entries.size;
  }

  get version(): number {
    return this.#version;
  }

  get conditional(): number {
    return this.#conditional;
  }

  takesDeadLetters(tenant: string): boolean {
    return this.#letterTakers.has(tenant);
  }

  add(entry: RouteEntry): void {
    invariant(!this.#entries.has(entry.route), `route ${entry.route} is new to the index`);
    this.#entries.set(entry.route, entry);
    if (entry.enabled) this.#treeOf(entry.tenant).add(entry);
    this.#count(entry, 1);
    this.#changed();
  }

  remove(route: RouteId): void {
    const entry = this.#entries.get(route);
    invariant(entry !== undefined, `route ${route} is in the index`);
    this.#entries.delete(route);
    if (entry.enabled) {
      const tree = this.#treeOf(entry.tenant);
      tree.remove(entry);
      if (tree.isEmpty) this.#trees.delete(entry.tenant);
    }
    this.#count(entry, -1);
    this.#changed();
  }

  match(tenant: string, topic: string): RouteMatch {
    const known = this.#cache.find(tenant, topic);
    if (known !== undefined) return known;
    const tree = this.#trees.get(tenant);
    if (tree === undefined) return NO_MATCH;
    const found = tree.collect(topic);
    const match = resolveRoutes(topic.charCodeAt(0) === UNDERSCORE ? ownOnly(found) : found);
    this.#cache.keep(tenant, topic, match);
    return match;
  }

  /** O(n); for tests and the simulator. */
  checkInvariants(): void {
    for (const tree of this.#trees.values()) {
      tree.checkInvariants();
      invariant(!tree.isEmpty, 'a tree holds a route');
    }
  }

  #treeOf(tenant: string): SegmentRadixTree {
    let tree = this.#trees.get(tenant);
    if (tree === undefined) {
      tree = new SegmentRadixTree();
      this.#trees.set(tenant, tree);
    }
    return tree;
  }

  #count({ tenant, pattern, enabled, when }: RouteEntry, by: 1 | -1): void {
    if (when !== undefined) this.#conditional += by;
    if (!enabled || !DEAD_LETTERS.test(pattern)) return;
    const takers = (this.#letterTakers.get(tenant) ?? 0) + by;
    if (takers > 0) this.#letterTakers.set(tenant, takers);
    else this.#letterTakers.delete(tenant);
  }

  #changed(): void {
    this.#version++;
    this.#cache.clear();
  }
}

/** The broker's own messages go only where a pattern asks for them by name: whoever takes everything did not mean them. */
function ownOnly({ routes, starFrom, tailFrom }: FoundRoutes): FoundRoutes {
  const isOwn = ({ pattern }: RouteEntry): boolean => pattern.charCodeAt(0) === UNDERSCORE;
  const literal = routes.slice(0, starFrom).filter(isOwn);
  const star = routes.slice(starFrom, tailFrom).filter(isOwn);
  const tail = routes.slice(tailFrom).filter(isOwn);
  const starAt = literal.length;
  return { routes: [...literal, ...star, ...tail], starFrom: starAt, tailFrom: starAt + star.length };
}
