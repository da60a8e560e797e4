// What routing must and may do with a message, from what operators and consumers have asked for and been told. A request
// takes effect somewhere between being sent and being answered, so each binding has times between which it certainly
// held, and wider ones between which it may have held. Judged at the end, when all answers are known.

import { matches } from '../../../../pkg/protocol/topic.ts';
import type { Page } from './book.ts';

interface Binding {
  readonly pattern: string;
  readonly queue: string;
  /** Of a route with conditions: which messages it takes. */
  readonly takes: (page: Page) => boolean;
  readonly possibleFrom: number;
  certainFrom: number;
  certainTo: number;
  possibleTo: number;
}

/** Something that takes messages out of a queue, or the queue away. */
interface Removal {
  readonly queue: string;
  readonly from: number;
  to: number;
}

const EVERY = (): boolean => true;

/** The broker's own topics are led by patterns that name them alone. */
const leads = (pattern: string, topic: string): boolean =>
  topic.startsWith('_') === pattern.startsWith('_') && matches(pattern, topic);

const NEVER = Number.POSITIVE_INFINITY;

export class Model {
  readonly #now: () => number;
  readonly #bindings: Binding[] = [];
  readonly #removals: Removal[] = [];

  /** `now` only grows. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A binding was asked for; call the result when it was confirmed. */
  bind(pattern: string, queue: string, takes: Binding['takes'] = EVERY): () => void {
    const binding: Binding = {
      pattern,
      queue,
      takes,
      possibleFrom: this.#now(),
      certainFrom: NEVER,
      certainTo: NEVER,
      possibleTo: NEVER,
    };
    this.#bindings.push(binding);
    return () => {
      binding.certainFrom = Math.min(binding.certainFrom, this.#now());
    };
  }

  /** The end of a binding was asked for. */
  unbind(pattern: string, queue: string): () => void {
    return this.#endBindings((binding) => binding.queue === queue && binding.pattern === pattern);
  }

  purge(queue: string): () => void {
    const removal: Removal = { queue, from: this.#now(), to: NEVER };
    this.#removals.push(removal);
    return () => {
      removal.to = this.#now();
    };
  }

  delete(queue: string): () => void {
    const endBindings = this.#endBindings((binding) => binding.queue === queue);
    const endMessages = this.purge(queue);
    return () => {
      endBindings();
      endMessages();
    };
  }

  #endBindings(which: (binding: Binding) => boolean): () => void {
    const from = this.#now();
    return () => {
      for (const binding of this.#bindings) {
        if (!which(binding) || binding.certainTo <= from) continue;
        if (binding.certainFrom < from) binding.possibleTo = Math.min(binding.possibleTo, this.#now());
        // Those that were asked for meanwhile may or may not have been ended too.
        binding.certainTo = from;
      }
    };
  }

  /** Queues that a message must be in that was accepted somewhere between the two times. */
  must(page: Page, from: number, to: number): Set<string> {
    const queues = new Set<string>();
    for (const { pattern, queue, takes, certainFrom, certainTo } of this.#bindings) {
      if (certainFrom <= from && certainTo > to && leads(pattern, page.topic) && takes(page)) queues.add(queue);
    }
    return queues;
  }

  /** `topic`: under which it came, where that is not its own. */
  may(queue: string, page: Page, from: number, to: number, topic = page.topic): boolean {
    return this.#bindings.some(
      (binding) =>
        binding.queue === queue &&
        binding.possibleFrom <= to &&
        binding.possibleTo >= from &&
        leads(binding.pattern, topic) &&
        binding.takes(page),
    );
  }

  /** Whether some queue may have taken it. */
  mayLead(page: Page, from: number, to: number): boolean {
    return this.#bindings.some(({ queue }) => this.may(queue, page, from, to));
  }

  /** A message that was first sent at `sentAt` may have been taken out of the queue by an operator. */
  mayBeRemoved(queue: string, sentAt: number): boolean {
    return this.#removals.some((removal) => removal.queue === queue && sentAt <= removal.to);
  }

  /** No operator took anything out of the queue at or after `from`. */
  untouched(queue: string, from: number): boolean {
    return !this.#removals.some((removal) => removal.queue === queue && removal.to >= from);
  }
}
