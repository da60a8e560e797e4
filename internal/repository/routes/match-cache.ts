// Answers for the topics asked lately, in two generations. A new answer, and one found among the old, goes to the
// young; when the young are full they become the old, and the old are let go. So a topic in use survives a flood
// of others, and the bound costs no book-keeping per question.
// An answer weighs more the more routes it names, so that the bound is one of memory.
// Invariant: a generation weighs at most half of `weightMax`, its last answer not counted.

import type { RouteMatch } from '../../domain/route-index.ts';

type Generation = Map<string, RouteMatch>;

/** An answer weighs 1, and 1 more for each so many routes. */
const ROUTES_PER_WEIGHT = 8;

export class MatchCache {
  readonly #generationMax: number;
  #young: Generation = new Map();
  #old: Generation = new Map();
  #youngWeight = 0;
  #oldWeight = 0;

  /** With less than 2 nothing is kept. */
  constructor(weightMax: number) {
    this.#generationMax = Math.floor(weightMax / 2);
  }

  /** Of both generations; an answer that is in both weighs twice. */
  get weight(): number {
    return this.#youngWeight + this.#oldWeight;
  }

  find(tenant: string, topic: string): RouteMatch | undefined {
    const key = keyOf(tenant, topic);
    const match = this.#young.get(key);
    if (match !== undefined) return match;
    const old = this.#old.get(key);
    if (old !== undefined) this.#keep(key, old);
    return old;
  }

  /** The answer must not be known yet. */
  keep(tenant: string, topic: string, match: RouteMatch): void {
    if (this.#generationMax > 0) this.#keep(keyOf(tenant, topic), match);
  }

  clear(): void {
    if (this.weight === 0) return;
    this.#young = new Map();
    this.#old = new Map();
    this.#youngWeight = 0;
    this.#oldWeight = 0;
  }

  #keep(key: string, match: RouteMatch): void {
    if (this.#youngWeight >= this.#generationMax) {
      this.#old = this.#young;
      this.#oldWeight = this.#youngWeight;
      this.#young = new Map();
      this.#youngWeight = 0;
    }
    this.#young.set(key, match);
    const { length } = match.choice?.routes ?? match.routes;
    this.#youngWeight += 1 + Math.floor(length / ROUTES_PER_WEIGHT);
  }
}

/** Neither names nor topics hold a NUL, so no two questions share a key; the default tenant's costs nothing. */
function keyOf(tenant: string, topic: string): string {
  return tenant === '' ? topic : `${tenant}\0${topic}`;
}
