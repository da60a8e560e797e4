// The book of messages: what was sent, and what became of each as its producer knows it. A body carries the number of
// its page in this book and is otherwise made from it, so that every byte of a delivery can be judged.

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
  readonly delayMs?: number | null;
  readonly ttlMs?: number | null;
  readonly key?: string;
  readonly priority?: string;
}

export class Book {
  readonly #now: () => number;
  readonly #nowMs: () => number;
  readonly #pages: Page[] = [];
  /** The highest position that the broker has ever named as durable. */
  promised = 0;

  /** `now` orders what happens; `nowMs` is the time. */
  constructor(now: () => number, nowMs: () => number = now) {
    this.#now = now;
    this.#nowMs = nowMs;
  }

  get pages(): readonly Page[] {
    return this.#pages;
  }

  open(message: Announced): Page {
    const page: Page = {
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
    page.confirmedAt ??= this.#now();
    page.confirmedAtMs ??= this.#nowMs();
    this.promise(position);
  }

  refused(page: Page, code: string): void {
    page.refused = code;
  }

  promise(position: number): void {
    this.promised = Math.max(this.promised, position);
  }

  /** The page that a delivered body belongs to; throws when it is not what was published. */
  pageOf(topic: string, messageId: string, body: Uint8Array): Page {
    const number = body.length < BODY_HEAD_BYTES ? -1 : viewOf(body).getUint32(0, true);
    const page = this.#pages[number];
    if (page === undefined) throw new Violation('unexpected', `a body of ${body.length} B that nobody has published`);
    const same = page.topic === topic && page.messageId === messageId;
    if (!same || !equal(body, bodyOf(page))) {
      throw new Violation(
        'unexpected',
        `message ${number} came as "${topic}" "${messageId}", ${body.length} B, not as published`,
      );
    }
    return page;
  }
}

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
