// One simulation: the broker and its clients in a storm that the seed decides, then calm until everything that is owed
// was handed over, then the oracle. The same seed gives the same run, step by step, on every machine.

import { asPosition } from '../../domain/ids.ts';
import { Auditor } from './audit/auditor.ts';
import { Book } from './audit/book.ts';
import { Fires } from './audit/fires.ts';
import { Invariants } from './audit/invariants.ts';
import { Model } from './audit/model.ts';
import { judge, type Verdict } from './audit/oracle.ts';
import { Violation } from './audit/violation.ts';
import { ONCE, type Plan, planOf, type Trouble } from './plan.ts';
import { Random } from './random.ts';
import type { Report } from './report.ts';
import { SimCrash } from './sim-disk.ts';
import { Storm } from './storm.ts';
import { whatIsLeft } from './what-is-left.ts';
import type { Surroundings } from './workload/client.ts';
import { Consumer } from './workload/consumer.ts';
import { bindParity, declare, STEERED, steer } from './workload/operations.ts';
import { SimOperator } from './workload/operator.ts';
import { Producer } from './workload/producer.ts';
import { schedulesOf } from './workload/schedules.ts';
import { type Plant, SimBroker, WALL_START_MS } from './world/sim-broker.ts';
import type { Wire } from './world/sim-transport.ts';
import { VirtualTime } from './world/virtual-time.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly plant?: Plant;
  readonly trace?: (line: string) => void;
  /** Changes the seed's plan, for tests about one thing. */
  readonly plan?: (plan: Plan) => Plan;
}

/** A run that never calms down is a finding, too. */
const CALM_MS_MAX = 120_000;
/** Steps between two looks at the invariants. */
const LOOK_STEPS = 64;
const STOP_STEPS_MAX = 200_000;

export const simulate = (options: SimulationOptions): Promise<Report> => new Simulation(options).run();

class Simulation {
  readonly #seed: number;
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #time = new VirtualTime();
  readonly #wire: Wire;
  readonly #broker: SimBroker;
  readonly #book: Book;
  readonly #model: Model;
  readonly #auditor: Auditor;
  readonly #operator: SimOperator;
  readonly #producers: Producer[];
  readonly #consumers: Consumer[];
  readonly #around: Surroundings;
  readonly #invariants: Invariants;
  readonly #storm: Storm;
  #calm = false;
  #startAtMs: number | null = 0;
  #stopWanted = false;

