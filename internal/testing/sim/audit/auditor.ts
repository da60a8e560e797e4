// Looks at every delivery and every answer as the clients see them, and judges at once what can be judged at once:
// the content, the queue, the token, the order, and that what was settled for good never comes again.

import type { Book, Page } from './book.ts';
import { KeyOrders } from './key-orders.ts';
import type { Model } from './model.ts';
import { Violation } from './violation.ts';

export interface Delivered {
  readonly queue: string;
  readonly topic: string;
  readonly messageId: string;
  readonly body: Uint8Array;
  readonly sequence: number;
  /** 0: at most once. */
  readonly delivery: number;
  readonly attempt: number;
  readonly returned: number;
  /** When its lease ends; 0 at most once. */
  readonly deadlineMs: number;
}

/** One message in one queue. */
interface Account {
  readonly page: Page;
  readonly queue: string;
  /** The broker's own number for it: the same each time it comes. */
  readonly sequence: number;
  deliveries: number;
  /** The latest delivery of the broker's present life. */
  latest: number;
  /** Deliveries for which acks were sent and not all refused, and how many of them. */
  acks: Map<number, number>;
  /** Other words about its deliveries. */
  words: number;
  /** The delivery whose ack is known to be durable. */
  settled: number | null;
}

interface Order {
  /** The latest first delivery handed over, by token. */
  readonly firsts: { readonly delivery: number; readonly sequence: number; readonly page: Page }[];
}

/** In milliseconds of the simulated time. */
export interface DeliveryClock {
  readonly nowMs: () => number;
  /** When a delivery was made whose lease ends then, at the earliest. */
  readonly handedAtMs: (queue: string, deadlineMs: number) => number;
}

export class Auditor {
  readonly #replayed = new Set<string>();
  readonly #book: Book;
  readonly #model: Model;
  readonly #now: () => number;
  /** The message may have been refused when it was first sent, without its producer learning of it. */
  readonly #refusable: (page: Page) => boolean;
  readonly #clock: DeliveryClock;
  readonly #accounts = new Map<string, Account>();
  readonly #byDelivery = new Map<number, Account>();
  /** First deliveries of the broker's present life, by queue. */
  readonly #orders = new Map<string, Order>();
  readonly #keys = new KeyOrders();
  readonly counts = {
    delivered: 0,
    redelivered: 0,
    firsts: 0,
    keyed: 0,
    delayed: 0,
    atMostOnce: 0,
    durableAcks: 0,
    resumed: 0,
  };
  readonly deliveredOf = new Map<string, number>();

  constructor(book: Book, model: Model, now: () => number, refusable: (page: Page) => boolean, clock: DeliveryClock) {
    this.#clock = clock;
    this.#book = book;
    this.#model = model;
    this.#now = now;
    this.#refusable = refusable;
  }

  delivered(given: Delivered): Page {
    const { queue, sequence, delivery } = given;
    const page = this.#book.pageOf(given.topic, given.messageId, given.body);
    const told = `message ${page.number} (sequence ${sequence}) of "${queue}" as delivery ${delivery}`;
    if (page.refused !== null) throw new Violation('unexpected', `${told}, though it was refused with ${page.refused}`);
    if (!this.#model.may(queue, page.topic, page.sentAt, this.#now())) {
      throw new Violation('unexpected', `${told}, though no route leads "${page.topic}" there`);
    }
    this.#inTime(given, page, told);
    this.counts.delivered += 1;
    this.deliveredOf.set(queue, (this.deliveredOf.get(queue) ?? 0) + 1);
    const account = this.#account(page, queue, sequence, told);
    account.deliveries += 1;
    if (account.deliveries > 1) this.counts.redelivered += 1;
    if (delivery === 0) {
      this.counts.atMostOnce += 1;
      if (account.deliveries > 1) throw new Violation('duplicated', `${told}: at most once, and it came again`);
      account.acks.set(0, 1);
      return page;
    }
    this.#fenced(account, delivery, told);
    // A replayed dead letter is as new, and comes behind what was published after it.
    if (page.delayMs !== null || this.#replayed.has(keyOf(queue, sequence))) return page;
    if (page.key !== '') {
      this.counts.keyed += 1;
      this.#keys.handedOver(given, page.key, told);
    }
    if (given.attempt !== 1 || given.returned !== 0) return page;
    // Classes and keys have orders of their own.
    if (page.key !== '' || page.priority !== '') return page;
    this.counts.firsts += 1;
    this.#inOrder(given, page, told);
    return page;
  }

  #account(page: Page, queue: string, sequence: number, told: string): Account {
    const key = keyOf(queue, page.number);
    const known = this.#accounts.get(key);
    if (known === undefined) {
      const account: Account = {
        page,
        queue,
        sequence,
        deliveries: 0,
        latest: 0,
        acks: new Map(),
        words: 0,
        settled: null,
      };
      this.#accounts.set(key, account);
      return account;
    }
    if (known.sequence !== sequence) {
      throw new Violation('duplicated', `${told}: it was accepted twice, before as sequence ${known.sequence}`);
    }
    return known;
  }

  #fenced(account: Account, delivery: number, told: string): void {
    if (this.#byDelivery.has(delivery)) throw new Violation('fencing', `${told}: the delivery id was used before`);
    this.#byDelivery.set(delivery, account);
    account.latest = Math.max(account.latest, delivery);
    if (account.settled !== null && delivery > account.settled) {
      throw new Violation('duplicated', `${told}, though the ack of delivery ${account.settled} was durable`);
    }
  }

