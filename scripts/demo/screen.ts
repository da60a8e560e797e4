// What the demo shows while it runs: bars that are drawn anew on a terminal, and elsewhere a plain line now and then.

import { palette } from '../../cmd/tachyon/output/palette.ts';

export interface Bar {
  readonly name: string;
  readonly done: number;
  readonly total: number;
}

const pc = palette();
const WIDTH = 32;
const DRAW_MS = 100;
const PLAIN_MS = 1_000;
/** Lets the bars be drawn over: up by so many lines, and clear to the end of the screen. */
const above = (lines: number): string => (lines === 0 ? '' : `\x1b[${lines}A\x1b[J`);

export class Screen {
  readonly #bars: () => readonly Bar[];
  readonly #isTerminal = process.stdout.isTTY === true;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #drawn = 0;
  #isOver = false;

  constructor(bars: () => readonly Bar[]) {
    this.#bars = bars;
    this.#timer = setInterval(() => this.#draw(), this.#isTerminal ? DRAW_MS : PLAIN_MS);
    this.#draw();
  }

  /** A line that stays. */
  say(text: string): void {
    const line = `${pc.dim(this.#clock())}  ${text}\n`;
    process.stdout.write(`${above(this.#drawn)}${line}`);
    this.#drawn = 0;
    if (this.#isTerminal) this.#draw();
  }

  /** Draws once more; idempotent. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#draw();
    this.#drawn = 0;
  }

  #draw(): void {
    const bars = this.#bars();
    if (!this.#isTerminal) {
      const parts = bars.map(({ name, done, total }) => `${name} ${percent(done, total)}`);
      process.stdout.write(`${this.#clock()}  ${parts.join('  ')}\n`);
      return;
    }
    const width = Math.max(...bars.map(({ name }) => name.length));
    const lines = ['', ...bars.map((bar) => this.#line(bar, width)), ''];
    process.stdout.write(`${above(this.#drawn)}${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  #line({ name, done, total }: Bar, width: number): string {
    const full = Math.round((WIDTH * Math.min(done, total)) / total);
    const colour = done >= total ? pc.green : pc.cyan;
    const bar = `${colour('━'.repeat(full))}${pc.dim('─'.repeat(WIDTH - full))}`;
    return `  ${name.padEnd(width)}  ${bar}  ${percent(done, total).padStart(4)}  ${count(done).padStart(7)} of ${count(total)}`;
  }

  #clock(): string {
    return `${((performance.now() - this.#startedMs) / 1e3).toFixed(1).padStart(5)} s`;
  }
}

const percent = (done: number, total: number): string => `${Math.floor((100 * Math.min(done, total)) / total)}%`;
const count = (value: number): string => value.toLocaleString('en-US');
