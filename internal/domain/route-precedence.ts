// The rules of routing, apart from how matching routes are found: their order, which exclusive one counts, and
// the answer they add up to. One answer for "nothing matches" is shared by all.

import { NO_ATTRIBUTES } from '../../pkg/protocol/attributes.ts';
import { patternClass } from '../../pkg/protocol/topic.ts';
import type { QueueId } from './ids.ts';
import { HeaderChoice, isChoosy } from './route-choice.ts';
import type { RouteEntry, RouteMatch } from './route-index.ts';

/** Up to here an insertion sort beats the built-in one; nearly all look-ups find fewer. */
const INSERTION_SORT_MAX = 16;

/**
 * The enabled routes that match a topic, apart by the class of their pattern, as the way they were found tells it:
 * literal patterns first, from `starFrom` on those with `*`, from `tailFrom` on those that end in `>`.
 */
export interface FoundRoutes {
  readonly routes: RouteEntry[];
  readonly starFrom: number;
  readonly tailFrom: number;
}

const NO_JUDGES: readonly RouteEntry[] = Object.freeze([]);

export const NO_MATCH: RouteMatch = Object.freeze({
  queues: Object.freeze([]),
  fanout: false,
  routes: Object.freeze([]),
  choice: null,
  judges: NO_JUDGES,
  internal: false,
});

/**
 * Higher priority, then what looks at headers, then pattern, destination and kind as text (by UTF-16 code unit). The route's
 * number decides between what is otherwise equal, so that the order never depends on how routes were found.
 */
function compareInClass(a: RouteEntry, b: RouteEntry): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if ((a.when === undefined) !== (b.when === undefined)) return a.when === undefined ? 1 : -1;
  if (a.pattern !== b.pattern) return a.pattern < b.pattern ? -1 : 1;
  if (a.queueName !== b.queueName) return a.queueName < b.queueName ? -1 : 1;
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  return a.route - b.route;
}

/** What the routes found add up to. Takes the list over. */
export function resolveRoutes(found: FoundRoutes): RouteMatch {
  const { routes, starFrom, tailFrom } = found;
  if (routes.length === 0) return NO_MATCH;
  sortInClass(routes, 0, starFrom);
  sortInClass(routes, starFrom, tailFrom);
  sortInClass(routes, tailFrom, routes.length);
  if (!routes.some(isChoosy)) return summed(routes);
  const choice = new HeaderChoice(routes, summed);
  return Object.freeze({ ...choice.of(NO_ATTRIBUTES), choice });
}

/** The order of precedence, over all classes, for whoever looks at routes one by one. */
export const compareRoutes = (a: RouteEntry, b: RouteEntry): number =>
  patternClass(a.pattern) - patternClass(b.pattern) || compareInClass(a, b);

/** What routes in the order of precedence add up to, when all of them count. Takes the list over. */
function summed(routes: RouteEntry[]): RouteMatch {
  if (routes.length === 0) return NO_MATCH;
  const queues: QueueId[] = [];
  let fanout = false;
  let internal = false;
  let judges = NO_JUDGES;
  let exclusiveTaken = false;
  let kept = 0;
  for (let i = 0; i < routes.length; i++) {
    const route = routes[i] as RouteEntry;
    if (route.kind === 'fanout') {
      fanout = true;
    } else {
      if (route.exclusive) {
        if (exclusiveTaken) continue;
        exclusiveTaken = true;
      }
      queues.push(route.queue);
    }
    if (route.kind === 'internal') internal = true;
    if (route.schema !== undefined) judges = [...judges, route];
    routes[kept++] = route;
  }
  if (kept < routes.length) routes.length = kept;
  return Object.freeze({
    queues: Object.freeze(distinctAscending(queues)),
    fanout,
    routes: Object.freeze(routes),
    choice: null,
    judges,
    internal,
  });
}

function sortInClass(routes: RouteEntry[], from: number, to: number): void {
  if (to - from < 2) return;
  if (to - from > INSERTION_SORT_MAX) {
    const sorted = routes.slice(from, to).sort(compareInClass);
    for (let i = 0; i < sorted.length; i++) routes[from + i] = sorted[i] as RouteEntry;
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const route = routes[i] as RouteEntry;
    let hole = i;
    for (; hole > from; hole--) {
      const before = routes[hole - 1] as RouteEntry;
      if (compareInClass(before, route) <= 0) break;
      routes[hole] = before;
    }
    routes[hole] = route;
  }
}

function distinctAscending(queues: QueueId[]): QueueId[] {
  if (queues.length < 2) return queues;
  if (queues.length > INSERTION_SORT_MAX) return [...new Set(queues)].sort((a, b) => a - b);
  let kept = 1;
  for (let i = 1; i < queues.length; i++) {
    const queue = queues[i] as QueueId;
    let place = kept;
    while (place > 0 && (queues[place - 1] as QueueId) > queue) place--;
    if (place > 0 && queues[place - 1] === queue) continue;
    for (let j = kept; j > place; j--) queues[j] = queues[j - 1] as QueueId;
    queues[place] = queue;
    kept++;
  }
  if (kept < queues.length) queues.length = kept;
  return queues;
}
