// Which class of messages is next in a queue where several have one to give. Volatile: a restart begins anew, and nothing but
// the order between classes hangs on it.
//
// Two ways, as DIRECT_PRIORITY_PREEMPTION says. With it the highest score goes first: the weight, and BOOST_OFFSET more for
// every BOOST_THRESHOLD messages of others for which a class has waited; what it gives ends its wait. Without it classes share
// by their weights: smooth weighted round robin, as nginx spreads requests over servers. Either way a class that has something to give
// is asked again within a bounded number of messages, however busy the others are.

export interface Priorities {
  /** Highest first. */
  readonly names: readonly string[];
  /** Of each, from 1. */
  readonly weights: readonly number[];
  /** Which of them, from 1, a message belongs to that names none. */
  readonly normal: number;
  readonly preemption: boolean;
  readonly boostThreshold: number;
  readonly boostOffset: number;
}

export const DEFAULT_PRIORITIES: Priorities = {
  names: ['urgent', 'high', 'normal', 'low'],
  weights: [4, 3, 2, 1],
  normal: 3,
  preemption: true,
  boostThreshold: 8,
  boostOffset: 1_000,
};

/** The class of this name, from 1; 0 for none and for one that is not known. */
export function classNamed({ names }: Priorities, name: string): number {
  if (name === '') return 0;
  const wanted = name.toLowerCase();
  return names.findIndex((known) => known.toLowerCase() === wanted) + 1;
}

export class ClassTurns {
  /** By class: messages that others were given since it gave one itself, while it had one to give. */
  readonly #passed: number[] = [];
  /** By class: what it has saved up of its share. */
  readonly #credit: number[] = [];

  /** Of the classes that have something to give, ascending and at least one: whose turn it is. Changes nothing. */
  next(classes: readonly number[], priorities: Priorities): number {
    let best = classes[0] as number;
    if (classes.length === 1) return best;
    let most = Number.NEGATIVE_INFINITY;
    for (const rank of classes) {
      const score = priorities.preemption ? this.#score(rank, priorities) : this.#share(rank, priorities);
      // Of equals the higher class: it comes first.
      if (score <= most) continue;
      best = rank;
      most = score;
    }
    return best;
  }

  /** The class gave a message, while these had one. */
  gave(chosen: number, classes: readonly number[], priorities: Priorities): void {
    let total = 0;
    for (const rank of classes) {
      total += weightOf(rank, priorities);
      this.#passed[rank] = rank === chosen ? 0 : (this.#passed[rank] ?? 0) + 1;
      this.#credit[rank] = this.#share(rank, priorities);
    }
    this.#credit[chosen] = (this.#credit[chosen] as number) - total;
  }

  #score(rank: number, priorities: Priorities): number {
    const { boostThreshold, boostOffset } = priorities;
    const boosts = Math.floor((this.#passed[rank] ?? 0) / boostThreshold);
    return weightOf(rank, priorities) + boosts * boostOffset;
  }

  #share(rank: number, priorities: Priorities): number {
    return (this.#credit[rank] ?? 0) + weightOf(rank, priorities);
  }
}

/** A class that the settings know no more, as they had more when the message was accepted, counts as the last one. */
const weightOf = (rank: number, { weights }: Priorities): number => weights[Math.min(rank, weights.length) - 1] ?? 1;
