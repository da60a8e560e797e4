// An operator on the admin endpoint: one word at a time, asked again until it is answered.

import type { BrokerWord } from '../../../../pkg/protocol/control.ts';
import type { Random } from '../random.ts';
import { Client, type Surroundings } from './client.ts';
import { say } from './speech.ts';

export interface Task {
  readonly word: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Called when the word is first said; what it gives is called with the answer's code, null for success. */
  readonly said?: () => (code: string | null) => void;
  /** What the answer suggests to do next. */
  readonly then?: (result: unknown) => Task | null;
}

export class SimOperator extends Client {
  readonly #tasks: Task[] = [];
  #current: { readonly task: Task; readonly answered: (code: string | null) => void } | null = null;
  #id = 0;

  constructor(name: string, random: Random, around: Surroundings) {
    super(name, 'admin', false, random, around);
  }

  get busy(): boolean {
    return this.#current !== null || this.#tasks.length > 0;
  }

  do(...tasks: readonly Task[]): void {
    this.#tasks.push(...tasks);
    this.#next();
  }

  protected override greet(): void {
    this.hello(null);
    this.#say();
    this.#next();
  }

  protected override lost(): void {
    // What was said may have been done, or not: it is said again.
  }

  protected override heard(): void {
    // Operators neither publish nor consume.
  }

  protected override word(word: BrokerWord): void {
    if (word.type !== 'admin.reply' || word.id !== this.#id || this.#current === null) return;
    const { task, answered } = this.#current;
    this.around.trace?.(`${this.name}: ${task.word} ${JSON.stringify(task.args)} -> ${word.error?.code ?? 'ok'}`);
    this.#current = null;
    answered(word.error?.code ?? null);
    const following = word.ok ? (task.then?.(word.result) ?? null) : null;
    if (following !== null) this.#tasks.unshift(following);
    this.#next();
  }

  #next(): void {
    if (this.#current !== null || this.connection === null) return;
    const task = this.#tasks.shift();
    if (task === undefined) return;
    const answered = task.said?.() ?? ((): void => undefined);
    this.#current = { task, answered };
    this.#say();
  }

  #say(): void {
    if (this.#current === null) return;
    this.#id += 1;
    const { word, args } = this.#current.task;
    this.send(say({ type: 'admin.request', id: this.#id, word, args }, false));
  }
}
