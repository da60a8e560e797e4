// Pauses of the garbage collector, by kind, as the runtime tells them.

import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import type { Family } from '../../../pkg/metrics/family.ts';
import { Histogram } from '../../../pkg/metrics/histogram.ts';

const PAUSE_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] as const;

/** The types of the runtime leave it out. */
type GcEntry = PerformanceEntry & { readonly detail?: { readonly kind?: number } };

const KINDS: Readonly<Record<number, 'minor' | 'major' | 'incremental' | 'weakcb'>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

export class GcPauses {
  readonly #observer: PerformanceObserver;
  readonly #byKind = new Map(Object.values(KINDS).map((kind) => [kind, new Histogram(PAUSE_SECONDS)]));

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const kind = KINDS[(entry as GcEntry).detail?.kind ?? -1];
        if (kind !== undefined) this.#byKind.get(kind)?.observe(entry.duration / 1000);
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  family(): Family {
    return {
      type: 'histogram',
      name: 'tachyon_gc_pause_seconds',
      help: 'Pauses of the garbage collector, by kind.',
      series: [...this.#byKind].map(([kind, pauses]) => ({ labels: { kind }, reading: pauses.read() })),
    };
  }

  close(): void {
    this.#observer.disconnect();
  }
}
