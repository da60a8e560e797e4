// What every measurement of one broker prints: its figures, and on what they were taken, by which command.

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { describeMachine, type Machine } from '../../../cmd/tachyon-bench/measure/machine.ts';

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] as number;

/** A count from 1 on. Throws RangeError with the option's name. */
export function countOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`--${name} is a count from 1 on, not ${text}`);
  return value;
}

/** Options that are counts, each with its default, and `--json`. Throws RangeError with the option's name. */
export function countsOf<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
): { readonly counts: Readonly<Record<Name, number>>; readonly json: boolean } {
  const names = Object.keys(defaults) as Name[];
  const options: NonNullable<ParseArgsConfig['options']> = { json: { type: 'boolean', default: false } };
  for (const name of names) options[name] = { type: 'string', default: String(defaults[name]) };
  const values: Readonly<Record<string, unknown>> = parseArgs({ options }).values;
  const counts = names.map((name) => [name, countOf(name, String(values[name]))] as const);
  return { counts: Object.fromEntries(counts) as Record<Name, number>, json: values['json'] === true };
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
