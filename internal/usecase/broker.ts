// The turn: everything that arrived is decided, recorded, applied, and answered once what the answer depends on is
// durable. This file is the whole walk of a message through the core; each step has a file of its own.

import { InvariantError } from '../domain/assert.ts';
import type { Command, Publish } from '../domain/command.ts';
import { decide } from '../domain/decide.ts';
import type { Decision, Moment } from '../domain/decision.ts';
import type { Deliver, Effect } from '../domain/effect.ts';
import { positionAt, READY, sequenceAt, statusAt } from '../domain/entry-table.ts';
import type { OperatorAction } from '../domain/event.ts';
import { evolve } from '../domain/evolve.ts';
import { cleanHeaps, noteOverdue, promoteDue } from '../domain/evolve-times.ts';
import { type DeliveryId, NO_POSITION, type Position } from '../domain/ids.ts';
import { EXPIRY_BATCH_MAX } from '../domain/limits.ts';
import type { Queue } from '../domain/queue.ts';
import { dispatch, handedOver } from '../domain/rules/deliver.ts';
import { isTenantFull } from '../domain/rules/quotas.ts';
import { releaseThrottled } from '../domain/rules/throttle.ts';
import { nextTickMs } from '../domain/rules/time.ts';
import type { State } from '../domain/state.ts';
import type { TenantUsage } from '../domain/usage.ts';
import { Bodies } from './bodies.ts';
import { fairOrder } from './fair-order.ts';
import { Gate, type Outgoing } from './gate.ts';
import { internalRefusal } from './internal-refusal.ts';
import type { Journal } from './ports/journal.ts';
import type { Observe } from './ports/observer.ts';
import type { Chance } from './ports/timers.ts';
import { fittingPart, PublishIntake } from './publish-intake.ts';
import { WaitingRoom } from './waiting-room.ts';

/** Messages that one turn hands over, so that it cannot hold the loop. */
const DELIVERIES_PER_TURN = 16_384;

export interface BrokerOptions {
  readonly state: State;
  readonly journal: Journal;
  readonly chance: Chance;
  readonly observe: Observe;
  readonly readCacheBytes: number;
  readonly readChunkBytes: number;
  /** Something outside a turn has happened that the next turn should look at. */
  readonly wake: () => void;
}

export class Broker {
  readonly state: State;
  readonly journal: Journal;
  readonly bodies: Bodies;
  readonly #observe: Observe;
  readonly #wake: () => void;
  readonly #gate = new Gate();
  readonly #intake = new PublishIntake();
  readonly #waiting = new WaitingRoom();
  readonly #chance: () => number;
  readonly #notDurable = new Map<Queue, Position>();
  readonly #noSpace = new Set<Queue>();
  /** Tenants whose consumers hold as much as they may: queues of theirs wait for room. */
  readonly #fullTenants = new Set<TenantUsage>();
  /** Queues whose first message is worth nothing any more: the next tick takes it out. */
  readonly #overdue = new Set<Queue>();
  readonly #arrived: Command[] = [];
  #leaving: Outgoing[] = [];
  #held: { effect: Effect; blocks: readonly Uint8Array[] | null }[] = [];
  /** Delivery ids whose reservation is on its way to the disk. */
  #reserved: { readonly through: DeliveryId; readonly position: Position } | null = null;
  #turns = 0;
  #urgent = false;
  #nowMs = 0;
  #position: Position = NO_POSITION;

