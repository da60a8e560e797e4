// Progress on standard error while a run goes on, and a histogram of its latencies at the end: where people look, or
// where they ask for it. Standard output is for the figures alone.

import { Histogram } from '../measure/histogram.ts';
import type { RunSettings } from '../settings.ts';
import type { Progress } from '../work/words.ts';
import { bars } from './bars.ts';

const EVERY_MS = 500;
const WIDTH = 100;

interface Wish {
  readonly progress?: boolean;
}

export class Ticker {
  readonly settings: RunSettings;
  readonly tell: (progress: Progress) => void;
  readonly end: () => void;

  private constructor(settings: RunSettings, tell: (progress: Progress) => void, end: () => void) {
    this.settings = settings;
    this.tell = tell;
    this.end = end;
  }

  /** Silent unless somebody looks. */
  static for({ progress = false }: Wish, name: string, settings: RunSettings): Ticker {
    if (!progress && !process.stderr.isTTY) return new Ticker(settings, ignore, ignore);
    const line = new ProgressLine(name, settings);
    return new Ticker({ ...settings, intervalMs: EVERY_MS }, line.tell, line.end);
  }
}

const ignore = (): void => undefined;

class ProgressLine {
  readonly #name: string;
  readonly #seconds: number;
  readonly #latencies = new Histogram();
  readonly #startedMs = performance.now();
  #published = 0;
  #received = 0;
  #lastMs = performance.now();

  constructor(name: string, { durationMs = 0, warmUpMs = 0 }: RunSettings) {
    this.#name = name;
    this.#seconds = (durationMs + warmUpMs) / 1e3;
  }

  readonly tell = ({ role, published, received, latencies }: Progress): void => {
    if (role === 'producer') {
      this.#published = published;
      return;
    }
    const nowMs = performance.now();
    const perSecond = Math.round(((received - this.#received) / Math.max(1, nowMs - this.#lastMs)) * 1e3);
    this.#received = received;
    this.#lastMs = nowMs;
    this.#latencies.add(latencies.counts, latencies.maxMs);
    const { p50Ms, p99Ms } = Histogram.of(latencies).percentiles();
    const seconds = ((nowMs - this.#startedMs) / 1e3).toFixed(1);
    const counts = `${this.#published.toLocaleString('en-US')} published, ${received.toLocaleString('en-US')} consumed`;
    this.#write(
      `${this.#name}  ${seconds}/${this.#seconds} s  ${perSecond.toLocaleString('en-US')} msg/s  p50 ${p50Ms.toFixed(1)}  p99 ${p99Ms.toFixed(1)} ms  ${counts}`,
    );
  };

  readonly end = (): void => {
    if (process.stderr.isTTY) this.#write('');
    if (this.#latencies.total === 0) return;
    process.stderr.write(`${this.#name}, publish to consumer, warm-up included:\n${bars(this.#latencies)}`);
  };

  /** Over the line before where there is a terminal; else a line of its own. */
  #write(text: string): void {
    process.stderr.write(process.stderr.isTTY ? `\r${text.slice(0, WIDTH).padEnd(WIDTH)}\r` : `${text}\n`);
  }
}
