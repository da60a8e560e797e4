// What a worker uses during the measured time: processor, memory and collections, between two marks.

import { machineMs } from '../measure/clock.ts';
import { GcWatch } from '../measure/gc-watch.ts';
import type { MeasuredTime, ProcessCost } from './words.ts';

export class Meter {
  readonly #count: () => number;
  readonly #gc = new GcWatch();
  #cpu = process.cpuUsage();
  #countBefore = 0;
  #sinceMs = machineMs();
  #timers: NodeJS.Timeout[] = [];
  #cost: ProcessCost | null = null;

  /** `count`: what the process has done so far. */
  constructor(count: () => number) {
    this.#count = count;
  }

  /** Begins and ends at the measured times, or at once and with `cost()`. */
  measure({ fromMs, toMs }: MeasuredTime): void {
    this.begin();
    const nowMs = machineMs();
    if (fromMs > nowMs) this.#timers.push(setTimeout(() => this.begin(), fromMs - nowMs));
    if (toMs !== null) this.#timers.push(setTimeout(() => this.#end(), Math.max(0, toMs - nowMs)));
  }

  begin(): void {
    this.#gc.mark();
    this.#cpu = process.cpuUsage();
    this.#countBefore = this.#count();
    this.#sinceMs = machineMs();
  }

  cost(): ProcessCost {
    return this.#cost ?? this.#read();
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#gc.close();
  }

  #end(): void {
    this.#cost ??= this.#read();
  }

  #read(): ProcessCost {
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      cpuSeconds: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      gc: this.#gc.mark(),
      messages: this.#count() - this.#countBefore,
      seconds: (machineMs() - this.#sinceMs) / 1e3,
    };
  }
}
