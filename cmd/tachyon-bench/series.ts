// Several runs, of which the middle one is told: the fastest would tell of luck. A run that failed ends the series and
// is told instead, so that no series hides one.

import type { RunFigures } from './judge.ts';

/** The figures of one run, and how many runs it is the median of. */
export interface SeriesFigures extends RunFigures {
  readonly medianOf: number;
}

/** Runs up to `count` times. */
export async function runSeries(count: number, once: () => Promise<RunFigures>): Promise<SeriesFigures> {
  const runs: RunFigures[] = [];
  while (runs.length < count) {
    const figures = await once();
    if (!figures.ok) return { ...figures, medianOf: 1 };
    runs.push(figures);
  }
  return { ...medianByThroughput(runs), medianOf: runs.length };
}

/** Of an even number the slower one of the middle two. */
function medianByThroughput(runs: readonly RunFigures[]): RunFigures {
  const sorted = runs.toSorted((a, b) => a.messagesPerSecond - b.messagesPerSecond);
  return sorted[Math.floor((sorted.length - 1) / 2)] as RunFigures;
}

/** What is said beside figures of more than one run. */
export const seriesNote = ({ medianOf }: SeriesFigures): string => (medianOf === 1 ? '' : `median of ${medianOf} runs`);
