// A producer: publishes in batches, keeps what is not confirmed, and after each reconnect publishes all of that again
// under the same numbers. It never gives up, so at the end every message is confirmed or refused.

import { WAIT_FOR_ROOM } from '../../../../pkg/protocol/control/hello.ts';
import type { BrokerWord } from '../../../../pkg/protocol/control.ts';
import { bodyOf, type Page } from '../audit/book.ts';
import { Violation } from '../audit/violation.ts';
import type { Random } from '../random.ts';
import { Client, type Surroundings } from './client.ts';
import { type Heard, type SaidMessage, sayPublish } from './speech.ts';

export interface ProducerPlan {
  readonly name: string;
  readonly binary: boolean;
  readonly topics: readonly string[];
  readonly everyMs: number;
  readonly batchMax: number;
  readonly bodyBytesMax: number;
  readonly messageIds: 'none' | 'unique' | 'reused';
  /** Share of messages that are due later, or worth nothing after a time. */
  readonly times: number;
  /** Says in a header whether its number of the message is odd. */
  readonly parity: boolean;
  /** Share of batches that are accepted all or none. */
  readonly atomic: number;
  /** It would rather wait than be refused. */
  readonly waits: boolean;
  /** Share of messages that have a partition key, and share of those of a class. */
  readonly keys: number;
  readonly classes: number;
}

