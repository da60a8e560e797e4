// Goes everywhere in a small world, the nearest first, so that what it finds is the shortest way there. A state is reached
// again by doing again what led to it: nothing of the core has to be copied. Then it looks back from the states in which
// every message has come to its end: each state must lead to one of them by clients that do their work, with no crash.

import { createHash } from 'node:crypto';
import { LEASED, READY, statusAt, WAITING } from '../../domain/entry-table.ts';
import { Violation } from '../sim/audit/violation.ts';
import { type Action, act, actionsOf, described, isCalm } from './actions.ts';
import { canonicalKey } from './canonical-key.ts';
import { CORE, type Core } from './core.ts';
import { checkPromises } from './promises.ts';
import type { Scope } from './scope.ts';
import { SmallWorld } from './small-world.ts';

export interface Counterexample {
  /** In words. */
  readonly broken: string;
  readonly actions: readonly Action[];
  /** What was done, with what came of it. */
  readonly trace: readonly string[];
}

export interface Found {
  readonly states: number;
  readonly transitions: number;
  /** Actions on the way to the farthest state. */
  readonly depth: number;
  /** In which all is over. */
  readonly ends: number;
  /** Whether the search came to its end. */
  readonly isWhole: boolean;
  readonly counterexample: Counterexample | null;
}

interface Options {
  readonly core?: Core;
  /** The nearest ones; without it all. */
  readonly statesMax?: number;
  readonly progress?: (states: number, depth: number) => void;
}

const PROGRESS_EVERY = 20_000;

export function explore(scope: Scope, options: Options = {}): Found {
  return new Search(scope, options).run();
}

/** Every message was confirmed, and is settled, expired or dead; nothing is under way. */
function isOver(world: SmallWorld): boolean {
  if (world.pending > 0 || world.held.length > 0) return false;
  if (world.producers.some(({ known }) => known.some((each) => each !== 'confirmed'))) return false;
  for (const queue of world.state.queues.values())
    for (const place of queue.entries.places())
      if ([READY, LEASED, WAITING].includes(statusAt(place) as 1)) return false;
  return true;
}

class Search {
  readonly #scope: Scope;
  readonly #core: Core;
  readonly #statesMax: number;
  readonly #progress: NonNullable<Options['progress']>;
  readonly #known = new Map<string, number>();
  /** From which state, by which action, each was first reached. */
  readonly #from: number[] = [];
  readonly #by: (Action | null)[] = [];
  readonly #depth: number[] = [];
  readonly #over: number[] = [];
  /** Calm steps, as pairs of states. */
  readonly #steps: number[] = [];
  #transitions = 0;

  constructor(
    scope: Scope,
    { core = CORE, statesMax = Number.POSITIVE_INFINITY, progress = () => undefined }: Options,
  ) {
    this.#scope = scope;
    this.#core = core;
    this.#statesMax = statesMax;
    this.#progress = progress;
  }

  run(): Found {
    let at = 0;
    let broken = this.#visit(new SmallWorld(this.#scope, this.#core), -1, null);
    for (; broken === null && at < this.#from.length && this.#from.length < this.#statesMax; at += 1)
      broken = this.#expand(at);
    const isWhole = broken === null && at === this.#from.length;
    return {
      states: this.#from.length,
      transitions: this.#transitions,
      depth: this.#depth.reduce((most, depth) => Math.max(most, depth), 0),
      ends: this.#over.length,
      isWhole,
      counterexample: broken ?? this.#stuck(at),
    };
  }

  #expand(at: number): Counterexample | null {
    const path = this.#pathTo(at);
    let world: SmallWorld | null = this.#replay(path);
    for (const action of actionsOf(world)) {
      world ??= this.#replay(path);
      this.#transitions += 1;
      const broken = this.#step(world, at, action);
      if (broken !== null) return broken;
      world = null;
    }
    return null;
  }

  #step(world: SmallWorld, at: number, action: Action): Counterexample | null {
    try {
      act(world, action);
    } catch (error) {
      return this.#counterexample([...this.#pathTo(at), action], error);
    }
    return this.#visit(world, at, action);
  }

  /** Takes a state that was reached; looks at its promises when it is new. */
  #visit(world: SmallWorld, from: number, action: Action | null): Counterexample | null {
    const key = createHash('sha1').update(canonicalKey(world)).digest('base64');
    let state = this.#known.get(key);
    if (state === undefined) {
      state = this.#from.length;
      this.#known.set(key, state);
      this.#from.push(from);
      this.#by.push(action);
      this.#depth.push(from < 0 ? 0 : (this.#depth[from] as number) + 1);
      if (state % PROGRESS_EVERY === 0 && state > 0) this.#progress(state, this.#depth[state] as number);
      try {
        checkPromises(world);
      } catch (error) {
        return this.#counterexample(this.#pathTo(state), error);
      }
      if (isOver(world)) this.#over.push(state);
    }
    if (action !== null && isCalm(action)) this.#steps.push(from, state);
    return null;
  }

  #replay(path: readonly Action[], tell?: (line: string) => void): SmallWorld {
    const world = new SmallWorld(this.#scope, this.#core, tell);
    for (const action of path) act(world, action);
    return world;
  }

  #pathTo(state: number): Action[] {
    const path: Action[] = [];
    for (let at = state; at >= 0; at = this.#from[at] as number) {
      const by = this.#by[at];
      if (by !== null && by !== undefined) path.push(by);
    }
    return path.reverse();
  }

  /** The first state that leads nowhere by calm steps. Of those from `unseen` on nobody knows where they lead. */
  #stuck(unseen: number): Counterexample | null {
    const backwards: number[][] = Array.from({ length: this.#from.length }, () => []);
    for (let i = 0; i < this.#steps.length; i += 2)
      (backwards[this.#steps[i + 1] as number] as number[]).push(this.#steps[i] as number);
    const leads = new Uint8Array(this.#from.length);
    const waiting = [...this.#over];
    for (let state = unseen; state < this.#from.length; state += 1) waiting.push(state);
    for (const state of waiting) leads[state] = 1;
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      for (const before of backwards[state] as number[]) {
        if (leads[before] === 1) continue;
        leads[before] = 1;
        waiting.push(before);
      }
    }
    const stuck = leads.indexOf(0);
    if (stuck < 0) return null;
    const error = new Violation('stalled', 'from here no work of broker and clients brings the messages to their ends');
    return this.#counterexample(this.#pathTo(stuck), error);
  }

  #counterexample(actions: readonly Action[], error: unknown): Counterexample {
    const trace: string[] = [];
    const world = new SmallWorld(this.#scope, this.#core, (line) => void trace.push(`      ${line}`));
    try {
      actions.forEach((action, i) => {
        trace.push(`${String(i + 1).padStart(3)}. ${described(action)}`);
        act(world, action);
      });
    } catch {
      // It is what was found.
    }
    const broken = error instanceof Error ? error.message : String(error);
    return { broken, actions, trace: [...trace, `  => ${broken}`] };
  }
}
