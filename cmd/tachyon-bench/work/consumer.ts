// The consuming process: notes each message, acknowledges each one by itself, and the last one durably, so that the end
// of a run is what the broker says, not what this process believes.

import type { Client, Delivery, FanoutMessage } from '../../../pkg/client/index.ts';
import { decompressBlockLE } from '../../../pkg/encoding/lz4.ts';
import { ArrivalBook } from '../measure/arrival-book.ts';
import { machineMs, TurnClock } from '../measure/clock.ts';
import { Histogram } from '../measure/histogram.ts';
import { BodyMaker, STAMP_BYTES, stampedAtMs, stampedIndex, stampedProducer } from '../measure/stamped-body.ts';
import { PATTERN, queuesOf, sharesOf, tellEvery, topicName, type Workload, workloadOf } from '../settings.ts';
import { connectOver } from './connect.ts';
import { Meter } from './meter.ts';
import { type ConsumerResult, type Job, type MeasuredTime, type Progress, tell } from './words.ts';

const PROBE_MS = 20;
/** The producer number of the messages that only find out whether a subscription is in force. */
const PROBE = 0xffff_ffff;
const NOTHING = new Uint8Array(0);

export class ConsumerWork {
  readonly #job: Job;
  readonly #workload: Workload;
  readonly #clock = new TurnClock();
  /** One for the queues, or one for each subscriber. */
  readonly #books: readonly ArrivalBook[];
  readonly #arrivals = new Histogram();
  readonly #interval = new Histogram();
  readonly #meter = new Meter(() => this.#received);
  readonly #tellEvery: number;
  readonly #producerBase: number;
  readonly #finished: Promise<ConsumerResult>;
  #finish!: (result: ConsumerResult) => void;
  #client: Client | null = null;
  #fromMs = Number.NEGATIVE_INFINITY;
  #toMs = Number.POSITIVE_INFINITY;
  /** Deliveries over all books; null: not told yet. */
  #expected: number | null = null;
  #received = 0;
  #receivedInTime = 0;
  #lastArrivalMs = 0;
  #untilTold: number;
  #isStarted = false;
  #timer: NodeJS.Timeout | undefined;
  #onProbe: (subscriber: number) => void = () => undefined;

