// The producing process: each connection keeps a window of publishes under way, a promise per message, and refills it as
// confirms come in. In fanout, where a confirm says nothing about arrival, what has not arrived counts as under way too.

import { type Client, connect, type PublishOptions } from '../../../pkg/client/index.ts';
import { machineMs } from '../measure/clock.ts';
import { Histogram } from '../measure/histogram.ts';
import { BodyMaker } from '../measure/stamped-body.ts';
import { sharesOf, topicName } from '../settings.ts';
import { type Job, ownCost, type ProducerResult } from './words.ts';

const FANOUT: PublishOptions = { mode: 'fanout' };
/** Below what the broker holds for one subscriber before it drops: measured is the rate at which nothing is missed. */
const FANOUT_UNDER_WAY_MAX = 8_192;
/** How often a limited rate is topped up. */
const RATE_STEP_MS = 2;

export class ProducerWork {
  readonly #job: Job;
  readonly #clients: Client[] = [];
  readonly #topics: readonly string[];
  readonly #confirms = new Histogram();
  readonly #refused = new Map<string, number>();
  readonly #durability = new Set<string>();
  #lines: Line[] = [];
  #finished!: (result: ProducerResult) => void;
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #firstPublishMs = 0;
  #lastConfirmMs = 0;
  #published = 0;
  #confirmed = 0;
  #arrived = 0;
  #allowed = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(job: Job) {
    this.#job = job;
    this.#topics = Array.from({ length: job.settings.topics }, (_, index) => topicName(index));
  }

  async open(): Promise<void> {
    const { router, pub, settings } = this.#job;
    for (let producer = 0; producer < settings.producers; producer += 1) {
      this.#clients.push(await connect({ router, pub, name: `bench-${producer}`, timeoutMs: 30_000 }));
    }
  }

  run(): Promise<ProducerResult> {
    const { settings } = this.#job;
    const finished = new Promise<ProducerResult>((resolve) => {
      this.#finished = resolve;
    });
    this.#cpu = process.cpuUsage();
    this.#firstPublishMs = machineMs();
    this.#lines = sharesOf(settings).map((share, producer) => ({
      client: this.#clients[producer] as Client,
      bodies: new BodyMaker(producer, settings.payloadSize),
      share,
      next: 0,
      underWay: 0,
      topic: Math.floor((producer * settings.topics) / settings.producers),
      refilling: false,
    }));
    if (settings.rate > 0) this.#pace(settings.rate);
    for (const line of this.#lines) this.#refill(line);
    return finished;
  }

  arrived(count: number): void {
    this.#arrived = count;
    for (const line of this.#lines) this.#refill(line);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  #pace(rate: number): void {
    this.#allowed = 0;
    this.#timer = setInterval(() => {
      this.#allowed = ((machineMs() - this.#firstPublishMs) / 1e3) * rate;
      for (const line of this.#lines) this.#refill(line);
    }, RATE_STEP_MS);
  }

  #hasRoom(line: Line): boolean {
    const { mode, window, producers } = this.#job.settings;
    if (line.underWay >= window || this.#published >= this.#allowed) return false;
    return mode !== 'fanout' || this.#published - this.#arrived < Math.min(window * producers, FANOUT_UNDER_WAY_MAX);
  }

  #refill(line: Line): void {
    line.refilling = false;
    const options = this.#job.settings.mode === 'fanout' ? FANOUT : undefined;
    while (line.next < line.share && this.#hasRoom(line)) {
      const nowMs = machineMs();
      const topic = this.#topics[line.topic] as string;
      line.topic = line.topic + 1 === this.#topics.length ? 0 : line.topic + 1;
      const body = line.bodies.make(line.next, nowMs);
      line.next += 1;
      line.underWay += 1;
      this.#published += 1;
      line.client.publish(topic, body, options).then(
        (receipt) => {
          this.#durability.add(receipt.durability);
          this.#confirmed += 1;
          this.#settle(line, nowMs);
        },
        (error: { code?: string }) => {
          const code = error.code ?? 'INTERNAL';
          this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
          this.#settle(line, nowMs);
        },
      );
    }
  }

  #settle(line: Line, publishedAtMs: number): void {
    const nowMs = machineMs();
    this.#confirms.record(nowMs - publishedAtMs);
    this.#lastConfirmMs = nowMs;
    line.underWay -= 1;
    if (line.next < line.share) {
      // Confirms come in runs: one refill for all of a run.
      if (line.refilling) return;
      line.refilling = true;
      setImmediate(() => this.#refill(line));
    } else if (this.#lines.every(({ next, share, underWay }) => next === share && underWay === 0)) this.#finish();
  }

  #finish(): void {
    clearInterval(this.#timer);
    this.#finished({
      role: 'producer',
      firstPublishMs: this.#firstPublishMs,
      lastConfirmMs: this.#lastConfirmMs,
      confirmed: this.#confirmed,
      refused: Object.fromEntries(this.#refused),
      durability: [...this.#durability],
      confirmCounts: this.#confirms.counts(),
      confirmMaxMs: this.#confirms.percentiles().maxMs,
      cost: ownCost(this.#cpu),
    });
  }
}

interface Line {
  readonly client: Client;
  readonly bodies: BodyMaker;
  readonly share: number;
  next: number;
  underWay: number;
  topic: number;
  refilling: boolean;
}
