// The broker in motion: desks, turns, checkpoints and time, over a world. What arrives wakes a turn; what leaves the
// turn goes to the desk of its peer, or to PUB. One turn at a time, and nothing is awaited inside one.

import { AdminDesk, type AdminDeskOptions } from '../delivery/admin/admin-desk.ts';
import { FanoutLine } from '../delivery/desk/fanout-line.ts';
import { FrontDesk, type FrontDeskOptions } from '../delivery/desk/front-desk.ts';
import { publisher } from '../delivery/desk/publications.ts';
import { publishAll, type Transport } from '../delivery/transport.ts';
import type { Command } from '../domain/command.ts';
import type { RouteIndex } from '../domain/route-index.ts';
import { State } from '../domain/state.ts';
import { PublishLine } from '../media/publish-line.ts';
import { unpackBy } from '../media/unpack.ts';
import { Broker } from '../usecase/broker.ts';
import { BrokerTime } from '../usecase/broker-time.ts';
import { Checkpointer } from '../usecase/checkpoint/checkpointer.ts';
import { LetterCopies } from '../usecase/dead-letters/copies.ts';
import type { Outgoing } from '../usecase/gate.ts';
import type { AuditEntry } from '../usecase/ports/audit-store.ts';
import type { Journal } from '../usecase/ports/journal.ts';
import type { Unpack } from '../usecase/ports/unpack.ts';
import type { Recovered } from '../usecase/recover.ts';
import { Relocator } from '../usecase/relocator.ts';
import { doormanOf } from './doorman.ts';
import type { EngineSettings } from './engine-settings.ts';
import { firstRoom } from './first-room.ts';
import { LoadWatch } from './load-watch.ts';
import { OperatorLine } from './operator-line.ts';
import { recoverJournal } from './recover-journal.ts';
import { WATCH_MS, Watch } from './watch.ts';
import { heardMs, heldPeers, wireView } from './wire-view.ts';
import type { World } from './world.ts';

/** A timer of the system overflows at 2^31 ms and would ring at once. */
const TIMER_MS_MAX = 3_600_000;
/** How often it looks whether disk can be given back. */
const TIDY_MS = 1_000;
/** Segments in use beyond three times the live bytes: the open one, its spare, and two that wait for a checkpoint. */
const SLACK_SEGMENTS = 4;

export interface EngineOptions {
  readonly world: World;
  readonly routeIndex: RouteIndex;
  readonly settings: EngineSettings;
  readonly about: AdminDeskOptions['about'];
  readonly importFile: AdminDeskOptions['importFile'];
}

export class Engine {
  readonly state: State;
  readonly journal: Journal;
  readonly broker: Broker;
  readonly recovered: Recovered;
  readonly desks: readonly FrontDesk[];
  readonly #world: World;
  readonly #settings: EngineSettings;
  readonly #time: BrokerTime;
  readonly #watch: Watch;
  readonly #load: LoadWatch;
  readonly #checkpointer: Checkpointer;
  readonly #relocator: Relocator;
  readonly #copies: LetterCopies;
  readonly #operators: OperatorLine;
  /** Actions that a start found in the journal: the audit log may lack them. */
  readonly #unaudited: AuditEntry[] = [];
  readonly #fanout: FanoutLine;
  readonly #unpack: Unpack;
  readonly #publishes: PublishLine;
  readonly #transports: readonly Transport[];
  #submitted: Command[] = [];
  #scheduled = false;
  #stopped = false;
  #nextTidyMs = 0;
  #cancelTimer: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;

