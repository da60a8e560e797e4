// The consuming process: notes each message, acknowledges each one by itself, and the last one durably, so that the end
// of a run is what the broker says, not what this process believes.

import { type Client, connect, type Delivery, type FanoutMessage } from '../../../pkg/client/index.ts';
import { ArrivalBook } from '../measure/arrival-book.ts';
import { machineMs } from '../measure/clock.ts';
import { Histogram } from '../measure/histogram.ts';
import { BodyMaker, readStamp } from '../measure/stamped-body.ts';
import { PATTERN, QUEUE, sharesOf, topicName } from '../settings.ts';
import { type ConsumerResult, type Job, ownCost, tell } from './words.ts';

const TELL_EVERY = 256;
const PROBE_MS = 20;
/** The producer number of the messages that only find out whether a subscription is in force. */
const PROBE = 0xffff_ffff;

export class ConsumerWork {
  readonly #job: Job;
  readonly #book: ArrivalBook;
  readonly #arrivals = new Histogram();
  readonly #messages: number;
  readonly #finished: Promise<ConsumerResult>;
  #finish!: (result: ConsumerResult) => void;
  #client: Client | null = null;
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #isStarted = false;
  #onProbe: () => void = () => undefined;

  constructor(job: Job) {
    this.#job = job;
    this.#messages = job.settings.messages;
    this.#book = new ArrivalBook(sharesOf(job.settings));
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  async open(): Promise<void> {
    const { router, pub, settings } = this.#job;
    this.#client = await connect({ router, pub, name: 'bench-consumer', timeoutMs: 30_000 });
    if (settings.mode === 'fanout') return this.#subscribe(this.#client);
    const window = settings.consumerWindow === null ? {} : { window: { messages: settings.consumerWindow } };
    await this.#client.consume({ queue: QUEUE, subscriptions: [PATTERN], ...window }, this.#deliver);
  }

  /** The measuring begins with the first message, so that waiting for it costs nothing. */
  run(): Promise<ConsumerResult> {
    return this.#finished;
  }

  /** Nothing more will come. */
  giveUp(): void {
    this.#end(machineMs());
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }

  readonly #deliver = (delivery: Delivery): void => {
    const isLast = this.#note(delivery.body);
    if (!isLast) return delivery.ack();
    delivery.ack({ durable: true }).then(
      () => this.#end(machineMs()),
      (error: Error) => tell({ type: 'failed', reason: `the last acknowledgement: ${error.message}` }),
    );
  };

  readonly #take = (message: FanoutMessage): void => {
    if (readStamp(message.body)?.producer === PROBE) return this.#onProbe();
    const isLast = this.#note(message.body);
    if (isLast || this.#book.distinct % TELL_EVERY === 0) tell({ type: 'arrived', count: this.#book.distinct });
    if (isLast) this.#end(machineMs());
  };

  /** True for the last message that was missing. */
  #note(body: Uint8Array): boolean {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#cpu = process.cpuUsage();
    }
    const stamp = readStamp(body);
    if (stamp === null) {
      this.#book.unexpected += 1;
      return false;
    }
    if (!this.#book.note(stamp.producer, stamp.index)) return false;
    this.#arrivals.record(machineMs() - stamp.publishedAtMs);
    return this.#book.distinct === this.#messages;
  }

  /** Resolves when the subscription is in force, which the broker does not tell: probes are sent until one arrives. */
  async #subscribe(client: Client): Promise<void> {
    const probed = new Promise<void>((resolve) => {
      this.#onProbe = resolve;
    });
    await client.subscribe(PATTERN, this.#take);
    const probe = new BodyMaker(PROBE, this.#job.settings.payloadSize);
    const send = (): void => {
      client.publish(topicName(0), probe.make(0, machineMs()), { mode: 'fanout' }).catch((error: Error) => {
        tell({ type: 'failed', reason: `probing the subscription: ${error.message}` });
      });
    };
    const timer = setInterval(send, PROBE_MS);
    await probed;
    clearInterval(timer);
  }

  #end(lastAckMs: number): void {
    const { distinct, duplicated, unexpected } = this.#book;
    this.#finish({
      role: 'consumer',
      received: distinct,
      duplicated,
      unexpected,
      lastAckMs,
      arrivalCounts: this.#arrivals.counts(),
      arrivalMaxMs: this.#arrivals.percentiles().maxMs,
      cost: ownCost(this.#cpu),
    });
  }
}
