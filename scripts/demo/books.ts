// The demo's own books, kept apart from the broker's: which messages were confirmed, and which were worked on in which
// queue. A worker reports its work before it acknowledges, so that a message is lost when it was confirmed and is
// neither worked on nor dead-lettered.

export const QUEUES = ['archive', 'processing'] as const;
export type QueueName = (typeof QUEUES)[number];

export interface QueueFigures {
  readonly queue: QueueName;
  readonly delivered: number;
  readonly acked: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly lost: number;
  readonly duplicates: number;
}

class QueueBook {
  readonly worked: Uint8Array;
  readonly dead: Uint8Array;
  workedCount = 0;
  deadCount = 0;
  delivered = 0;
  acked = 0;
  retried = 0;
  givenUp = 0;
  duplicates = 0;

  constructor(messages: number) {
    this.worked = new Uint8Array(messages);
    this.dead = new Uint8Array(messages);
  }
}

export class Books {
  readonly #confirmed: Uint8Array;
  readonly #queues: ReadonlyMap<QueueName, QueueBook>;
  published = 0;
  confirmed = 0;
  /** Publishes that the broker refused: they are nowhere, and nothing is owed for them. */
  refused = 0;

  constructor(messages: number) {
    this.#confirmed = new Uint8Array(messages);
    this.#queues = new Map(QUEUES.map((queue) => [queue, new QueueBook(messages)]));
  }

  noteConfirmed(number: number): void {
    this.#confirmed[number] = 1;
    this.confirmed += 1;
  }

  noteWorked(queue: QueueName, number: number): void {
    const book = this.#book(queue);
    book.delivered += 1;
    book.acked += 1;
    if (book.worked[number] === 1) book.duplicates += 1;
    else {
      book.worked[number] = 1;
      book.workedCount += 1;
    }
  }

  noteRefusedByWorker(queue: QueueName, isTerminal: boolean): void {
    const book = this.#book(queue);
    book.delivered += 1;
    if (isTerminal) book.givenUp += 1;
    else book.retried += 1;
  }

  noteDead(queue: QueueName, number: number): void {
    const book = this.#book(queue);
    if (book.dead[number] === 1) return;
    book.dead[number] = 1;
    book.deadCount += 1;
  }

  /** Messages of the queue that are worked on, or given up for good. For the eye: after a crash one may count as both. */
  done(queue: QueueName): number {
    const { workedCount, givenUp } = this.#book(queue);
    return workedCount + givenUp;
  }

  figures(queue: QueueName): QueueFigures {
    const { delivered, acked, retried, duplicates, deadCount, worked, dead } = this.#book(queue);
    let lost = 0;
    for (const [number, isConfirmed] of this.#confirmed.entries()) {
      if (isConfirmed === 1 && worked[number] === 0 && dead[number] === 0) lost += 1;
    }
    return { queue, delivered, acked, retried, deadLettered: deadCount, lost, duplicates };
  }

  #book(queue: QueueName): QueueBook {
    return this.#queues.get(queue) as QueueBook;
  }
}
