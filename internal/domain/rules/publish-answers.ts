// The answers to one publish: neighbours of one durability share one, with what was refused and what was known already.

import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import type { Publish } from '../command.ts';
import type { Published, Refusal } from '../effect.ts';

export class PublishAnswers {
  readonly #command: Publish;
  readonly #ended: Published[] = [];
  /** Of the first message that was refused. */
  firstRefusal: Refusal | null = null;
  refused = 0;
  /** Refused for a pressure that passes, by code. */
  readonly pressed = new Map<ErrorCode, number>();
  #duplicates: number[] = [];
  #refusals: (Refusal & { readonly index: number })[] = [];
  #first = 0;
  #durability: Published['durability'] | null = null;

  constructor(command: Publish) {
    this.#command = command;
  }

  taken(index: number, durability: Published['durability']): void {
    if (this.#durability !== null && this.#durability !== durability) this.#endAnswer(index);
    this.#durability = durability;
  }

  duplicate(index: number): void {
    this.taken(index, 'journal');
    this.#duplicates.push(index);
  }

  refuse(index: number, refusal: Refusal): void {
    this.firstRefusal ??= refusal;
    this.#refusals.push({ ...refusal, index });
    this.refused += 1;
    if (refusal.retryAfterMs !== undefined) this.pressed.set(refusal.code, (this.pressed.get(refusal.code) ?? 0) + 1);
  }

  /** `count`: of the messages that were decided. */
  end(count: number): readonly Published[] {
    this.#endAnswer(count);
    return this.#ended;
  }

  #endAnswer(end: number): void {
    const first = this.#first;
    if (end === first) return;
    this.#ended.push({
      type: 'published',
      gated: this.#durability === 'journal',
      peer: this.#command.peer,
      producer: this.#command.producer,
      first: this.#command.firstSequence + first,
      count: end - first,
      durability: this.#durability ?? 'none',
      duplicates: this.#duplicates.map((index) => index - first),
      refusals: this.#refusals.map((refusal) => ({ ...refusal, index: refusal.index - first })),
    });
    this.#duplicates = [];
    this.#refusals = [];
    this.#first = end;
    this.#durability = null;
  }
}