  /** An operator has asked for this dead letter to be delivered again; nobody may ever have got it. */
  replayed(queue: string, sequence: number): void {
    this.#replayed.add(keyOf(queue, sequence));
  }

  /** Not before it is due, and not when its time is over: by when it can have been accepted, and was handed over. */
  #inTime({ queue, sequence, delivery, deadlineMs, attempt, returned }: Delivered, page: Page, told: string): void {
    if (page.delayMs !== null) {
      this.counts.delayed += 1;
      // The broker's clock begins with a whole millisecond of the wall's, and an acceptance is told in whole ones of it.
      if (this.#clock.nowMs() <= page.sentAtMs + page.delayMs - 2) {
        throw new Violation('unexpected', `${told}, due ${page.delayMs} ms after ${page.sentAtMs} at the earliest`);
      }
    }
    if (page.ttlMs === null || page.confirmedAtMs === null || delivery === 0) return;
    // A replay makes it new; an extension would move the deadline.
    if (this.#replayed.has(keyOf(queue, sequence)) || attempt + returned > 1) return;
    const handedAtMs = this.#clock.handedAtMs(queue, deadlineMs);
    const overMs = page.confirmedAtMs + page.ttlMs;
    if (handedAtMs >= overMs) {
      throw new Violation('unexpected', `${told} at ${handedAtMs}, though its time was over at ${overMs}`);
    }
  }

  /** Tokens grow in the order of hand-over, whatever the order of arrival. */
  #inOrder({ queue, delivery, sequence }: Delivered, page: Page, told: string): void {
    let order = this.#orders.get(queue);
    if (order === undefined) {
      order = { firsts: [] };
      this.#orders.set(queue, order);
    }
    const { firsts } = order;
    let at = firsts.length;
    while (at > 0 && (firsts[at - 1] as Order['firsts'][number]).delivery > delivery) at -= 1;
    const before = firsts[at - 1];
    const behind = firsts[at];
    const wrong =
      (before !== undefined && before.sequence > sequence) || (behind !== undefined && behind.sequence < sequence);
    if (wrong) throw new Violation('reordered', `${told} is not in the order of sequences`);
    for (const [one, other] of [
      [before?.page, page],
      [page, behind?.page],
    ] as const) {
      if (one === undefined || other === undefined || one.producer !== other.producer) continue;
      if (one.order > other.order && !this.#mayBeLate(other)) {
        throw new Violation(
          'reordered',
          `${told}: message ${one.order} of "${one.producer}" came before its message ${other.order}`,
        );
      }
    }
    firsts.splice(at, 0, { delivery, sequence, page });
  }

  /** One that was refused and is published again comes behind those that were not. */
  #mayBeLate(page: Page): boolean {
    return page.sends > 1 && this.#refusable(page);
  }

  /**
   * The broker has started again. What it had given and not recorded may be given as new, and an ack of the delivery
   * before it may count.
   */
  restarted(): void {
    this.#orders.clear();
    for (const account of this.#accounts.values()) account.latest = 0;
  }

  ackSent(delivery: number): void {
    const acks = this.#byDelivery.get(delivery)?.acks;
    acks?.set(delivery, (acks.get(delivery) ?? 0) + 1);
  }

  wordSent(delivery: number): void {
    const account = this.#byDelivery.get(delivery);
    if (account !== undefined) account.words += 1;
  }

  /** A word about this delivery was refused. */
  ackRefused(delivery: number): void {
    const account = this.#byDelivery.get(delivery);
    if (account !== undefined && account.words > 0) {
      account.words -= 1;
      return;
    }
    const acks = account?.acks;
    const left = (acks?.get(delivery) ?? 1) - 1;
    if (left > 0) acks?.set(delivery, left);
    else acks?.delete(delivery);
  }

  /** The broker says that this ack is on disk. */
  ackDurable(delivery: number, position: number): void {
    const account = this.#byDelivery.get(delivery);
    if (account === undefined) return;
    this.counts.durableAcks += 1;
    this.#book.promise(position);
    account.settled = Math.max(account.settled ?? 0, delivery);
    if (account.latest > delivery) {
      const told = `delivery ${account.latest} of message ${account.page.number} of "${account.queue}"`;
      throw new Violation('duplicated', `${told} was made, though delivery ${delivery} was settled for good`);
    }
  }

  /** Whether a consumer of the queue has answered for the message. */
  answered(queue: string, page: Page): boolean {
    return (this.#accounts.get(keyOf(queue, page.number))?.acks.size ?? 0) > 0;
  }

  /** A message found in the dead letters may not have been settled for good. */
  dead(queue: string, page: Page): void {
    const account = this.#accounts.get(keyOf(queue, page.number));
    if (account?.settled !== null && account?.settled !== undefined) {
      throw new Violation(
        'duplicated',
        `message ${page.number} of "${queue}" is a dead letter, though its ack was durable`,
      );
    }
  }

  deliveries(queue: string, page: Page): number {
    return this.#accounts.get(keyOf(queue, page.number))?.deliveries ?? 0;
  }
}

const keyOf = (queue: string, number: number): string => `${queue}\u0000${number}`;
