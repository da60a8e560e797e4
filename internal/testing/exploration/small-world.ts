// A broker's core and its clients, small enough to go everywhere: the turn of internal/usecase/broker.ts cut into its
// steps, each of which may come when it will. Only what time, disk and network may do moves it.

import type { Command } from '../../domain/command.ts';
import type { Decision, Moment } from '../../domain/decision.ts';
import type { Acked, Effect } from '../../domain/effect.ts';
import { cleanHeaps, noteOverdue, promoteDue } from '../../domain/evolve-times.ts';
import { asDeliveryId, asPosition, asProducerId, asSequence, type Position, type Sequence } from '../../domain/ids.ts';
import type { Queue } from '../../domain/queue.ts';
import { handedOver } from '../../domain/rules/deliver.ts';
import { nextTickMs } from '../../domain/rules/time.ts';
import type { State } from '../../domain/state.ts';
import { Gate, type Outgoing } from '../../usecase/gate.ts';
import { anOperatorRequest, helloNew } from '../fixtures/a-broker.ts';
import type { RecordedEvent } from '../fixtures/hand-journal.ts';
import { Violation } from '../sim/audit/violation.ts';
import { ConsumerClient, ProducerClient } from './clients.ts';
import { type Core, emptyState, NO_LEDGER } from './core.ts';
import { History, numberOf } from './history.ts';
import { type Scope, STEP_MS } from './scope.ts';

const leaseEndMs = (deadlineMs: number): number => (Math.floor(deadlineMs / STEP_MS) + 1) * STEP_MS;
const BATCH = 16;
const ALL_AT_HAND = { has: () => true, plainLength: (_position: number, _offset: number, length: number) => length };

export class SmallWorld {
  readonly scope: Scope;
  readonly core: Core;
  readonly tell: (line: string) => void;
  state: State = emptyState();
  events: RecordedEvent[] = [];
  history = new History();
  nowMs = 20_000 * STEP_MS;
  last: Position = asPosition(0);
  durable: Position = asPosition(0);
  readonly notDurable = new Map<Queue, Position>();
  gate = new Gate();
  /** What waits in the gate, as it tells its size only. */
  held: Outgoing[] = [];
  readonly producers: ProducerClient[];
  readonly consumers: ConsumerClient[];
  crashesLeft: number;
  republishesLeft: number;
  confusionsLeft: number;
  highestDelivery = 0;
  /** A consumer was told that these are done. */
  readonly promisedDone = new Set<Sequence>();
  readonly #given = new Set<number>();
  #reserved: { readonly through: State['deliveryIdsDurable']; readonly position: Position } | null = null;

  constructor(scope: Scope, core: Core, tell: (line: string) => void = () => undefined) {
    this.scope = scope;
    this.core = core;
    this.tell = () => undefined;
    this.producers = scope.producers.map((messages, i) => new ProducerClient(asProducerId(i + 1), messages));
    this.consumers = scope.consumers.map((kind, i) => new ConsumerClient(i + 1, kind));
    this.crashesLeft = scope.crashes;
    this.republishesLeft = scope.republishes;
    this.confusionsLeft = scope.confusions;
    this.#begin();
    this.tell = tell;
  }

