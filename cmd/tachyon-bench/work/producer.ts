// The producing process: each connection keeps a window of publishes under way, a promise per message, and refills it as
// confirms come in. In an open loop what is published is what is due; what finds no room waits, and its time counts.

import type { Client, PublishOptions } from '../../../pkg/client/index.ts';
import { machineMs, TurnClock } from '../measure/clock.ts';
import { Histogram } from '../measure/histogram.ts';
import { OpenLoop } from '../measure/open-loop.ts';
import { sharesOf, topicPlan, underWayMax, type Workload, workloadOf } from '../settings.ts';
import { connectOver } from './connect.ts';
import { Meter } from './meter.ts';
import { Metronome } from './metronome.ts';
import { type Receipt, type Slot, Slots } from './slots.ts';
import { type Job, type MeasuredTime, type ProducerResult, type Progress, tell } from './words.ts';

const FANOUT: PublishOptions = { mode: 'fanout' };
const LAST_MOMENT_MS = 20;

export class ProducerWork {
  readonly #job: Job;
  readonly #workload: Workload;
  readonly #options: PublishOptions | undefined;
  readonly #clock = new TurnClock();
  readonly #confirms = new Histogram();
  readonly #interval = new Histogram();
  readonly #late = new Histogram();
  readonly #refused = new Map<string, number>();
  readonly #durability = new Set<string>();
  readonly #meter = new Meter(() => this.#published);
  readonly #inFlightMax: number;
  #clients: Client[] = [];
  #lines: Line[] = [];
  #loop: OpenLoop | null = null;
  #time: MeasuredTime = { startMs: 0, fromMs: 0, toMs: null };
  #finished!: (result: ProducerResult) => void;
  #lastDurability = '';
  #firstPublishMs = 0;
  #lastConfirmMs = 0;
  #published = 0;
  #settled = 0;
  #confirmed = 0;
  #confirmedInTime = 0;
  #arrived = 0;
  #stopped = false;
  #leftOut = 0;
  #timers: NodeJS.Timeout[] = [];
  #metronome: Metronome | null = null;

  constructor(job: Job) {
    this.#job = job;
    this.#workload = workloadOf(job.settings);
    this.#inFlightMax = underWayMax(this.#workload);
    // Left out, the queues decide, and a message carries no attributes.
    this.#options = this.#workload.mode === 'fanout' ? FANOUT : undefined;
  }

  async open(): Promise<void> {
    const { router, pub } = this.#job;
    const { producers, transport } = this.#workload;
    for (let producer = 0; producer < producers; producer += 1) {
      this.#clients.push(await connectOver(transport, { router, pub, name: `bench-${producer}` }));
    }
  }

  run(time: MeasuredTime): Promise<ProducerResult> {
    const finished = new Promise<ProducerResult>((resolve) => {
      this.#finished = resolve;
    });
    this.#time = time;
    const waitMs = Math.max(0, time.startMs - machineMs());
    this.#timers.push(setTimeout(() => this.#start(), waitMs));
    return finished;
  }

  arrived(count: number): void {
    this.#arrived = count;
    this.#refillAll();
  }

  async close(): Promise<void> {
    this.#clear();
    this.#meter.close();
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  #start(): void {
    const { rate, intervalMs } = this.#workload;
    this.#meter.measure(this.#time);
    this.#firstPublishMs = machineMs();
    this.#lines = this.#makeLines();
    if (this.#time.toMs !== null) {
      this.#timers.push(setTimeout(this.#stop, Math.max(0, this.#time.toMs - this.#firstPublishMs)));
    }
    if (intervalMs > 0) this.#timers.push(setInterval(() => this.#tellProgress(), intervalMs));
    if (rate > 0) {
      // The schedule is the run's: a process that begins late owes what was due meanwhile.
      this.#loop = new OpenLoop(rate, this.#time.startMs);
      this.#metronome = new Metronome(rate, this.#time.startMs, this.#pace);
    } else this.#refillAll();
  }

