// When each kill is to happen: at random moments, and in turns in each of the phases, so that each phase gets its share.

import type { Moment, Phase } from './phases.ts';

export interface Killed {
  readonly moment: Moment;
  /** A file that only a broker in that phase leaves half done. */
  readonly proof: 'segment' | 'checkpoint' | null;
}

export type Wish = { readonly at: 'random'; readonly afterMs: number } | { readonly at: Phase };

const RANDOM_MS_MAX = 400;
/** Of five kills in a row. Trims come with checkpoints and are asked for apart. */
const TURNS = [
  'random',
  'rotation',
  'random',
  'checkpoint',
  'random',
  'recovery',
  'random',
  'trim',
  'recovery',
  'rotation',
] as const;

export class KillPlan {
  readonly #kills: number;

  constructor(kills: number) {
    this.#kills = kills;
  }

  /** The next kill of a broker that serves, or is about to. */
  next(done: readonly Killed[]): Wish {
    const turn = TURNS[done.length % TURNS.length] ?? 'random';
    return turn === 'random' ? { at: 'random', afterMs: 1 + Math.random() * (RANDOM_MS_MAX - 1) } : { at: turn };
  }

  /** The broker that is started next is to be killed before it is ready. */
  recoveryIsNext(done: readonly Killed[]): boolean {
    return done.length < this.#kills && this.next(done).at === 'recovery';
  }

  tally(kills: readonly Killed[]): Record<Moment, number> {
    const tally: Record<Moment, number> = { load: 0, rotation: 0, checkpoint: 0, trim: 0, recovery: 0 };
    for (const { moment } of kills) tally[moment] += 1;
    return tally;
  }

  proofs(kills: readonly Killed[]): Record<'segment' | 'checkpoint', number> {
    return {
      segment: kills.filter(({ proof }) => proof === 'segment').length,
      checkpoint: kills.filter(({ proof }) => proof === 'checkpoint').length,
    };
  }
}
