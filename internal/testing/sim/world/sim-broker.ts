// The broker in its simulated world: the real Engine over the real journal and checkpoints on one SimDisk, with
// simulated sockets. One object for all its lives: it starts, is stopped, loses its power or its process, and starts
// again from what the disk kept. Each start is compared with the log of all events.

import { TachyonError } from '../../../../pkg/protocol/errors.ts';
import { Engine } from '../../../app/engine.ts';
import type { EngineSettings } from '../../../app/engine-settings.ts';
import type { SoundJournal, World } from '../../../app/world.ts';
import { checkInvariants } from '../../../domain/invariants.ts';
import { State } from '../../../domain/state.ts';
import { FileCheckpointStore } from '../../../repository/checkpoint/file-checkpoint-store.ts';
import { openJournal } from '../../../repository/journal/open-journal.ts';
import { RadixRouteIndex } from '../../../repository/routes/radix-route-index.ts';
import { fingerprint } from '../../../usecase/fingerprint.ts';
import type { AuditStore } from '../../../usecase/ports/audit-store.ts';
import type { CheckpointStore } from '../../../usecase/ports/checkpoint-store.ts';
import type { Disk } from '../../../usecase/ports/disk.ts';
import type { Observation } from '../../../usecase/ports/observer.ts';
import { recover } from '../../../usecase/recover.ts';
import { Violation } from '../audit/violation.ts';
import type { Random } from '../random.ts';
import { SimCrash, SimDisk } from '../sim-disk.ts';
import { AuditCheck } from './audit-check.ts';
import { DiskWatch, type Moment } from './disk-watch.ts';
import { EventLog } from './event-log.ts';
import { simCalendar } from './sim-calendar.ts';
import { SimTransport, type Wire } from './sim-transport.ts';
import { Life, type VirtualTime } from './virtual-time.ts';

export const WALL_START_MS = 1_700_000_000_000;

/** Where a fault is planted: what stands between the broker and its world, or the broker itself before it starts. */
export interface Plant {
  disk?(disk: Disk): Disk;
  journal?(journal: SoundJournal): SoundJournal;
  audit?(store: AuditStore): AuditStore;
  transport?(transport: SimTransport): SimTransport;
  /** Recovered, and not started. */
  engine?(engine: Engine): void;
}

export interface SimBrokerOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly wire: Wire;
  readonly settings: EngineSettings;
  readonly segmentBytes: number;
  readonly tailCacheBytes: number;
  readonly tornSectors: boolean;
  readonly plant: Plant;
  readonly trace: ((line: string) => void) | undefined;
}

export class SimBroker {
  readonly disk: SimDisk;
  readonly #options: SimBrokerOptions;
  readonly #random: Random;
  readonly #log: EventLog;
  readonly #watch: DiskWatch;
  readonly #auditCheck: AuditCheck;
  readonly moments: Record<Moment, number> = { recovery: 0, checkpoint: 0, rotation: 0, trim: 0, other: 0 };
  readonly observed = { checkpoints: 0, relocated: 0, starts: 0, losses: 0 };
  readonly #leasesMs = new Map<string, number>();
  /** How long a disk operation takes, at most. */
  diskMs = 2;
  #wallStepMs = 0;
  #wallStepMaxMs = 0;
  engine: Engine | null = null;
  life = new Life();
  router: SimTransport | null = null;
  admin: SimTransport | null = null;
  /** The journal failed: the process is to end. */
  failed: Error | null = null;
  /** The last position of an orderly end. */
  #stoppedAt = 0;

  constructor(options: SimBrokerOptions) {
    const { time, random, settings, tornSectors } = options;
    this.#options = options;
    this.#random = random.fork();
    const pace = random.fork();
    this.disk = new SimDisk({
      seed: random.int(2 ** 31),
      tornSectors,
      schedule: (call) => void time.after(pace.fraction() * this.diskMs, call, this.life),
    });
    this.#auditCheck = new AuditCheck(settings.segmentBytes, (call) => void time.after(0.5, call, this.life));
    this.#watch = new DiskWatch(this.disk, random.fork());
    this.#log = new EventLog(settings.limits, settings.defaultPolicy);
  }

  /** Segments removed so far. */
  get trimmed(): number {
    return this.#watch.trimmed;
  }

  /** Lets the power go when this is under way the next time. */
  crashDuring(moment: Moment): void {
    this.#watch.crashDuring = moment;
  }

  /** The power stays on from now on. */
  spare(): void {
    this.#watch.crashDuring = null;
    this.disk.crashAt(Number.POSITIVE_INFINITY);
  }