  constructor({ seed, plant = {}, trace, plan }: SimulationOptions) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#plan = (plan ?? ((drawn: Plan): Plan => drawn))(planOf(this.#random.fork()));
    this.#trace =
      trace === undefined ? undefined : (line) => trace?.(`${this.#time.nowMs.toFixed(2).padStart(9)} ${line}`);
    const { highWaterMark, latencyMs, peerEvents, settings, segmentBytes, tailCacheBytes, tornSectors } = this.#plan;
    this.#wire = { highWaterMark, latencyMs, peerEvents, noticeMs: 300 };
    this.#broker = new SimBroker({
      time: this.#time,
      random: this.#random.fork(),
      wire: this.#wire,
      settings,
      segmentBytes,
      tailCacheBytes,
      tornSectors,
      plant,
      trace: this.#trace,
    });
    this.#broker.diskMs = this.#plan.diskMs;
    this.#invariants = new Invariants(this.#broker, this.#time, settings.limits.quotas);
    const now = (): number => this.#time.steps;
    const nowMs = (): number => this.#time.nowMs;
    this.#book = new Book(now, nowMs, new Fires(() => nowMs() + WALL_START_MS));
    this.#model = new Model(now);
    const scarce = this.#plan.troubles.some(({ trouble }) => trouble === 'no-space' || trouble === 'disk-error');
    this.#auditor = new Auditor(this.#book, this.#model, now, ({ topic }) => scarce || !topic.startsWith('orders.'), {
      nowMs,
      handedAtMs: (queue, deadlineMs) => deadlineMs - WALL_START_MS - this.#broker.longestLeaseMs(queue),
    });
    this.#around = {
      time: this.#time,
      broker: this.#broker,
      book: this.#book,
      auditor: this.#auditor,
      model: this.#model,
      trace: this.#trace,
      heartbeatMs: settings.heartbeatMs,
      calm: () => this.#calm,
    };
    this.#operator = new SimOperator('olivia', this.#random.fork(), this.#around);
    this.#storm = new Storm({
      plan: this.#plan,
      random: this.#random.fork(),
      time: this.#time,
      broker: this.#broker,
      auditor: this.#auditor,
      operator: this.#operator,
      model: this.#model,
      end: (how) => this.#end(how),
      stop: () => {
        this.#stopWanted = true;
      },
    });
    this.#producers = this.#plan.producers.map((each) => new Producer(each, this.#random.fork(), this.#around));
    this.#consumers = this.#plan.consumers.map((each) => new Consumer(each, this.#random.fork(), this.#around));
  }

  async run(): Promise<Report> {
    await this.#start();
    this.#operator.begin();
    const queues = this.#plan.queues.map((queue) =>
      (queue.parity === undefined ? declare : bindParity)(queue, this.#model),
    );
    this.#operator.do(...queues, ...schedulesOf(this.#plan, this.#model));
    await this.#until(() => !this.#operator.busy, 10_000, 'the queues are declared');
    for (const client of [...this.#producers, ...this.#consumers]) client.begin();
    const startMs = this.#time.nowMs;
    for (const { atMs, trouble } of this.#plan.troubles) this.#time.at(startMs + atMs, () => this.#trouble(trouble));
    await this.#until(() => this.#time.nowMs - startMs >= this.#plan.stormMs, Number.POSITIVE_INFINITY, '');
    await this.#calmDown();
    await this.#until(() => this.#drained(), CALM_MS_MAX, 'everything is handed over');
    for (const client of [...this.#producers, ...this.#consumers, this.#operator]) client.end();
    // A planned failure of the disk may come as late as this.
    while (!(await this.#stop())) await this.#until(() => this.#broker.up, CALM_MS_MAX, 'the broker is up');
    this.#broker.spare();
    await this.#start();
    await this.#until(() => this.#broker.up, CALM_MS_MAX, 'the broker is up');
    const verdict = await judge(this.#broker, this.#book, this.#model, this.#auditor, () => this.#pump(), this.#plan);
    return this.#report(verdict);
  }

  #report(verdict: Verdict): Report {
    const { pages } = this.#book;
    const { starts, checkpoints, relocated } = this.#broker.observed;
    return {
      ...verdict,
      seed: this.#seed,
      steps: this.#time.steps,
      virtualMs: Math.round(this.#time.nowMs),
      messages: pages.length,
      confirmed: pages.filter((page) => page.confirmedAt !== null).length,
      refused: pages.filter((page) => page.refused !== null).length,
      ...this.#book.batches,
      ...this.#auditor.counts,
      ...this.#invariants.pressed,
      starts,
      checkpoints,
      relocated,
      trimmed: this.#broker.trimmed,
      crashes: this.#broker.moments,
    };
  }

  async #until(done: () => boolean, withinMs: number, promise: string): Promise<void> {
    const endMs = this.#time.nowMs + withinMs;
    while (!done()) {
      if (this.#time.nowMs > endMs)
        throw new Violation('stalled', `not so within ${withinMs} ms: ${promise}; ${this.#whatIsLeft()}`);
      await this.#step();
    }
  }

  async #step(): Promise<void> {
    const { steps } = this.#time;
    if (!this.#pump()) this.#end('power');
    if (this.#stopWanted) {
      this.#stopWanted = false;
      if (await this.#stop()) this.#startLater();
    }
    if (this.#startAtMs !== null && this.#startAtMs <= this.#time.nowMs) await this.#start();
    if (Math.floor(steps / LOOK_STEPS) !== Math.floor(this.#time.steps / LOOK_STEPS)) this.#invariants.look();
  }

  /** One thing happens; false when it was the end of the broker. */
  #pump(): boolean {
    try {
      if (!this.#time.step()) throw new Violation('stalled', 'nothing is left to happen');
    } catch (error) {
      if (!(error instanceof SimCrash) || !this.#broker.disk.crashed)
        throw error instanceof Violation ? error : new Violation('broken', String(error), error);
    }
    const { disk, failed, life } = this.#broker;
    return life.alive && !disk.crashed && failed === null;
  }

  // --- the broker's lives ---

  async #start(): Promise<void> {
    this.#startAtMs = null;
    const { disk } = this.#broker;
    if (!this.#calm && this.#broker.observed.starts > 0 && this.#random.bool(0.25))
      disk.crashAt(disk.operations + 1 + this.#random.int(12));
    if (await this.#broker.start(() => this.#pump())) {
      this.#auditor.restarted();
      return this.#promised();
    }
    this.#startLater();
  }

  /** What was named as durable is there. */
  #promised(): void {
    const { engine } = this.#broker;
    const found = engine?.recovered.position ?? 0;
    if (found < this.#book.promised) {
      throw new Violation(
        'lost',
        `position ${this.#book.promised} was named as durable, and recovery ends at ${found}`,
      );
    }
  }

  #startLater(): void {
    this.#startAtMs = this.#time.nowMs + this.#random.int(200);
    // The loop looks at the clock after each step: there must be one then.
    this.#time.at(this.#startAtMs, () => undefined);
  }

  #end(how: 'power' | 'kill'): void {
    if (!this.#broker.up) return;
    this.#broker.end(this.#broker.failed !== null && !this.#broker.disk.crashed ? 'kill' : how);
    this.#startLater();
  }

  async #stop(): Promise<boolean> {
    let left = STOP_STEPS_MAX;
    const ended = await this.#broker.stop(() => {
      left -= 1;
      if (left <= 0) throw new Violation('stalled', 'the broker does not stop');
      return this.#pump();
    });
    if (!ended) this.#end('power');
    return ended;
  }

  // --- storm and calm ---

  #trouble(trouble: Trouble): void {
    if (this.#calm || !this.#broker.up) return;
    this.#trace?.(`trouble: ${trouble}`);
    this.#storm.bring(trouble);
  }

  async #calmDown(): Promise<void> {
    this.#trace?.('calm');
    this.#calm = true;
    this.#broker.disk.crashAt(Number.POSITIVE_INFINITY);
    this.#broker.diskMs = this.#plan.diskMs;
    this.#broker.disk.capacityBytes = Number.POSITIVE_INFINITY;
    this.#wire.highWaterMark = 1_000;
    this.#operator.do(...STEERED.map((consumer) => steer(consumer, 'resume')));
    await this.#until(
      () => this.#broker.up && !this.#operator.busy,
      CALM_MS_MAX,
      'the broker is up and the operator is answered',
    );
    // Whoever served a queue that was deleted and declared again serves it no more, and is not told.
    for (const consumer of this.#consumers) consumer.restart();
    const queues = [...(this.#broker.engine?.state.queues.values() ?? [])];
    for (const { name } of queues) {
      const helper = new Consumer(
        {
          name: `calm-${name}`,
          binary: true,
          queue: name,
          subscriptions: [],
          acks: name !== ONCE,
          resumable: false,
          pull: false,
          window: 20,
          windowBytes: null,
          workMs: 1,
          trouble: 0,
          staysMs: 0,
        },
        this.#random.fork(),
        this.#around,
      );
      if (this.#plan.consumers.every((each) => each.queue !== name && !each.subscriptions.includes(name))) {
        this.#consumers.push(helper);
        helper.begin();
      }
    }
  }

  #drained(): boolean {
    const { engine } = this.#broker;
    if (engine === null || engine.state.copiesOwed.size > 0 || engine.broker.held > 0 || engine.state.leases.size > 0)
      return false;
    if (this.#producers.some((producer) => producer.unconfirmed > 0)) return false;
    for (const queue of engine.state.queues.values()) if (queue.depth > 0) return false;
    return engine.journal.durable >= asPosition(engine.broker.position);
  }

  #whatIsLeft(): string {
    return whatIsLeft(this.#broker, this.#producers, this.#operator.busy);
  }
}
