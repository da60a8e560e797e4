// What became of published messages, in the order in which they were sent. Invariant: none is forgotten; the command that
// sent them fails when one was refused.

import type { PublishReceipt } from '../../../pkg/client/publish/receipt.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { shellWord } from '../../../pkg/protocol/shell-word.ts';
import { ownName } from '../process/own-name.ts';
import { safe } from './cell.ts';
import { FailureWithNextStep } from './failure.ts';
import { type OutputFormat, printStreamed } from './format.ts';
import { print } from './print.ts';

export interface ReceiptOptions {
  readonly output: OutputFormat;
  readonly timeout: number;
  readonly dataDir?: string;
  /** As it was given; the confirm does not tell the one that the broker makes. */
  readonly messageId: string | undefined;
}

type Outcome = PublishReceipt | TachyonError;

export class Receipts {
  readonly #topic: string;
  readonly #options: ReceiptOptions;
  readonly #pending: Promise<Outcome>[] = [];
  #confirmed: PublishReceipt[] = [];
  #count = 0;
  #sentAsFanout = 0;
  #refused = 0;
  #firstError: TachyonError | null = null;

  constructor(topic: string, options: ReceiptOptions) {
    this.#topic = topic;
    this.#options = options;
  }

  get pending(): number {
    return this.#pending.length;
  }

  add(receipt: Promise<PublishReceipt>): void {
    this.#pending.push(receipt.catch((error: unknown) => asKnown(error)));
  }

  async takeOldest(): Promise<void> {
    const pending = this.#pending.shift();
    if (pending === undefined) return;
    const outcome = await this.#within(pending);
    const { output, messageId } = this.#options;
    if (outcome instanceof TachyonError) {
      this.#refused += 1;
      // Others of its batch only say that one was at fault.
      if (this.#firstError === null || this.#firstError.code === 'BATCH_REFUSED') this.#firstError = outcome;
      if (output === 'table') return;
      return printStreamed({ topic: this.#topic, error: { code: outcome.code, message: outcome.detail } }, output);
    }
    const { position, durability, duplicate } = outcome;
    const named = messageId === undefined ? {} : { message_id: messageId };
    if (output !== 'table') {
      return printStreamed({ topic: this.#topic, ...named, position, durability, duplicate }, output);
    }
    if (durability === 'none') {
      this.#sentAsFanout += 1;
      return;
    }
    this.#count += 1;
    this.#confirmed = [this.#confirmed[0] ?? outcome, outcome];
  }

  async takeAll(): Promise<void> {
    while (this.#pending.length > 0) await this.takeOldest();
  }

  /** The last word. Throws the first refusal, with what would help. */
  async close(): Promise<void> {
    const [first, last] = this.#confirmed;
    if (first !== undefined && last !== undefined) await print(`${this.#summary(first, last)}\n`);
    if (this.#sentAsFanout > 0) await print(`${fanoutSummary(this.#sentAsFanout)}\n`);
    if (this.#firstError === null) return;
    if (this.#refused > 1) process.stderr.write(`tachyon: ${this.#refused} messages were refused; the first:\n`);
    throw this.#helpful(this.#firstError);
  }

  #summary(first: PublishReceipt, last: PublishReceipt): string {
    const { durability } = last;
    const { messageId } = this.#options;
    const named = messageId === undefined ? '' : `  id ${safe(messageId)}`;
    if (this.#count === 1) return `confirmed  durability ${durability}  position ${last.position}${named}`;
    return `confirmed  ${this.#count} messages  durability ${durability}  positions ${first.position} to ${last.position}${named}`;
  }

  #helpful(error: TachyonError): Error {
    if (error.code !== 'UNROUTABLE') return error;
    const queue = this.#topic.split('.')[0] ?? this.#topic;
    const folder = this.#options.dataDir === undefined ? '' : ` --data-dir ${shellWord(this.#options.dataDir)}`;
    const command = `${ownName()} queues declare ${shellWord(queue)} --bind ${shellWord(this.#topic)}${folder}`;
    return new FailureWithNextStep(new TachyonError('UNROUTABLE', `The topic is "${this.#topic}".`), command);
  }

  /** The client tries for ever; a command does not. */
  async #within(outcome: Promise<Outcome>): Promise<Outcome> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const waiting = this.#pending.length + 1;
        reject(
          new TachyonError(
            'TIMEOUT',
            `no confirm within ${this.#options.timeout} ms; ${waiting} messages may or may not have arrived`,
          ),
        );
      }, this.#options.timeout);
    });
    try {
      return await Promise.race([outcome, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What no queue keeps has no position. */
const fanoutSummary = (count: number): string =>
  `sent as fanout${count === 1 ? '' : `  ${count} messages`}  durability none`;

const asKnown = (error: unknown): TachyonError => {
  if (error instanceof TachyonError) return error;
  return new TachyonError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error });
};