  /** Sets the wall clock, ahead or back. */
  stepWall(byMs: number): void {
    this.#wallStepMs += byMs;
    this.#wallStepMaxMs = Math.max(this.#wallStepMaxMs, this.#wallStepMs);
  }

  /** How far ahead the wall clock has ever been. */
  get wallStepMaxMs(): number {
    return this.#wallStepMaxMs;
  }

  /** Of the queues that had this name so far: one may have been deleted and made again, with another lease. */
  longestLeaseMs(queue: string): number {
    return this.#leasesMs.get(queue) ?? 0;
  }

  #noteLease(queue: string, leaseMs: number): void {
    this.#leasesMs.set(queue, Math.max(leaseMs, this.longestLeaseMs(queue)));
  }

  get up(): boolean {
    return this.engine !== null;
  }

  /**
   * False when it came to its end while it started. Throws a Violation when it would not start. `pump` lets the world
   * go on, and says when that was the end.
   */
  async start(pump: () => boolean): Promise<boolean> {
    const { time, wire, trace, plant } = this.#options;
    this.life = new Life();
    this.failed = null;
    this.#watch.restart();
    const socket = (name: string): SimTransport => {
      const transport = new SimTransport(name, time, this.life, this.#random.fork(), wire);
      return plant.transport?.(transport) ?? transport;
    };
    const router = socket('router');
    const admin = socket('admin');
    let engine: Engine;
    try {
      engine = new Engine({
        world: this.#world(router, admin),
        routeIndex: new RadixRouteIndex(),
        settings: this.#options.settings,
        about: () => ({}),
        importFile: () => Promise.reject(new TachyonError('NOT_SUPPORTED', 'there are no files here')),
      });
      checkInvariants(engine.state);
      this.#log.compare(engine.state, engine.recovered.position);
      this.#auditCheck.recovered(engine.recovered.position);
      this.#recoverAgain(engine);
      if (engine.recovered.position < this.#stoppedAt) {
        throw new Violation(
          'lost',
          `the broker stopped at position ${this.#stoppedAt} and found ${engine.recovered.position}`,
        );
      }
      this.#log.follow(engine.journal, (event, position) => {
        this.#auditCheck.recorded(event, position);
        if (event.type === 'relocated') this.observed.relocated += 1;
        if (event.type === 'queue-declared') this.#noteLease(event.name, event.policy.leaseMs);
        trace?.(`  recorded ${JSON.stringify(event)}`);
      });
      plant.engine?.(engine);
      if (!(await pumped(engine.start(), pump)) || this.disk.crashed) {
        this.#end('recovery');
        return false;
      }
    } catch (error) {
      if (this.disk.crashed || error instanceof SimCrash) {
        this.#end('recovery');
        return false;
      }
      if (error instanceof Violation) throw error;
      throw new Violation('broken', `the broker did not start: ${String(error)}`, error);
    }
    this.observed.starts += 1;
    this.engine = engine;
    this.router = router;
    this.admin = admin;
    trace?.(`broker started, epoch ${engine.state.epoch}, recovered to position ${engine.recovered.position}`);
    return true;
  }

  /** If the power went right now, the next start would find nothing torn, and the same state. */
  #recoverAgain({ state, recovered }: Engine): void {
    const { time, settings, segmentBytes, tailCacheBytes } = this.#options;
    const disk = SimDisk.fromSnapshot(this.disk.snapshot());
    const timers = time.timersOf(new Life());
    const journal = openJournal({ disk, timers, salt: () => 0, segmentBytes, tailCacheBytes, retryMs: 100 });
    if (journal.torn) throw new Violation('broken', 'a torn tail was left where it was');
    const again = new State(new RadixRouteIndex(), settings.limits, settings.defaultPolicy);
    const { position } = recover(again, journal, new FileCheckpointStore(disk).load().checkpoint);
    if (position !== recovered.position || fingerprint(again) !== fingerprint(state)) {
      throw new Violation('diverged', `recovery gave position ${recovered.position}, and after that ${position}`);
    }
  }

  #world(router: SimTransport, admin: SimTransport): World {
    const { time, segmentBytes, tailCacheBytes, plant } = this.#options;
    const { life } = this;
    const chance = this.#random.fork();
    const timers = time.timersOf(life);
    const disk = plant.disk?.(this.#watch.disk) ?? this.#watch.disk;
    const checkpoints: CheckpointStore = new FileCheckpointStore(disk, { sliceBytes: 4_096 });
    return {
      clock: { wallMs: () => Math.floor(WALL_START_MS + time.nowMs + this.#wallStepMs), monotonicMs: () => time.nowMs },
      timers,
      soon: (call) => void time.after(0, call, life),
      calendar: simCalendar,
      chance: { fraction: () => chance.fraction(), bytes: (count) => chance.bytes(count) },
      hash: (text) => `hash of ${text}`,
      observe: (observation) => this.#observe(observation),
      openJournal: () => {
        const salt = (): number => chance.int(2 ** 32);
        const journal = openJournal({ disk, timers, salt, segmentBytes, tailCacheBytes, retryMs: 100 });
        return plant.journal?.(journal) ?? journal;
      },
      checkpoints,
      audit: plant.audit?.(this.#auditCheck.store()) ?? this.#auditCheck.store(),
      router,
      pub: null,
      admin,
      decompressBE: () => ({ type: 'refused', error: 'UNSUPPORTED_COMPRESSION', detail: 'nothing is compressed here' }),
      decompress: () => null,
      fail: (error) => {
        this.failed ??= error;
      },
    };
  }

  #observe(observation: Observation): void {
    const { trace } = this.#options;
    switch (observation.type) {
      case 'checkpoint-written':
        this.observed.checkpoints += 1;
        trace?.(`checkpoint of position ${observation.position}, ${observation.bytes} B`);
        break;
      case 'command-failed':
        throw new Violation(
          'broken',
          `command ${observation.command} failed: ${String(observation.error)}`,
          observation.error,
        );
      case 'body-damaged':
        throw new Violation(
          'lost',
          `message ${observation.sequence} of "${observation.queue}": ${observation.error.message}`,
        );
      case 'relocation-failed':
        throw new Violation('broken', `relocation: ${observation.error.message}`, observation.error);
      case 'checkpoint-damaged':
        throw new Violation('lost', `${observation.file} is damaged`);
      case 'overload':
        trace?.(`overload is ${observation.level}: ${observation.signal}`);
        break;
      case 'audit-failed':
      case 'audit-retention-failed':
        throw new Violation('broken', `audit log: ${observation.error.message}`, observation.error);
      case 'checkpoint-failed':
      case 'stalled':
        trace?.(`${observation.type} ${JSON.stringify(observation)}`);
    }
  }

  /** The power goes, or (kill) only the process. */
  end(how: 'power' | 'kill', moment: Moment = this.#watch.moment): void {
    this.#end(moment, how);
  }

  #end(moment: Moment, how: 'power' | 'kill' = 'power'): void {
    this.moments[moment] += 1;
    this.#watch.restart();
    this.observed.losses += 1;
    this.life.alive = false;
    this.engine = null;
    this.router?.die();
    this.admin?.die();
    this.router = null;
    this.admin = null;
    if (how === 'power') this.disk.crash(this.#random);
    else this.disk.kill(this.#random);
    this.#auditCheck.end(how);
    this.#options.trace?.(`${how === 'power' ? 'power loss' : 'kill'} during ${moment}`);
  }

  /** As an orderly process ends. `pump` lets the world go on until it says that it cannot. */
  async stop(pump: () => boolean): Promise<boolean> {
    const { engine } = this;
    if (engine === null) return true;
    const { time } = this.#options;
    engine.drain(10);
    const untilMs = time.nowMs + 200;
    while (!engine.quiet && time.nowMs < untilMs) if (!pump()) return false;
    let written = false;
    engine.checkpoint(() => {
      written = true;
    });
    while (!written) if (!pump()) return false;
    try {
      if (!(await pumped(engine.stop(0), pump))) return false;
    } catch (error) {
      if (error instanceof Violation) throw error;
      throw new Violation('broken', `the broker did not stop: ${String(error)}`, error);
    }
    const last = engine.broker.position;
    this.#stoppedAt = last;
    this.life.alive = false;
    this.engine = null;
    this.router = null;
    this.admin = null;
    // Whatever happens to the machine now: an orderly end has left nothing to chance.
    this.disk.crash(this.#random);
    this.#auditCheck.end('power');
    this.#auditCheck.stopped(last);
    this.#options.trace?.(`broker stopped at position ${last}`);
    return true;
  }
}

/** Lets the world go on until the promise is settled; false when the world says that this is the end. */
async function pumped(promise: Promise<void>, pump: () => boolean): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  for (;;) {
    // Whatever hangs on settled promises goes first, and takes no time.
    for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    if (settled) break;
    if (!pump()) return false;
  }
  await promise;
  return true;
}
