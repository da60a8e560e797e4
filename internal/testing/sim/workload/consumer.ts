// A consumer: takes what it is given and answers for it, or does not, as its plan has it: acks with and without reply,
// nacks of each kind, extends, forgets, answers twice, vanishes, comes back with its token. In calm it acks everything.

import type { BrokerWord } from '../../../../pkg/protocol/control.ts';
import { Violation } from '../audit/violation.ts';
import type { Random } from '../random.ts';
import { WALL_START_MS } from '../world/sim-broker.ts';
import { Client, type Surroundings } from './client.ts';
import { type Heard, type HeardDelivery, say, sayAck, sayExtend, sayFetch, sayNack } from './speech.ts';

export interface ConsumerPlan {
  readonly name: string;
  readonly binary: boolean;
  readonly queue: string | null;
  readonly subscriptions: readonly string[];
  readonly acks: boolean;
  readonly resumable: boolean;
  readonly pull: boolean;
  /** Messages and bytes; null: what the broker grants. */
  readonly window: number | null;
  readonly windowBytes: number | null;
  readonly workMs: number;
  /** Share of deliveries that are not simply acked. */
  readonly trouble: number;
  /** Comes and goes of its own will, about so often; 0 for one that stays. */
  readonly staysMs: number;
}

interface Held {
  readonly queue: string;
  readonly session: number;
  readonly connection: number;
  /** How often the broker had ended without order before it was given. */
  readonly losses: number;
  readonly deadlineMs: number;
  /** An ack is on its way, or was when the connection was lost. */
  acked: boolean;
}

interface Asked {
  readonly deliveries: readonly number[];
  readonly settles: boolean;
  /** It was answered before, on this connection or an earlier one: that it is stale now proves nothing. */
  readonly again: boolean;
}

const FETCH_MS = 150;
const STALE: ReadonlySet<string> = new Set(['STALE_DELIVERY', 'UNKNOWN_DELIVERY', 'FOREIGN_DELIVERY']);

export class Consumer extends Client {
  readonly #plan: ConsumerPlan;
  #token: string | null = null;
  #session = 0;
  #registered = false;
  #queues: readonly string[] = [];
  readonly #held = new Map<number, Held>();
  #asked = new Map<number, Asked>();
  #nextRequest = 1;
  #bound: (() => void)[] = [];

  constructor(plan: ConsumerPlan, random: Random, around: Surroundings) {
    super(plan.name, 'router', plan.binary, random, around);
    this.#plan = plan;
  }

  get registered(): boolean {
    return this.#registered;
  }

  override begin(): void {
    super.begin();
    if (this.#plan.pull) this.#fetch();
    if (this.#plan.staysMs > 0) this.#wander();
  }

  protected override greet(): void {
    this.hello(null);
  }

  protected override lost(): void {
    this.#registered = false;
    this.#asked = new Map();
  }

  protected override beat(): void {
    if (!this.#registered) return;
    this.send(say({ type: 'consumer.heartbeat', tenantId: '', consumerId: this.name, sessionId: null }, this.binary));
  }

  protected override word(word: BrokerWord): void {
    if (word.type === 'hello.ok') this.#register();
    else if (word.type === 'consumer.registered') this.#serve(word);
    else if (word.type === 'consumer.deregistered') this.restart();
    else if (word.type === 'error') this.#error(word.code, word.deliveryId);
  }

  #register(): void {
    const { queue, subscriptions, window, windowBytes, acks, resumable, pull } = this.#plan;
    this.#bound = subscriptions.map((pattern) => this.around.model.bind(pattern, queue ?? pattern));
    const wish = { messages: pull ? 0 : window, bytes: windowBytes };
    this.send(
      say(
        {
          type: 'consumer.register',
          tenantId: '',
          consumerId: this.name,
          mode: 'direct',
          subscriptions,
          queue,
          form: null,
          window: wish.messages === null && wish.bytes === null ? null : wish,
          capabilities: { supportsAck: acks, resumable, maxInflight: 0, supportsCompression: [], supportsCodec: [] },
          sessionToken: this.#token,
        },
        this.binary,
      ),
    );
  }

  #serve(word: Extract<BrokerWord, { type: 'consumer.registered' }>): void {
    for (const confirmed of this.#bound.splice(0)) confirmed();
    this.#registered = true;
    this.#session = word.sessionId;
    this.#token = this.#plan.resumable ? word.sessionToken : null;
    this.#queues = word.queues.map(({ name }) => name);
    // Without its session a consumer has no business with what it was given; some try all the same.
    if (!word.resumed && this.random.bool(0.8)) this.#held.clear();
    for (const delivery of this.#held.keys()) this.#workOn(delivery);
  }

  #error(code: string, delivery: number | null): void {
    if (code === 'SESSION_TOKEN_MISMATCH') this.#token = null;
    // Whatever it was that kept it from registering: it tries again.
    if (!this.#registered) return this.restart();
    if (delivery !== null && STALE.has(code)) this.around.auditor.ackRefused(delivery);
  }

  protected override heard(heard: Exclude<Heard, { type: 'word' }>): void {
    if (heard.type === 'acked') this.#acked(heard);
    else if (heard.type === 'deliveries') for (const delivery of heard.deliveries) this.#delivered(delivery);
  }

  #delivered(given: HeardDelivery): void {
    const { auditor, broker } = this.around;
    const queue = typeof given.queue === 'string' ? given.queue : this.#queues[given.queue];
    if (queue === undefined)
      throw new Violation('unexpected', `${this.name} was given a message of queue ${given.queue}`);
    const page = auditor.delivered({ ...given, queue });
    this.around.trace?.(
      `${this.name} got message ${page.number} of ${queue} as ${given.delivery}, attempt ${given.attempt}`,
    );
    if ((given.delivery === 0) === this.#plan.acks) {
      throw new Violation('unexpected', `${this.name} was given delivery ${given.delivery}, acks: ${this.#plan.acks}`);
    }
    if (given.delivery === 0) return;
    this.#held.set(given.delivery, {
      queue,
      session: this.#session,
      connection: this.connects,
      losses: broker.observed.losses,
      deadlineMs: given.deadlineMs,
      acked: false,
    });
    this.#workOn(given.delivery);
  }

