// What operators' requests need beside the core: dead letters to choose from, steps to carry them out, and the audit log
// that has to know before anybody is answered.

import type { AdminDeskOptions } from '../delivery/admin/admin-desk.ts';
import type { Command } from '../domain/command.ts';
import type { StepDone } from '../domain/effect.ts';
import type { Position } from '../domain/ids.ts';
import { AuditGate } from '../usecase/audit-gate.ts';
import type { Broker } from '../usecase/broker.ts';
import type { Audited } from '../usecase/checkpoint/checkpointer.ts';
import { DeadLetterCards } from '../usecase/dead-letters/cards.ts';
import { Selection } from '../usecase/dead-letters/selection.ts';
import { DeadLetterWork } from '../usecase/dead-letters/work.ts';
import type { Outgoing } from '../usecase/gate.ts';
import { JournalPins } from '../usecase/journal-pins.ts';
import { cardReader } from '../usecase/messages/cards.ts';
import { searchMessages } from '../usecase/messages/search.ts';
import type { AuditEntry } from '../usecase/ports/audit-store.ts';
import { AuditKeeping } from './audit-keeping.ts';
import { installJudge } from './body-judge.ts';
import type { World } from './world.ts';

export interface OperatorLineOptions {
  readonly world: World;
  readonly broker: Broker;
  readonly nowMs: () => number;
  /** How often the head of the audit log is signed, if it moved. */
  readonly sealMs: number;
  readonly submit: (commands: readonly Command[]) => void;
  /** Answers that waited for the log. */
  readonly release: (answers: readonly Outgoing[]) => void;
}

export class OperatorLine {
  readonly #world: World;
  readonly #broker: Broker;
  readonly #audit: AuditGate;
  readonly #keeping: AuditKeeping;
  readonly #pins: JournalPins;
  readonly #schemaFault: AdminDeskOptions['schemaFault'];
  readonly #selection: Selection;
  readonly #search: AdminDeskOptions['search'];
  readonly #work: DeadLetterWork;
  readonly #sealMs: number;
  #nextSealMs = 0;
  #sealing = false;

  constructor({ world, broker, nowMs, sealMs, submit, release }: OperatorLineOptions) {
    this.#sealMs = sealMs;
    this.#world = world;
    this.#broker = broker;
    const { state, journal, bodies } = broker;
    const { timers, observe, hash, clock } = world;
    this.#pins = new JournalPins({ journal, clock, epoch: () => state.epoch, isBusy: () => this.#keeping.removing });
    this.#audit = new AuditGate({ store: world.audit, timers, observe, release });
    this.#keeping = new AuditKeeping({
      store: world.audit,
      observe,
      submit,
      isInLog: (position) => this.#audit.has(position) === 'there',
      pinned: () => this.#pins.held,
    });
    this.#schemaFault = installJudge(state, world.decompress);
    const cards = new DeadLetterCards(journal, bodies);
    this.#selection = new Selection({ state, cards, timers, hash });
    const read = cardReader(journal, bodies);
    this.#search = (question, done) => searchMessages({ state, read, timers }, question, done);
    this.#work = new DeadLetterWork({ state, journal, bodies, selection: this.#selection, timers, nowMs, submit });
  }

  /** What the admin desk needs of this. */
  get desk(): Pick<
    AdminDeskOptions,
    'schemaFault' | 'selection' | 'search' | 'work' | 'audit' | 'auditFailed' | 'hash' | 'pins'
  > {
    return {
      schemaFault: this.#schemaFault,
      selection: this.#selection,
      search: this.#search,
      work: this.#work,
      audit: this.#world.audit,
      auditFailed: () => this.#audit.failed,
      hash: this.#world.hash,
      pins: this.#pins,
    };
  }

  /** Lines and answers under way. */
  get size(): number {
    return this.#audit.size;
  }

  /** Somebody copies the folder: nothing in it is removed or replaced. */
  get pinned(): boolean {
    return this.#pins.held;
  }

  audited(position: Position): Audited {
    return this.#audit.has(position);
  }

  /** Before the first turn: what a start found in the journal, of which the log may lack some. */
  again(entries: readonly AuditEntry[]): void {
    this.#audit.again(entries);
  }

  /** Takes what is for the log, and what waits for it. */
  take(outgoing: Outgoing): boolean {
    this.#keeping.see(outgoing.effect);
    return this.#audit.take(outgoing);
  }

  /** A step of a request is done: the next one follows. */
  stepped(done: StepDone): void {
    this.#work.stepDone(done);
  }

  /** After each turn: a job may have begun. */
  look(): void {
    if (this.#broker.state.jobs.size > 0) this.#work.look();
  }

  /**
   * Now and then the head of the log is signed, and one that cannot be is signed the next time; then retention looks. One
   * that waits is not asked for again, and where it took longer than the interval the next one is asked for at once.
   */
  tidy(nowMs: number): void {
    this.#pins.look();
    this.#keeping.look(nowMs);
    if (nowMs < this.#nextSealMs || this.#sealing) return;
    this.#nextSealMs = nowMs + this.#sealMs;
    this.#sealing = true;
    this.#world.audit.seal(nowMs, (error) => {
      this.#sealing = false;
      if (error !== null) this.#world.observe({ type: 'audit-failed', error });
      else this.#keeping.plan(nowMs);
    });
  }

  stop(): void {
    this.#work.stop();
  }

  /** Behind the last turn: nobody is there to be answered any more, but what was done is put on record. */
  async end(nowMs: number): Promise<void> {
    for (const one of this.#broker.released()) this.#audit.take(one);
    await new Promise<void>((resolve) => this.#audit.end(resolve));
    await new Promise<void>((resolve) => this.#world.audit.seal(nowMs, () => resolve()));
    this.#world.audit.close();
  }
}
