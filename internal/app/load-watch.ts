// The broker's look at its own load: how late its loop is and how much memory it has. What is measured goes to the core as a value; what
// the core makes of it is told when it changes.

import type { Command } from '../domain/command.ts';
import { signals } from '../domain/rules/shedding.ts';
import type { State } from '../domain/state.ts';
import type { Observe } from '../usecase/ports/observer.ts';
import type { Clock } from '../usecase/ports/timers.ts';
import { WATCH_MS } from './watch.ts';
import type { World } from './world.ts';

/** Below this nothing can change, and an idle broker is left alone. */
const WORTH_TELLING = 0.5;

interface LoadWatchOptions {
  readonly state: State;
  readonly clock: Clock;
  readonly memoryBytes: () => number;
  readonly everyMs: number;
  readonly observe: Observe;
}

export class LoadWatch {
  readonly #options: LoadWatchOptions;
  #lookedMs: number;
  #toldMs: number;
  #lagMs = 0;
  #level: string;

  constructor(options: LoadWatchOptions) {
    this.#options = options;
    this.#lookedMs = options.clock.monotonicMs();
    this.#toldMs = this.#lookedMs;
    this.#level = options.state.overload.level;
  }

  static of(state: State, { clock, observe, memoryBytes = () => 0 }: World, everyMs: number): LoadWatch {
    return new LoadWatch({ state, clock, observe, memoryBytes, everyMs });
  }

  /** To be called every `WATCH_MS`: how late it is called is the lag. */
  look(): Command[] {
    const { state, clock, everyMs, observe } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#lagMs = Math.max(this.#lagMs, nowMs - this.#lookedMs - WATCH_MS);
    this.#lookedMs = nowMs;
    const { level, pressure, signal } = state.overload;
    if (level !== this.#level) {
      this.#level = level;
      observe({ type: 'overload', level, pressure, signal });
    }
    if (nowMs - this.#toldMs < everyMs) return [];
    this.#toldMs = nowMs;
    const measured = { memoryBytes: this.#options.memoryBytes(), lagMs: Math.max(0, Math.round(this.#lagMs)) };
    this.#lagMs = 0;
    const most = Math.max(...signals(state, measured).map(({ pressure: found }) => found));
    return most < WORTH_TELLING && pressure < WORTH_TELLING && level === 'normal'
      ? []
      : [{ type: 'load', ...measured }];
  }
}