  constructor(options: BrokerOptions) {
    this.state = options.state;
    this.journal = options.journal;
    this.#observe = options.observe;
    this.#wake = options.wake;
    this.#chance = () => options.chance.fraction();
    this.bodies = new Bodies({
      journal: options.journal,
      cacheBytes: options.readCacheBytes,
      chunkBytes: options.readChunkBytes,
      onRead: (queues, position, error) => this.#bodiesRead(queues, position, error),
    });
    this.journal.onDurable(this.#wake);
    this.journal.onRoom(this.#wake);
  }

  /** Of the last turn. */
  get position(): Position {
    return this.#position;
  }

  /** Effects that wait for the disk, and publishes that wait for room on it. */
  get held(): number {
    return this.#gate.size + this.#intake.size + this.#waiting.size;
  }

  /** Broker time at which the next turn is due even if nothing arrives. */
  get nextDueMs(): number {
    return Math.min(nextTickMs(this.state), this.#waiting.nextMs);
  }

  /** After the last turn: what had waited for the disk, and has it. */
  released(): Outgoing[] {
    return this.#gate.release(this.journal.durable);
  }

  /** Takes what arrived; gives what may leave now, in order per peer. */
  turn(commands: readonly Command[], nowMs: number): Outgoing[] {
    const moment: Moment = { nowMs, chance: this.#chance };
    this.#nowMs = nowMs;
    this.#leaving = this.#gate.release(this.journal.durable);
    for (const { effect } of this.#leaving) if (effect.type === 'deliver') this.#handedOver(effect);
    this.#lookAtReservation();
    this.#lookAtRoom();
    for (const command of this.#arrived.splice(0)) this.#command(command, moment);
    releaseThrottled(this.state, nowMs);
    this.#releaseHeld(moment);
    this.#offerWaiting(moment);
    this.#turns += 1;
    for (const command of fairOrder(this.state, commands, this.#turns, nowMs)) {
      if (command.type === 'publish') this.#publish(command, moment);
      else this.#command(command, moment);
    }
    this.#offerWaiting(moment);
    cleanHeaps(this.state);
    noteOverdue(this.state, nowMs, EXPIRY_BATCH_MAX);
    this.state.crons.noteDue(nowMs);
    if (nextTickMs(this.state) <= nowMs || this.state.nextSweepMs <= nowMs) this.#command({ type: 'tick' }, moment);
    promoteDue(this.state, nowMs, EXPIRY_BATCH_MAX);
    this.#dispatch(moment);
    const position = this.journal.commit(this.#urgent);
    this.#urgent = false;
    this.#position = position;
    this.#pass(position);
    this.bodies.trim(this.state.dirty);
    if (this.state.dirty.size > 0) this.#wake();
    const leaving = this.#leaving;
    this.#leaving = [];
    return leaving;
  }

  #publish(command: Publish, moment: Moment): void {
    const passed = this.#intake.offer(command, this.journal.room());
    if (passed !== null) this.#decidePublish(passed, moment);
    else this.#releaseHeld(moment);
  }

  #releaseHeld(moment: Moment): void {
    for (let next = this.#intake.release(this.journal.room()); next !== null; ) {
      this.#decidePublish(next, moment);
      next = this.#intake.release(this.journal.room());
    }
  }

  /** Behind what its producer has waiting; what has no room now begins to wait. */
  #decidePublish(command: Publish, moment: Moment): void {
    if (this.#waiting.has(command.peer)) {
      return this.#heldBack(command, this.#waiting.queue(command));
    }
    const rest = this.#command(command, moment)?.rest;
    if (rest === undefined) return;
    if (this.#waiting.hold(rest.command, rest.refusal, moment.nowMs)) {
      this.#heldBack(rest.command, rest.command.messages.length);
    } else this.#command({ ...rest.command, waits: false }, moment);
  }

  #heldBack({ tenant }: Publish, messages: number): void {
    this.state.counters.heldBack += messages;
    for (const tell of this.state.holdListeners) tell(tenant, messages);
  }

  /** Whoever waits is asked in turn, as far as the journal has room. */
  #offerWaiting(moment: Moment): void {
    if (this.#waiting.size === 0) return;
    this.#waiting.offer(moment.nowMs, (command) => {
      const part = fittingPart(command, this.journal.room());
      if (part === null) return { rest: command, againMs: Number.POSITIVE_INFINITY };
      const rest = this.#command(part, moment)?.rest;
      const decided = part.messages.length - (rest?.command.messages.length ?? 0);
      if (decided === command.messages.length) return null;
      const againMs = moment.nowMs + (rest?.refusal.retryAfterMs ?? 0);
      if (decided === 0) return { rest: command, againMs };
      const messages = command.messages.slice(decided);
      return { rest: { ...command, messages, firstSequence: command.firstSequence + decided }, againMs };
    });
  }

  /** Null: it was refused for a fault of the broker's own. */
  #command(command: Command, moment: Moment): Decision | null {
    if (command.type === 'peer-gone') this.#waiting.drop(command.peer);
    let decision: Decision;
    try {
      decision = decide(this.state, command, moment);
    } catch (error) {
      this.#observe({ type: 'command-failed', command: command.type, error });
      const refusal = internalRefusal(command);
      if (refusal !== null) this.#held.push({ effect: refusal, blocks: null });
      return null;
    }
    this.#apply(decision);
    return decision;
  }

  /** Append and evolve, event by event, so that the next command sees this one. A throw in here ends the process. */
  #apply(decision: Decision): void {
    // Blocks are taken before the events are: a settlement may be all that kept them in the journal's memory.
    for (const effect of decision.effects) {
      this.#held.push({ effect, blocks: effect.type === 'deliver' ? this.#blocksOf(effect) : null });
    }
    for (const { event, blocks } of decision.drafts) {
      const place = this.journal.add(event, blocks, this.#nowMs);
      evolve(this.state, event, place, this.journal);
      if (event.type === 'operator-action') this.#putOnRecord(event, place.position);
      if (event.type === 'delivery-ids-reserved') this.#reserved = { through: event.through, position: place.position };
    }
    decision.then?.();
    if (decision.drafts.length > 0) this.#refreshRoom();
    if (decision.urgent) this.#urgent = true;
  }

  /** The line goes out before the answers that wait for it. */
  #putOnRecord(action: OperatorAction, at: Position): void {
    const effect: Effect = { type: 'audited', gated: true, peer: null, action, at };
    const behind = this.#held.findIndex(
      (held) => held.effect.type === 'operator-reply' || held.effect.type === 'step-done',
    );
    this.#held.splice(behind < 0 ? this.#held.length : behind, 0, { effect, blocks: null });
  }

  /** The blocks of a delivery: neighbours in the journal leave as one piece. */
  #blocksOf({ entries }: Deliver): Uint8Array[] {
    return entries.pieces.map(({ position, start, end }) => {
      const bodies = this.bodies.get(position);
      if (bodies === undefined) throw new InvariantError(`the bodies of group ${position} are in hand`);
      return bodies.subarray(start, end);
    });
  }

  #dispatch(moment: Moment): void {
    const { durable } = this.journal;
    for (const [queue, position] of this.#notDurable) {
      if (position > durable) continue;
      this.#notDurable.delete(queue);
      if (this.state.queues.has(queue.id)) this.state.dirty.add(queue);
    }
    for (const usage of this.#fullTenants) {
      if (isTenantFull(this.state, usage)) continue;
      this.#fullTenants.delete(usage);
      for (const queue of usage.held) this.state.dirty.add(queue);
      usage.held.clear();
    }
    let left = DELIVERIES_PER_TURN;
    // One decision for each tenant in turn, and for each of its queues: one that was given something goes to the end of the line, where this loop
    // and the next turn's find it, so that no queue waits for another's backlog.
    for (let queue = this.state.dirty.take(); queue !== undefined; queue = this.state.dirty.take()) {
      left -= this.#dispatchOne(queue, durable, moment);
      if (left <= 0) break;
    }
    for (const queue of this.#overdue) this.state.dirty.add(queue);
    this.#overdue.clear();
  }

  #dispatchOne(queue: Queue, durable: Position, moment: Moment): number {
    const next = dispatch(this.state, queue, durable, this.bodies, moment);
    if (next.type === 'deliver') {
      this.#apply(next.decision);
      this.state.dirty.add(queue);
      return next.decision.effects.reduce(
        (sum, effect) => sum + (effect.type === 'deliver' ? effect.entries.length : 0),
        0,
      );
    }
    if (next.type === 'not-durable') {
      this.#notDurable.set(queue, next.position);
      this.#urgent = true;
    } else if (next.type === 'needs-body') this.bodies.want(queue, next.position);
    else if (next.type === 'no-space') this.#noSpace.add(queue);
    else if (next.type === 'overdue') this.#overdue.add(queue);
    else if (next.type === 'tenant-full') {
      queue.usage.held.add(queue);
      this.#fullTenants.add(queue.usage);
    }
    if ((next.type === 'no-consumer' && queue.ready > 0) || next.type === 'tenant-full') {
      this.state.counters.dispatchPaused += 1;
    }
    return 0;
  }

  #bodiesRead(queues: ReadonlySet<Queue>, position: Position, error: Error | null): void {
    for (const queue of queues) {
      if (!this.state.queues.has(queue.id)) continue;
      this.state.dirty.add(queue);
      if (error === null) continue;
      for (const place of queue.entries.places()) {
        if (positionAt(place) !== position || statusAt(place) !== READY) continue;
        const sequence = sequenceAt(place);
        this.#arrived.push({ type: 'body-damaged', queueId: queue.id, sequence, detail: error.message });
        this.#observe({ type: 'body-damaged', queue: queue.name, sequence, error });
      }
    }
    this.#wake();
  }

  #lookAtReservation(): void {
    if (this.#reserved === null || this.#reserved.position > this.journal.durable) return;
    this.state.deliveryIdsDurable = this.#reserved.through;
    this.#reserved = null;
  }

  #refreshRoom(): void {
    const { free, reserve, blocked } = this.journal.room();
    this.state.storageBlocked = blocked !== null;
    this.state.freeBytes = free;
    this.state.reserveBytes = reserve;
  }

  #lookAtRoom(): void {
    this.#refreshRoom();
    for (const queue of this.#noSpace) if (this.state.queues.has(queue.id)) this.state.dirty.add(queue);
    this.#noSpace.clear();
  }

  #pass(position: Position): void {
    const { durable } = this.journal;
    for (const { effect, blocks } of this.#held) {
      const passed = this.#gate.pass({ effect, position, blocks }, durable);
      if (passed === null) continue;
      if (effect.type === 'deliver') this.#handedOver(effect);
      this.#leaving.push(passed);
    }
    this.#held = [];
  }

  #handedOver(effect: Deliver): void {
    if (effect.firstDelivery === 0) handedOver(this.state, effect.session, effect.entries);
  }
}