const UNCONFIRMED_MAX = 200;
const DELAY_MS = 300;
const TTL_MS = 400;
const KEYS = 4;
const CLASSES = ['urgent', 'high', 'normal', 'low'];
/** Ids that are used over and over. */
const REUSED_IDS = 5;
/** After these the message is kept, and published again on the next connection. */
const LATER: ReadonlySet<string> = new Set(['DRAINING', 'UNKNOWN_PRODUCER', 'HELLO_REQUIRED']);
/** Whoever waits hears none of these. */
const PRESSED: ReadonlySet<string> = new Set(['QUOTA_EXCEEDED', 'THROTTLED', 'OVERLOADED']);
/** What a message may be refused with for good. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  'STORAGE_FULL',
  'UNROUTABLE',
  'BUSY',
  'BATCH_REFUSED',
  'BATCH_TOO_LARGE',
  ...PRESSED,
]);

export class Producer extends Client {
  readonly #plan: ProducerPlan;
  #claim: { readonly id: number; readonly token: string } | null = null;
  #ready = false;
  #nextSequence = 1;
  readonly #unconfirmed = new Map<number, Page>();

  constructor(plan: ProducerPlan, random: Random, around: Surroundings) {
    super(plan.name, 'router', plan.binary, random, around);
    this.#plan = plan;
  }

  get unconfirmed(): number {
    return this.#unconfirmed.size;
  }

  override begin(): void {
    super.begin();
    this.#work();
  }

  protected override greet(): void {
    this.hello(this.#claim ?? 'new', this.#plan.waits ? [WAIT_FOR_ROOM] : []);
  }

  protected override lost(): void {
    this.#ready = false;
  }

  protected override word(word: BrokerWord): void {
    if (word.type !== 'hello.ok' || this.#ready) return;
    const { producer } = word;
    if (producer === null) throw new Violation('unexpected', `${this.name} asked for a producer id and got none`);
    if (this.#claim !== null && producer.id !== this.#claim.id) {
      throw new Violation('lost', `producer ${this.#claim.id} came back as ${producer.id}`);
    }
    this.#claim = { id: producer.id, token: producer.token };
    this.#ready = true;
    this.#publish([...this.#unconfirmed]);
  }

  protected override heard(heard: Exclude<Heard, { type: 'word' }>): void {
    if (heard.type !== 'confirmed') return;
    const { through, position, exceptions } = heard;
    const exceptional = new Map(exceptions.map((exception) => [exception.sequence, exception]));
    let over = false;
    for (const [sequence, page] of this.#unconfirmed) {
      if (sequence > through) break;
      const exception = exceptional.get(sequence);
      if (exception !== undefined && !exception.duplicate) {
        if (LATER.has(exception.code)) {
          over = true;
          continue;
        }
        if (!FOR_GOOD.has(exception.code)) {
          throw new Violation(
            'unexpected',
            `message ${page.number} was refused with ${exception.code}: ${exception.detail}`,
          );
        }
        if (this.#plan.waits && PRESSED.has(exception.code)) {
          throw new Violation('unexpected', `${this.name} waits for room and was refused: ${exception.detail}`);
        }
        this.around.book.refused(page, exception.code);
      } else this.around.book.confirmed(page, position, exception !== undefined);
      this.#unconfirmed.delete(sequence);
    }
    if (over) this.restart();
  }

  #work(): void {
    if (this.around.calm()) return;
    if (this.#ready && this.#unconfirmed.size < UNCONFIRMED_MAX) {
      const fresh: [number, Page][] = [];
      const batch = this.#mayBatch() ? this.#nextSequence : null;
      for (let left = 1 + this.random.int(this.#plan.batchMax); left > 0; left -= 1) fresh.push(this.#compose(batch));
      this.#publish(fresh);
    }
    this.later(this.random.fraction() * 2 * this.#plan.everyMs, () => this.#work());
  }

  #mayBatch(): boolean {
    return this.binary && this.#plan.atomic > 0 && this.random.bool(this.#plan.atomic);
  }

  /** `batch`: the number of the first message of its batch; null for none. */
  #compose(batch: number | null): [number, Page] {
    const { topics, bodyBytesMax, messageIds, name } = this.#plan;
    const sequence = this.#nextSequence;
    this.#nextSequence += 1;
    const unique = `${name}-${sequence}`;
    const page = this.around.book.open({
      topic: this.random.pick(topics),
      messageId: messageIds === 'none' ? '' : messageIds === 'unique' ? unique : `again-${this.random.int(REUSED_IDS)}`,
      bodyBytes: this.random.int(this.random.bool(0.2) ? bodyBytesMax : bodyBytesMax / 4),
      producer: name,
      order: sequence,
      batch: batch === null ? null : `${name}-${batch}`,
      ...this.#times(),
      ...this.#traits(),
    });
    this.#unconfirmed.set(sequence, page);
    return [sequence, page];
  }

  #traits(): { readonly key?: string; readonly priority?: string } {
    const { keys, classes } = this.#plan;
    return {
      ...(keys > 0 && this.random.bool(keys) ? { key: `key-${this.random.int(KEYS)}` } : {}),
      ...(classes > 0 && this.random.bool(classes) ? { priority: this.random.pick(CLASSES) } : {}),
    };
  }

  #times(): { readonly delayMs: number | null; readonly ttlMs: number | null } | null {
    if (this.#plan.times === 0 || !this.random.bool(this.#plan.times)) return null;
    const delayMs = this.random.bool() ? 1 + this.random.int(DELAY_MS) : null;
    // Not over before it is due: that would be refused.
    const ttlMs = this.random.bool() ? (delayMs ?? 0) + 1 + this.random.int(TTL_MS) : null;
    return { delayMs, ttlMs };
  }

  #headersOf(page: Page): { readonly headers?: { readonly parity: string } } {
    return this.#plan.parity ? { headers: { parity: parityOf(page) } } : {};
  }

  /** In runs of consecutive numbers, as many as a batch may have; an atomic one whole, and by itself. */
  #publish(messages: readonly (readonly [number, Page])[]): void {
    for (let from = 0; from < messages.length; ) {
      const run: SaidMessage[] = [];
      const batch = messages[from]?.[1].batch ?? null;
      for (let next = messages[from]; next !== undefined && run.length < this.#plan.batchMax; next = messages[from]) {
        const [sequence, page] = next;
        const before = run.at(-1);
        if (page.batch !== batch || (before !== undefined && before.sequence + 1 !== sequence)) break;
        page.sends += 1;
        run.push({
          sequence,
          topic: page.topic,
          messageId: page.messageId,
          body: bodyOf(page),
          options: { ...optionsOf(page), ...this.#headersOf(page) },
        });
        from += 1;
      }
      this.send(...sayPublish(run, this.binary, batch !== null));
    }
  }
}

export const parityOf = ({ order }: Page): 'odd' | 'even' => (order % 2 === 1 ? 'odd' : 'even');

function optionsOf({ delayMs, ttlMs, key, priority }: Page): NonNullable<SaidMessage['options']> {
  return {
    ...(delayMs === null ? {} : { delay_ms: delayMs }),
    ...(ttlMs === null ? {} : { ttl_ms: ttlMs }),
    ...(key === '' ? {} : { partition_key: key }),
    ...(priority === '' ? {} : { priority }),
  };
}