  #makeLines(): Line[] {
    const { producers, window, payloadSize, compress, topics, durationMs } = this.#workload;
    const shares = sharesOf(this.#workload);
    const plan = topicPlan(this.#workload);
    const base = this.#job.producerBase ?? 0;
    return this.#clients.map((client, producer) => {
      const line: Line = {
        client,
        plan,
        at: plan.length === topics ? Math.floor((producer * topics) / producers) : producer % plan.length,
        share: durationMs > 0 ? Number.POSITIVE_INFINITY : (shares[producer] as number),
        next: 0,
        underWay: 0,
        refilling: false,
        slots: new Slots(base + producer, window, payloadSize, compress, {
          accepted: (slot, receipt) => this.#accepted(line, slot, receipt),
          refused: (slot, error) => this.#refuse(line, slot, error),
        }),
      };
      return line;
    });
  }

  /** Publishes what is due. */
  readonly #pace = (): void => {
    const loop = this.#loop;
    if (loop === null || this.#isOver()) return;
    const due = loop.dueBy(this.#clock.fresh()) - this.#published;
    this.#refillAll(Math.ceil(due / this.#lines.length));
  };

  /** `most` of each connection, so that none takes what is due before the others have had theirs. */
  #refillAll(most = Number.POSITIVE_INFINITY): void {
    for (const line of this.#lines) this.#refill(line, most);
  }

  #roomOf({ share, next, underWay, slots }: Line): number {
    if (this.#stopped) return 0;
    const left = share - next;
    const free = Math.min(slots.free, this.#workload.window - underWay);
    if (free < Math.min(this.#workload.batch, slots.most, left)) return 0;
    return Math.min(left, free, this.#inFlightMax - (this.#published - this.#arrived));
  }

  #refill(line: Line, most = Number.POSITIVE_INFINITY): void {
    line.refilling = false;
    const room = Math.min(most, this.#roomOf(line));
    if (room <= 0) return;
    const loop = this.#loop;
    const clock = this.#clock;
    const due = loop === null ? room : Math.min(room, loop.dueBy(clock.fresh()) - this.#published);
    for (let left = due; left > 0; left -= 1) {
      const nowMs = clock.now();
      const dueAtMs = loop === null ? nowMs : loop.dueAtMs(this.#published);
      if (loop !== null) this.#late.record(nowMs - dueAtMs);
      const slot = line.slots.take(dueAtMs, line.next);
      const topic = line.plan[line.at] as string;
      line.at = line.at + 1 === line.plan.length ? 0 : line.at + 1;
      line.next += 1;
      line.underWay += 1;
      this.#published += 1;
      line.client.publish(topic, line.slots.bodyOf(slot), this.#options).then(slot.accepted, slot.refused);
    }
  }

  #accepted(line: Line, slot: Slot, { durability }: Receipt): void {
    if (durability !== this.#lastDurability) {
      this.#lastDurability = durability;
      this.#durability.add(durability);
    }
    this.#confirmed += 1;
    this.#settle(line, slot);
  }

  #refuse(line: Line, slot: Slot, { code = 'INTERNAL' }: { readonly code?: string }): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
    this.#settle(line, slot);
  }

  #settle(line: Line, slot: Slot): void {
    const nowMs = this.#clock.now();
    const latencyMs = nowMs - slot.dueAtMs;
    const { fromMs, toMs } = this.#time;
    if (slot.dueAtMs >= fromMs) this.#confirms.record(latencyMs);
    if (nowMs >= fromMs && (toMs === null || nowMs < toMs)) this.#confirmedInTime += 1;
    if (this.#workload.intervalMs > 0) this.#interval.record(latencyMs);
    this.#lastConfirmMs = nowMs;
    this.#settled += 1;
    line.underWay -= 1;
    line.slots.give(slot);
    if (!this.#stopped && line.next < line.share) {
      // Confirms come in runs: one refill for all of a run.
      if (line.refilling) return;
      line.refilling = true;
      setImmediate(() => this.#refill(line));
    } else this.#finishWhenOver();
  }

  readonly #stop = (): void => {
    this.#stopped = true;
    const { toMs } = this.#time;
    // What became due in the last moment is no sign of anything: the beat that would have published it is on its way.
    if (this.#loop !== null && toMs !== null) {
      this.#leftOut = Math.max(0, this.#loop.dueBy(toMs - LAST_MOMENT_MS) - this.#published);
    }
    this.#finishWhenOver();
  };

  #isOver(): boolean {
    return this.#stopped || this.#lines.every(({ next, share }) => next === share);
  }

  #finishWhenOver(): void {
    if (this.#settled === this.#published && this.#isOver()) this.#finish();
  }

  #finish(): void {
    this.#clear();
    const packed = this.#lines.map(({ slots }) => slots.packedShare);
    this.#finished({
      role: 'producer',
      firstPublishMs: this.#firstPublishMs,
      lastConfirmMs: this.#lastConfirmMs,
      published: this.#lines.map(({ next }) => next),
      confirmed: this.#confirmed,
      confirmedInTime: this.#confirmedInTime,
      refused: Object.fromEntries(this.#refused),
      durability: [...this.#durability],
      confirms: this.#confirms.data(),
      late: this.#late.data(),
      leftOut: this.#leftOut,
      packedShare: packed.reduce((sum, share) => sum + share, 0) / packed.length,
      cost: this.#meter.cost(),
    });
  }

  #tellProgress(): void {
    const progress: Progress = {
      role: 'producer',
      published: this.#published,
      confirmed: this.#confirmed,
      received: 0,
      latencies: this.#interval.data(),
      rssBytes: process.memoryUsage.rss(),
    };
    this.#interval.clear();
    tell({ type: 'progress', progress });
  }

  #clear(): void {
    void this.#metronome?.stop();
    this.#metronome = null;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}

interface Line {
  readonly client: Client;
  readonly plan: readonly string[];
  readonly slots: Slots;
  readonly share: number;
  next: number;
  underWay: number;
  /** Where in the plan it is. */
  at: number;
  refilling: boolean;
}