  #workOn(delivery: number): void {
    const ms = this.around.calm() ? 1 : this.random.fraction() * this.#plan.workMs;
    this.later(ms, () => {
      if (this.#registered && this.#held.has(delivery)) this.#answer(delivery);
    });
  }

  #answer(delivery: number): void {
    if (this.around.calm() || !this.random.bool(this.#plan.trouble))
      return this.#ack(delivery, this.around.calm() || this.random.bool(0.4));
    const { binary } = this;
    switch (this.random.int(9)) {
      case 0:
      case 1:
        this.#nack(delivery, 'retryable', this.random.bool() ? 0 : 1 + this.random.int(300));
        return;
      case 2:
        this.#nack(delivery, 'terminal', 0);
        return;
      case 3:
        this.#nack(delivery, 'returned', 0);
        return;
      case 4:
        this.around.auditor.wordSent(delivery);
        this.send(sayExtend([delivery], 200 + this.random.int(400), binary));
        this.later(this.random.int(300), () => this.#ack(delivery, true));
        return;
      case 5:
        this.#ack(delivery, false);
        this.around.auditor.ackSent(delivery);
        this.send(sayAck([delivery], null, binary));
        return;
      case 6:
        this.restart();
        return;
      case 7:
        this.send(say({ type: 'consumer.deregister', tenantId: '', consumerId: this.name, sessionId: null }, binary));
        return;
      default:
        // Forgotten: the lease will end by itself.
        this.#held.delete(delivery);
    }
  }

  #ack(delivery: number, durable: boolean): void {
    const held = this.#held.get(delivery);
    if (!this.#registered || held === undefined) return;
    const request = durable ? this.#ask([delivery], true, held.acked) : null;
    this.around.trace?.(`${this.name} acks ${delivery} ${durable ? 'durably' : ''}`);
    this.around.auditor.ackSent(delivery);
    this.send(sayAck([delivery], request, this.binary));
    held.acked = true;
    if (!durable) this.#held.delete(delivery);
  }

  #nack(delivery: number, status: 'retryable' | 'terminal' | 'returned', delayMs: number): void {
    this.around.trace?.(`${this.name} nacks ${delivery} ${status}`);
    this.#held.delete(delivery);
    this.around.auditor.wordSent(delivery);
    const request = this.random.bool(0.3) ? this.#ask([delivery], false, true) : null;
    this.send(sayNack([{ delivery, status, delayMs, reason: 'trouble' }], request, this.binary));
  }

  #ask(deliveries: readonly number[], settles: boolean, again: boolean): number {
    const request = this.#nextRequest;
    this.#nextRequest += 1;
    this.#asked.set(request, { deliveries, settles, again });
    return request;
  }

  #acked({ request, position, refused }: Extract<Heard, { type: 'acked' }>): void {
    const asked = this.#asked.get(request);
    if (asked === undefined) return;
    this.#asked.delete(request);
    const codes = new Map(refused.map(({ delivery, code }) => [delivery, code]));
    for (const delivery of asked.deliveries) {
      const held = this.#held.get(delivery);
      this.#held.delete(delivery);
      const code = codes.get(delivery);
      if (code === undefined) {
        if (held !== undefined && held.session !== this.#session) {
          throw new Violation(
            'fencing',
            `${this.name}: delivery ${delivery} of session ${held.session} was acked by ${this.#session}`,
          );
        }
        if (held !== undefined && held.connection !== this.connects) this.around.auditor.counts.resumed += 1;
        if (asked.settles) this.around.auditor.ackDurable(delivery, position);
        continue;
      }
      this.around.auditor.ackRefused(delivery);
      if (held !== undefined && !asked.again) this.#mayBeStale(delivery, held, code);
    }
  }

  /** A lease that was recorded ends by its deadline, by its session, or by an operator: by nothing else. */
  #mayBeStale(delivery: number, held: Held, code: string): void {
    const { broker, time, model } = this.around;
    // Broker time follows the wall clock ahead and never back: it is not later than this.
    const nowMs = WALL_START_MS + time.nowMs + broker.wallStepMaxMs;
    const early = held.session === this.#session && held.losses === broker.observed.losses && held.deadlineMs > nowMs;
    if (early && model.untouched(held.queue, 0)) {
      throw new Violation(
        'fencing',
        `${this.name}: delivery ${delivery} is ${code} ${held.deadlineMs - nowMs} ms before its deadline`,
      );
    }
  }

  #fetch(): void {
    if (this.#registered) this.send(sayFetch(1 + this.random.int(8), this.random.int(2 * FETCH_MS), this.binary));
    this.later(FETCH_MS, () => this.#fetch());
  }

  #wander(): void {
    this.later(this.random.fraction() * 2 * this.#plan.staysMs, () => {
      if (this.around.calm()) return;
      this.around.trace?.(`${this.name} leaves`);
      this.restart();
      this.#wander();
    });
  }
}