  /** Opens and recovers: synchronous, nothing is served yet. Throws the journal's and the checkpoint's refusals. */
  constructor(options: EngineOptions) {
    const { world, settings } = options;
    this.#world = world;
    this.#settings = settings;
    const { limits, defaultPolicy, priorities } = settings;
    this.state = new State(options.routeIndex, limits, defaultPolicy, priorities, world.calendar);
    const sound = world.openJournal();
    const { checkpoint, damaged } = world.checkpoints.load();
    for (const file of damaged) world.observe({ type: 'checkpoint-damaged', file });
    world.audit.open();
    this.recovered = recoverJournal(this.state, sound, checkpoint, (entry) => void this.#unaudited.push(entry));
    this.#time = new BrokerTime(world.clock, Math.max(this.recovered.lastTimeMs, sound.lastTimeMs));
    this.#watch = new Watch(world.clock, this.#time);
    this.#load = LoadWatch.of(this.state, world, settings.loadEveryMs);
    this.journal = sound.start();
    this.journal.onFailure((error) => {
      // Memory is ahead of the disk from here on: no turn is taken, so nothing that hangs on it leaves.
      this.#stopped = true;
      world.fail(error);
    });
    this.broker = new Broker({
      state: this.state,
      journal: this.journal,
      chance: world.chance,
      observe: world.observe,
      readCacheBytes: settings.readCacheBytes,
      readChunkBytes: settings.readChunkBytes,
      wake: () => this.wake(),
    });
    this.#operators = new OperatorLine({
      world,
      broker: this.broker,
      nowMs: () => this.#time.nowMs(),
      sealMs: settings.auditSealMs,
      submit: (commands) => this.submit(commands),
      release: (answers) => this.#answer(answers),
    });
    this.#checkpointer = new Checkpointer({
      state: this.state,
      journal: this.journal,
      store: world.checkpoints,
      clock: world.clock,
      timers: world.timers,
      observe: (observation) => {
        world.observe(observation);
        if (observation.type === 'checkpoint-written') this.#relocator.look();
      },
      everyBytes: settings.checkpointBytes,
      slackBytes: SLACK_SEGMENTS * settings.segmentBytes,
      audited: (position) => this.#operators.audited(position),
      pinned: () => this.#operators.pinned,
      nudge: () => this.submit([{ type: 'restate' }]),
    });
    this.#relocator = new Relocator({
      state: this.state,
      journal: this.journal,
      observe: world.observe,
      pinned: () => this.#operators.pinned,
      submit: (commands) => this.submit(commands),
    });
    this.#copies = new LetterCopies(this.broker, (commands) => this.submit(commands));
    this.#publishes = PublishLine.of(this.state, world.fastPath, () => this.wake());
    this.#unpack = unpackBy(world.fastPath, world.decompress, settings.messageBytesMax);
    this.#fanout = new FanoutLine({
      publish: publisher({
        form: settings.pubForm,
        nowMs: () => this.#time.nowMs(),
        unpack: this.#unpack,
        publishAll: (messages) => publishAll(world.pub, messages),
      }),
      answer: (answer) => this.#toDesks([answer]),
      isBusy: () => this.broker.held > 0 || this.state.leases.size > 0,
      after: (ms, call) => (ms === 0 ? world.soon(call) : void world.timers.after(ms, call)),
      monotonicMs: () => world.clock.monotonicMs(),
    });
    ({ desks: this.desks, transports: this.#transports } = this.#buildDesks(options));
  }

  #buildDesks(options: EngineOptions): { desks: FrontDesk[]; transports: Transport[] } {
    const { router, admin } = this.#world;
    const desks: FrontDesk[] = [];
    const transports: Transport[] = [];
    if (router !== null) {
      desks.push(new FrontDesk(this.#deskOptions(router, 0, this.#settings.trustTenants)));
      transports.push(router);
    }
    if (admin !== null) {
      const words = new AdminDesk({
        broker: this.broker,
        nowMs: () => this.#time.nowMs(),
        about: () => ({ ...options.about(), ...wireView(this.desks) }),
        importFile: options.importFile,
        ...this.#operators.desk,
        heardMs: (peer) => heardMs(this.desks, peer),
        messageBytesMax: this.#settings.messageBytesMax,
        submit: (commands) => this.submit(commands),
        send: (outgoing) => this.#send(outgoing),
      });
      const deskOptions = this.#deskOptions(admin, 1, true);
      desks.push(new FrontDesk({ ...deskOptions, admin: (peer, word) => words.take(peer, word) }));
      transports.push(admin);
    }
    return { desks, transports };
  }

  #deskOptions(transport: Transport, index: number, trustTenants: boolean): FrontDeskOptions {
    const { server, heartbeatMs, heartbeatMisses, legacyBodies, messageBytesMax } = this.#settings;
    return {
      transport,
      index,
      doorman: doormanOf(this.#world, this.#settings, trustTenants),
      server,
      durability: this.journal.durability,
      legacyBodies,
      messageBytesMax,
      heartbeatMs,
      heartbeatMisses,
      decompressBE: this.#world.decompressBE,
      unpack: this.#unpack,
      nowMs: () => this.#time.nowMs(),
      arrived: () => this.#turn(),
      wake: () => this.wake(),
    };
  }

  /** The first turn after recovery, then the doors. `first`: commands of the composition, such as a catalog import. */
  async start(first: readonly Command[] = []): Promise<void> {
    await firstRoom(this.journal);
    // Recovery took its time before anybody could hold a lease.
    this.#watch.again();
    this.#operators.again(this.#unaudited.splice(0));
    this.submit([{ type: 'start' }, ...first]);
    this.#turn();
    this.#keepWatch();
    await this.#world.pub?.listen();
    for (const [index, transport] of this.#transports.entries()) {
      const desk = this.desks[index];
      if (desk !== undefined) await transport.listen(desk.handlers);
    }
  }

  /** Commands from inside: imports, relocations. */
  submit(commands: readonly Command[]): void {
    this.#submitted.push(...commands);
    this.wake();
  }

  wake(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    this.#world.soon(() => {
      if (this.#scheduled) this.#turn();
    });
  }

  #turn(): void {
    this.#scheduled = false;
    if (this.#stopped) return;
    const commands = this.#look();
    const arrived = this.desks.flatMap((desk) => desk.takeCommands());
    for (const command of this.#publishes.pass(arrived)) commands.push(command);
    for (const command of this.#submitted.splice(0)) commands.push(command);
    const nowMs = this.#time.nowMs();
    this.#send(this.broker.turn(commands, nowMs));
    // Under load answers gather until the loop comes round; an idle broker has nothing to wait for.
    if (this.broker.held === 0) for (const transport of this.#transports) transport.flush?.();
    this.#checkpointer.after(nowMs);
    this.#operators.look();
    this.#copies.look(nowMs);
    this.#arm(nowMs);
  }

  /** If the broker was away, or the wall clock stepped, nobody else is to pay for it. */
  #look(): Command[] {
    const byMs = this.#watch.look();
    if (byMs === 0) return [];
    for (const desk of this.desks) desk.shift(byMs);
    this.#world.observe({ type: 'stalled', byMs });
    return [{ type: 'stalled', byMs }];
  }

  #send(outgoing: readonly Outgoing[]): void {
    this.#answer(outgoing.filter((one) => !this.#operators.take(one) && !this.#fanout.take(one)));
    this.#fanout.run();
  }

  /** What waits for nothing any more. */
  #answer(outgoing: readonly Outgoing[]): void {
    if (this.#stopped) return;
    this.#toDesks(outgoing);
  }

  /** To its peer, or back to the operator's request that it is a step of. */
  #toDesks(outgoing: readonly Outgoing[]): void {
    const ofDesk: Outgoing[][] = this.desks.map(() => []);
    for (const one of outgoing) {
      const { peer } = one.effect;
      if (one.effect.type === 'step-done') this.#operators.stepped(one.effect);
      if (one.effect.type === 'deliver') this.#world.onDelivered?.(one.effect, one.blocks ?? []);
      if (peer === null) continue;
      ofDesk[this.desks.findIndex((desk) => desk.serves(peer))]?.push(one);
    }
    for (const [index, leaving] of ofDesk.entries()) if (leaving.length > 0) this.desks[index]?.send(leaving);
  }

  /** One timer wakes the broker at the next deadline. */
  #arm(nowMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const dueMs = this.broker.nextDueMs;
    if (!Number.isFinite(dueMs)) return;
    const afterMs = Math.min(TIMER_MS_MAX, Math.max(1, Math.ceil(dueMs - nowMs)));
    this.#cancelTimer = this.#world.timers.after(afterMs, () => {
      this.#cancelTimer = null;
      this.wake();
    });
  }

  #keepWatch(): void {
    const commands = [...this.#look(), ...this.#load.look()];
    if (commands.length > 0) this.submit(commands);
    for (const desk of this.desks) desk.tick();
    const nowMs = this.#time.nowMs();
    if (this.state.nextSweepMs <= nowMs) this.wake();
    if (nowMs >= this.#nextTidyMs) {
      this.#nextTidyMs = nowMs + TIDY_MS;
      this.#relocator.look();
      this.#copies.look(nowMs);
      this.#checkpointer.look(this.broker.position, nowMs);
      this.#operators.tidy(nowMs);
    }
    this.#cancelWatch = this.#world.timers.after(WATCH_MS, () => this.#keepWatch());
  }

  /** Nothing new is taken; what is under way may end. */
  drain(reconnectAfterMs: number): void {
    this.submit([{ type: 'drain' }]);
    for (const desk of this.desks) desk.drain(reconnectAfterMs);
  }

  /** Publications that found the line to PUB full, and what subscribers that were behind missed of the others. */
  get fanoutDropped(): number {
    return this.#fanout.dropped + (this.#world.pub?.missed ?? 0);
  }

  /** Nothing waits for the disk or for PUB, and no delivery is out. */
  get quiet(): boolean {
    const inside = this.broker.held + this.#operators.size + this.#fanout.length + this.#publishes.size;
    return inside + this.state.leases.size + heldPeers(this.desks) === 0;
  }

  /** A last checkpoint makes the next start short. */
  checkpoint(done: () => void): void {
    this.#checkpointer.begin(this.#time.nowMs(), done);
  }

  /** Ends the turns, closes the doors and then the journal. */
  async stop(lingerMs: number): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#cancelWatch?.();
    this.#fanout.flush();
    this.#operators.stop();
    for (const desk of this.desks) desk.abandon();
    await Promise.all(this.#transports.map((transport) => transport.close(lingerMs)));
    await this.#world.pub?.close(lingerMs);
    await new Promise<void>((resolve, reject) => {
      this.journal.close((error) => (error === null ? resolve() : reject(error)));
    });
    await this.#operators.end(this.#time.nowMs());
  }
}
