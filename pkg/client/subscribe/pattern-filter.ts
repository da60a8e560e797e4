// Which topics the patterns of a subscription match. Topics repeat, so what was found for recent ones is remembered, by
// text: a memo only, bounded.

import { matches } from '../../protocol/index.ts';

const REMEMBERED_MAX = 4_096;

export class PatternFilter {
  readonly #patterns: readonly string[];
  readonly #known = new Map<string, boolean>();
  #lastTopic = '';
  #lastMatch = false;

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
  }

  matches(topic: string): boolean {
    if (topic === this.#lastTopic) return this.#lastMatch;
    let isMatch = this.#known.get(topic);
    if (isMatch === undefined) {
      isMatch = this.#patterns.some((pattern) => matches(pattern, topic));
      if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
      this.#known.set(topic, isMatch);
    }
    this.#lastTopic = topic;
    this.#lastMatch = isMatch;
    return isMatch;
  }
}