  constructor(job: Job) {
    this.#job = job;
    this.#workload = workloadOf(job.settings);
    const { mode, durationMs, messages, producers, subscribers } = this.#workload;
    const isOpen = durationMs > 0;
    const shares = isOpen ? Array<number>(producers).fill(Number.POSITIVE_INFINITY) : sharesOf(this.#workload);
    this.#books = Array.from({ length: mode === 'fanout' ? subscribers : 1 }, () => new ArrivalBook(shares));
    this.#expected = isOpen ? null : messages * this.#books.length;
    this.#producerBase = job.producerBase ?? 0;
    this.#tellEvery = tellEvery(this.#workload);
    this.#untilTold = this.#tellEvery;
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  async open(): Promise<void> {
    const { router, pub } = this.#job;
    const { mode, transport, consumerWindow } = this.#workload;
    this.#client = await connectOver(transport, { router, pub, name: 'bench-consumer' });
    if (mode === 'fanout') return this.#subscribe(this.#client);
    const window = consumerWindow === null ? {} : { window: { messages: consumerWindow } };
    for (const { queue, pattern } of queuesOf(this.#workload)) {
      await this.#client.consume({ queue, subscriptions: [pattern], ...window }, this.#deliver);
    }
  }

  run({ startMs, fromMs, toMs }: MeasuredTime): Promise<ConsumerResult> {
    if (toMs !== null) {
      this.#fromMs = fromMs;
      this.#toMs = toMs;
      this.#isStarted = true;
      this.#meter.measure({ startMs, fromMs, toMs });
    }
    const { intervalMs } = this.#workload;
    if (intervalMs > 0) this.#timer = setInterval(() => this.#tellProgress(), intervalMs);
    return this.#finished;
  }

  /** So many were accepted, and are to come. */
  expect(accepted: number): void {
    this.#expected = accepted * this.#books.length;
    if (this.#isComplete()) void this.#drain();
  }

  /** Nothing more will come. */
  giveUp(): void {
    this.#end(machineMs());
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#meter.close();
    await this.#client?.close();
  }

  readonly #deliver = (delivery: Delivery): void => {
    const isLast = this.#note(0, this.#plain(delivery.body));
    if (!isLast) return delivery.ack();
    delivery.ack({ durable: true }).then(
      () => this.#end(machineMs()),
      (error: Error) => tell({ type: 'failed', reason: `the last acknowledgement: ${error.message}` }),
    );
  };

  #take(subscriber: number, message: FanoutMessage): void {
    const isProbe = message.body.length >= STAMP_BYTES && stampedProducer(message.body) === PROBE;
    if (isProbe) return this.#onProbe(subscriber);
    if (this.#note(subscriber, this.#plain(message.body))) this.#end(this.#lastArrivalMs);
  }

  #plain(body: Uint8Array): Uint8Array {
    if (!this.#workload.compress) return body;
    const plain = decompressBlockLE(body, this.#workload.payloadSize);
    return plain instanceof Uint8Array ? plain : NOTHING;
  }

  /** True for the last message that was missing. */
  #note(reader: number, body: Uint8Array): boolean {
    if (!this.#isStarted) {
      // By count, the measuring begins with the first message, so that waiting for it costs nothing.
      this.#isStarted = true;
      this.#meter.begin();
    }
    const book = this.#books[reader] as ArrivalBook;
    if (body.length !== this.#workload.payloadSize) {
      book.unexpected += 1;
      return false;
    }
    if (!book.note(stampedProducer(body) - this.#producerBase, stampedIndex(body))) return false;
    const nowMs = this.#clock.now();
    const dueAtMs = stampedAtMs(body);
    this.#received += 1;
    this.#lastArrivalMs = nowMs;
    if (nowMs >= this.#fromMs && nowMs < this.#toMs) this.#receivedInTime += 1;
    if (dueAtMs >= this.#fromMs) this.#arrivals.record(nowMs - dueAtMs);
    if (this.#workload.intervalMs > 0) this.#interval.record(nowMs - dueAtMs);
    this.#untilTold -= 1;
    if (this.#untilTold <= 0) this.#tellArrived();
    return this.#isComplete();
  }

  #isComplete(): boolean {
    return this.#received === this.#expected;
  }

  /** The slowest reader's count: nothing may be dropped for it. */
  #tellArrived(): void {
    this.#untilTold = this.#tellEvery;
    const count = this.#books.reduce((least, { distinct }) => Math.min(least, distinct), Number.POSITIVE_INFINITY);
    tell({ type: 'arrived', count });
  }

  /** Resolves when each subscription is in force, which the broker does not tell: probes are sent until one arrives. */
  async #subscribe(client: Client): Promise<void> {
    const missing = new Set(this.#books.keys());
    const probed = new Promise<void>((resolve) => {
      this.#onProbe = (subscriber) => {
        missing.delete(subscriber);
        if (missing.size === 0) resolve();
      };
    });
    const { topic } = this.#workload;
    const pattern = topic === '' ? PATTERN : topic;
    for (const subscriber of this.#books.keys()) {
      await client.subscribe(pattern, (message) => this.#take(subscriber, message));
    }
    const probe = new BodyMaker(PROBE, this.#workload.payloadSize);
    const send = (): void => {
      client.publish(topic === '' ? topicName(0) : topic, probe.make(0, machineMs()), { mode: 'fanout' }).catch(fail);
    };
    const timer = setInterval(send, PROBE_MS);
    await probed;
    clearInterval(timer);
  }

  /** Everything came before it was known to be the last: the acknowledgements that wait leave with the goodbye. */
  async #drain(): Promise<void> {
    const lastArrivalMs = this.#lastArrivalMs;
    await this.#client?.drain();
    this.#end(lastArrivalMs);
  }

  #tellProgress(): void {
    const progress: Progress = {
      role: 'consumer',
      published: 0,
      confirmed: 0,
      received: this.#received,
      latencies: this.#interval.data(),
      rssBytes: process.memoryUsage.rss(),
    };
    this.#interval.clear();
    tell({ type: 'progress', progress });
  }

  #end(lastAckMs: number): void {
    clearInterval(this.#timer);
    const sum = (count: (book: ArrivalBook) => number): number =>
      this.#books.reduce((total, book) => total + count(book), 0);
    this.#finish({
      role: 'consumer',
      received: this.#received,
      receivedInTime: this.#receivedInTime,
      duplicated: sum(({ duplicated }) => duplicated),
      unexpected: sum(({ unexpected }) => unexpected),
      lastAckMs,
      arrivals: this.#arrivals.data(),
      cost: this.#meter.cost(),
    });
  }
}

const fail = (error: Error): void => tell({ type: 'failed', reason: `probing the subscription: ${error.message}` });
