// What a topic leads to where some of its routes count for some messages only. The routes that match are found once; for each
// message their conditions are looked at, and what the routes that count then add up to is known from the last time.

import type { Attributes } from '../../pkg/protocol/attributes.ts';
import { BRIDGE_HOPS_DEFAULT, hopsOf, unmet } from './route-condition.ts';
import type { RouteChoice, RouteEntry, RouteMatch } from './route-index.ts';

/** Answers kept: a topic's messages mostly differ in one header of few values. */
const ANSWERS_MAX = 64;

/** Whether the route looks at the message before it counts. */
export const isChoosy = ({ when, kind }: RouteEntry): boolean => when !== undefined || kind === 'bridge';

/** Why the route does not count for a message with these attributes, for people; null: it counts. */
export function refusedBy(route: RouteEntry, attributes: Attributes): 'condition' | 'hops' | null {
  if (route.when !== undefined && unmet(route.when, attributes) !== null) return 'condition';
  if (route.kind === 'bridge' && hopsOf(attributes) >= (route.hops ?? BRIDGE_HOPS_DEFAULT)) return 'hops';
  return null;
}

export class HeaderChoice implements RouteChoice {
  readonly routes: readonly RouteEntry[];
  readonly #sum: (routes: RouteEntry[]) => RouteMatch;
  readonly #answers = new Map<string, RouteMatch>();

  /** `routes` in the order of precedence. */
  constructor(routes: readonly RouteEntry[], sum: (routes: RouteEntry[]) => RouteMatch) {
    this.routes = Object.freeze([...routes]);
    this.#sum = sum;
  }

  of(attributes: Attributes): RouteMatch {
    let key = '';
    const counting: RouteEntry[] = [];
    for (const route of this.routes) {
      if (isChoosy(route)) {
        const counts = refusedBy(route, attributes) === null;
        key += counts ? '1' : '0';
        if (!counts) continue;
      }
      counting.push(route);
    }
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#sum(counting);
    if (this.#answers.size >= ANSWERS_MAX) this.#answers.clear();
    this.#answers.set(key, answer);
    return answer;
  }
}