  #begin(): void {
    this.run({ type: 'start' });
    const { policy } = this.scope;
    const request = anOperatorRequest();
    this.run({ type: 'declare-queue', request, tenant: '', name: 'q', policy, patterns: ['q'] });
    for (const producer of this.producers) this.run(helloNew(producer.peer, producer.tokenHash));
    while (this.durable < this.last) this.sync();
  }

  get moment(): Moment {
    return { nowMs: this.nowMs, chance: () => 0 };
  }

  get pending(): number {
    return this.last - this.durable;
  }

  /** When the broker wants to look at what is due. It may look in vain, as leases are looked for step by step. */
  get dueMs(): number {
    return nextTickMs(this.state);
  }

  /** When the next thing happens. */
  get eventMs(): number {
    const { leases, retries, expiries, waitingSessions } = this.state;
    let next = Math.min(retries.nextMs, expiries.nextMs);
    for (const { deadlineMs } of leases.all()) next = Math.min(next, leaseEndMs(deadlineMs));
    for (const { graceUntilMs } of waitingSessions) next = Math.min(next, graceUntilMs);
    return next;
  }

  run(command: Command): Decision {
    const decision = this.core.decide(this.state, command, this.moment);
    this.#apply(decision);
    return decision;
  }

  /** The first queue in which something may be given. */
  dispatch(): void {
    const { state } = this;
    const [queue] = state.dirty;
    if (queue === undefined) return;
    state.dirty.delete(queue);
    const next = this.core.dispatch(state, queue, this.durable, ALL_AT_HAND, this.moment);
    if (next.type === 'not-durable') this.notDurable.set(queue, next.position);
    // An overdue one is looked at again by the turn of the tick that takes it out.
    if (next.type === 'deliver' || next.type === 'overdue') state.dirty.add(queue);
    if (next.type === 'deliver') this.#apply(next.decision);
  }

  /** One group more is on the disk. */
  sync(): void {
    this.durable = asPosition(this.durable + 1);
    this.tell(`group ${this.durable} is on the disk`);
    if (this.#reserved !== null && this.#reserved.position <= this.durable) {
      this.state.deliveryIdsDurable = this.#reserved.through;
      this.#reserved = null;
    }
    for (const [queue, position] of this.notDurable) {
      if (position > this.durable) continue;
      this.notDurable.delete(queue);
      this.state.dirty.add(queue);
    }
    for (const outgoing of this.gate.release(this.durable)) {
      this.held.splice(this.held.indexOf(outgoing), 1);
      this.#leave(outgoing.effect);
    }
  }

  /** Time goes on to when something is due; the broker has not looked yet. */
  passTime(): void {
    this.nowMs = this.eventMs;
  }

  /** What a turn does for the time before it hands anything over. */
  tick(): void {
    cleanHeaps(this.state);
    noteOverdue(this.state, this.nowMs, BATCH);
    if (this.dueMs <= this.nowMs) this.run({ type: 'tick' });
    promoteDue(this.state, this.nowMs, BATCH);
  }

  /** The process ends, with the disk as far as `through`; another one starts on what it finds there. */
  crash(through: Position): void {
    this.crashesLeft -= 1;
    this.events = this.events.filter(({ placement }) => placement.position <= through);
    this.history = new History(this.events);
    this.state = this.core.recover(this.events);
    this.last = through;
    this.durable = through;
    this.gate = new Gate();
    this.held = [];
    this.notDurable.clear();
    this.#reserved = null;
    for (const client of [...this.producers, ...this.consumers]) client.cutOff();
    this.run({ type: 'start' });
  }

  #apply(decision: Decision): void {
    const position = decision.drafts.length > 0 ? asPosition(this.last + 1) : this.last;
    for (const { event } of decision.drafts) {
      const placement = { position, offset: 0, timeMs: this.nowMs };
      this.events.push({ event, placement });
      this.tell(`event ${event.type} in group ${position}`);
      this.history.tell(event, position);
      this.core.evolve(this.state, event, placement, NO_LEDGER);
      if (event.type === 'delivery-ids-reserved') this.#reserved = { through: event.through, position };
    }
    this.last = position;
    decision.then?.();
    for (const effect of decision.effects) {
      const outgoing = { effect, position, blocks: null };
      if (this.gate.pass(outgoing, this.durable) === null) this.held.push(outgoing);
      else this.#leave(effect);
    }
  }

  #leave(effect: Effect): void {
    if (effect.type === 'deliver' && effect.firstDelivery === 0) handedOver(this.state, effect.session, effect.entries);
    const producer = this.producers.find(({ peer }) => peer === effect.peer);
    if (producer !== undefined) this.#toProducer(producer, effect);
    const consumer = this.consumers.find(({ peer }) => peer === effect.peer);
    if (consumer !== undefined) this.#toConsumer(consumer, effect);
  }

  #toProducer(producer: ProducerClient, effect: Effect): void {
    if (effect.type === 'hello-ok') producer.connected = true;
    if (effect.type !== 'published') return;
    for (let i = 0; i < effect.count; i += 1) {
      const refused = effect.refusals.find(({ index }) => index === i);
      this.tell(
        `${producer.name} hears: message ${effect.first + i} ${refused === undefined ? 'confirmed' : `refused, ${refused.code}`}${effect.duplicates.includes(i) ? ' as a duplicate' : ''}`,
      );
      if (refused !== undefined) continue;
      producer.known[effect.first + i - 1] = 'confirmed';
      const number = numberOf(producer.id, effect.first + i);
      const at = this.history.lives.get((this.history.accepts.get(number) ?? [])[0] as Sequence)?.acceptedAt;
      if (at === undefined || at > this.durable)
        throw new Violation('lost', `message ${number} is confirmed and not on the disk`);
    }
  }

  #toConsumer(consumer: ConsumerClient, effect: Effect): void {
    if (effect.type === 'registered' && effect.token !== null && consumer.kind.resumable)
      consumer.tokenHash = effect.session.tokenHash;
    if (effect.type === 'session-ended') consumer.cutOff();
    if (effect.type === 'acked') this.#acked(consumer, effect);
    if (effect.type !== 'deliver') return;
    [...effect.entries].forEach(({ sequence }, i) => {
      const delivery = asDeliveryId(effect.firstDelivery + i);
      this.tell(`${consumer.name} is given message ${sequence}${effect.firstDelivery === 0 ? '' : ` as ${delivery}`}`);
      this.#takes(sequence, effect.firstDelivery === 0 ? null : delivery);
      if (effect.firstDelivery !== 0) consumer.hand.push({ delivery, sequence });
    });
  }

  /** By the world's own use, the request's number is that of the message. */
  #acked(consumer: ConsumerClient, { request, refused }: Acked): void {
    this.tell(`${consumer.name} hears of message ${request}: ${refused[0]?.code ?? 'acked'}`);
    const end = this.history.lives.get(asSequence(request))?.end;
    if (refused.length > 0) return;
    if (end?.how !== 'settled' || end.at > this.durable)
      throw new Violation('duplicated', `the ack of message ${request} is answered and not on the disk`);
    this.promisedDone.add(asSequence(request));
  }

  #takes(sequence: Sequence, delivery: number | null): void {
    const life = this.history.lives.get(sequence);
    if (life === undefined || life.acceptedAt > this.durable)
      throw new Violation('unexpected', `message ${sequence} is given to a consumer and not on the disk`);
    if (this.nowMs < life.dueMs || (life.expiresMs > 0 && this.nowMs >= life.expiresMs))
      throw new Violation('unexpected', `message ${sequence} is given before its time or after it`);
    if (delivery === null) {
      if (life.end === null || life.end.at > this.durable)
        throw new Violation('duplicated', `message ${sequence} is given at most once and its end is not on the disk`);
      return;
    }
    if (this.#given.has(delivery)) throw new Violation('fencing', `delivery ${delivery} is given out twice`);
    this.#given.add(delivery);
    this.highestDelivery = Math.max(this.highestDelivery, delivery);
  }
}
