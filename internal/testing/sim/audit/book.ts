// The book of messages: what was sent, and what became of each as its producer knows it. A body carries the number of
// its page in this book and is otherwise made from it, so that every byte of a delivery can be judged.

import { CRON_TOPIC, Fires } from './fires.ts';
import { Violation } from './violation.ts';

/** Bytes of a body that say which message it is. */
const BODY_HEAD_BYTES = 8;

export interface Page {
  readonly number: number;
  readonly topic: string;
  readonly messageId: string;
  readonly bodyBytes: number;
  /** Who sent it, and as which of its messages; the order that is promised is that of one producer. */
  readonly producer: string;
  readonly order: number;
  /** The atomic batch that it is of; null for none. */
  readonly batch: string | null;
  readonly sentAt: number;
  /** In milliseconds of the simulated time. */
  readonly sentAtMs: number;
  confirmedAtMs: number | null;
  /** Of what its producer asked for; null: nothing. */
  readonly delayMs: number | null;
  readonly ttlMs: number | null;
  /** Empty: none. */
  readonly key: string;
  readonly priority: string;
  sends: number;
  confirmedAt: number | null;
  refused: string | null;
}

export interface Announced {
  readonly topic: string;
  readonly messageId: string;
  readonly bodyBytes: number;
  readonly producer: string;
  readonly order: number;
  readonly batch?: string | null;
  readonly delayMs?: number | null;
  readonly ttlMs?: number | null;
  readonly key?: string;
  readonly priority?: string;
}

/** Atomic batches, by what became of them. */
export interface BatchCounts {
  readonly batchesConfirmed: number;
  readonly batchesRefused: number;
}

export class Book {
  readonly #now: () => number;
  readonly #nowMs: () => number;
  readonly #pages: Page[] = [];
  readonly fires: Fires;
  readonly #batches = new Map<string, 'confirmed' | 'refused'>();
  /** The highest position that the broker has ever named as durable. */
  promised = 0;

  /** `now` orders what happens; `nowMs` is the time. */
  constructor(now: () => number, nowMs: () => number = now, fires = new Fires(nowMs)) {
    this.fires = fires;
    this.#now = now;
    this.#nowMs = nowMs;
  }

  get pages(): readonly Page[] {
    return this.#pages;
  }

  open(message: Announced): Page {
    const page: Page = {
      batch: null,
      delayMs: null,
      ttlMs: null,
      key: '',
      priority: '',
      ...message,
      number: this.#pages.length,
      sentAt: this.#now(),
      sentAtMs: this.#nowMs(),
      confirmedAtMs: null,
      sends: 0,
      confirmedAt: null,
      refused: null,
    };
    this.#pages.push(page);
    return page;
  }

  confirmed(page: Page, position: number, duplicate: boolean): void {
    if (duplicate && page.sends < 2) {
      throw new Violation('unexpected', `message ${page.number} was sent once and confirmed as a duplicate`);
    }
    this.#outcome(page, 'confirmed');
    page.confirmedAt ??= this.#now();
    page.confirmedAtMs ??= this.#nowMs();
    this.promise(position);
  }

  refused(page: Page, code: string): void {
    this.#outcome(page, 'refused');
    page.refused = code;
  }

  /** Nobody sent it: when it was accepted is not known, so that no queue owes it for certain. */
  #fired(topic: string, messageId: string, body: Uint8Array, order: number): Page {
    const page = this.open({ topic, messageId, bodyBytes: body.length, producer: topic, order });
    const known = { ...page, sentAt: 0, confirmedAt: page.sentAt, confirmedAtMs: page.sentAtMs, sends: 1 };
    this.#pages[page.number] = known;
    return known;
  }

  /** Batches whose outcome is known. */
  get batches(): BatchCounts {
    const refused = [...this.#batches.values()].filter((outcome) => outcome === 'refused').length;
    return { batchesConfirmed: this.#batches.size - refused, batchesRefused: refused };
  }

  /** One outcome for all of an atomic batch. */
  #outcome({ number, batch }: Page, outcome: 'confirmed' | 'refused'): void {
    if (batch === null) return;
    const known = this.#batches.get(batch) ?? outcome;
    this.#batches.set(batch, outcome);
    if (known === outcome) return;
    throw new Violation('torn', `message ${number} of the batch ${batch} was ${outcome}, and another one ${known}`);
  }

  promise(position: number): void {
    this.promised = Math.max(this.promised, position);
  }

  /** The page that a delivered body belongs to; throws when it is not what was published. */
  pageOf(topic: string, messageId: string, body: Uint8Array): Page {
    if (topic.startsWith(CRON_TOPIC)) {
      return this.fires.pageOf(topic, messageId, (order) => this.#fired(topic, messageId, body, order));
    }
    const number = body.length < BODY_HEAD_BYTES ? -1 : viewOf(body).getUint32(0, true);
    const page = this.#pages[number];
    if (page === undefined) throw new Violation('unexpected', `a body of ${body.length} B that nobody has published`);
    const same = isOf(page, topic) && page.messageId === messageId;
    if (!same || !equal(body, bodyOf(page))) {
      throw new Violation(
        'unexpected',
        `message ${number} came as "${topic}" "${messageId}", ${body.length} B, not as published`,
      );
    }
    return page;
  }
}

/** As it was published, or as the broker's own message about it. */
const isOf = (page: Page, topic: string): boolean =>
  topic === page.topic || topic === UNROUTABLE || topic === `${LETTERS}${page.topic}`;

const UNROUTABLE = '_system.unroutable';
export const LETTERS = '_dlq.';

export function bodyOf({ number, bodyBytes }: Pick<Page, 'number' | 'bodyBytes'>): Uint8Array {
  const body = new Uint8Array(Math.max(BODY_HEAD_BYTES, bodyBytes));
  body.fill(number * 31 + 7, BODY_HEAD_BYTES);
  for (let at = BODY_HEAD_BYTES; at < body.length; at += 61) body[at] = number + at;
  const view = viewOf(body);
  view.setUint32(0, number, true);
  view.setUint32(4, body.length, true);
  return body;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
