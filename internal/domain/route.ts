// A route: a topic pattern bound to a queue, or to fanout.

import type { RouteOrigin } from './event.ts';
import type { RouteEntry } from './route-index.ts';

export interface Route extends RouteEntry {
  readonly metadata: Readonly<Record<string, string>>;
  readonly origin: RouteOrigin;
}
