// What every measurement of one broker prints: its figures, and on what they were taken, by which command.

import { describeMachine, type Machine } from '../../../cmd/tachyon-bench/measure/machine.ts';

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] as number;

/** A count from 1 on. Throws RangeError with the option's name. */
export function countOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`--${name} is a count from 1 on, not ${text}`);
  return value;
}

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** One line, or with `json` everything. Taken before the measurement, so that the load is that of others. */
export class Report {
  readonly #machine: Machine = describeMachine();
  readonly #command: string;
  readonly #json: boolean;

  /** `script` stands in `scripts/bench`. */
  constructor(script: string, json: boolean) {
    this.#command = ['npx tsx', `scripts/bench/${script}`, ...process.argv.slice(2)].join(' ');
    this.#json = json;
  }

  line(text: string): void {
    if (!this.#json) process.stdout.write(`${text}\n`);
  }

  end(figures: Readonly<Record<string, unknown>>): void {
    const machine = this.#machine;
    if (this.#json) {
      process.stdout.write(`${JSON.stringify({ command: this.#command, ...figures, machine }, null, 2)}\n`);
      return;
    }
    const { cores, cpu, node, commit, loadBefore } = machine;
    this.line(`${cores} cores, ${cpu}, node ${node}, commit ${commit ?? 'none'}, load before ${loadBefore}`);
    this.line(this.#command);
  }
}
