// What the run asks the probe in its broker, and what it says.

import type { GcFigures } from './gc-watch.ts';

export interface ProbeQuestion {
  readonly type: 'bench.read';
  readonly number: number;
}

export interface ProbeReading {
  readonly type: 'bench.reading';
  /** Of the question. */
  readonly number: number;
  /** Since the process began. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
  /** Since the last question. */
  readonly gc: GcFigures;
}

const hasType = (word: unknown, type: string): boolean =>
  typeof word === 'object' && word !== null && (word as { type?: unknown }).type === type;

export const isProbeQuestion = (word: unknown): word is ProbeQuestion => hasType(word, 'bench.read');
export const isProbeReading = (word: unknown): word is ProbeReading => hasType(word, 'bench.reading');
