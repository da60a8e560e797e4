// Everything that a broker shows of itself, read from its state when asked. What can only be known by having listened
// (durations, rounds, pauses) is listened to from here; it is all bounded by its number of buckets.

import { performance } from 'node:perf_hooks';
import { exposition } from '../../../pkg/metrics/exposition.ts';
import { type Family, gauge } from '../../../pkg/metrics/family.ts';
import type { LoopDelay } from '../../../pkg/metrics/loop-delay.ts';
import { VERSION } from '../../../pkg/protocol/version.ts';
import type { AuditStatus } from '../../usecase/ports/audit-store.ts';
import type { Journal } from '../../usecase/ports/journal.ts';
import type { Engine } from '../engine.ts';
import { GcPauses } from './gc-pauses.ts';
import { type UnreadyReason, unreadyReasons } from './health.ts';
import { journalFamilies, Rounds } from './journal-families.ts';
import { keptFor } from './kept-for.ts';
import { messageFamilies } from './message-families.ts';
import { Occurrences } from './occurrences.ts';
import { OperatorCounts } from './operator-counts.ts';
import { operatorFamilies } from './operator-families.ts';
import { processFamilies, tableFamilies, wireFamilies } from './process-families.ts';
import { queueFamilies, tenantFamilies, totalFamilies } from './queue-families.ts';
import { Stages } from './stages.ts';
import { type Tally, tally } from './tally.ts';
import { tenantCountFamilies } from './tenant-count-families.ts';
import { CountsByTenant } from './tenant-counts.ts';
import { WatchedJournal } from './watched-journal.ts';

/** How long a scrape is good. */
const KEPT_MS = 1_000;

export interface BrokerMetricsOptions {
  readonly monotonicMs: () => number;
  /** Time of the broker, in which messages have their age. */
  readonly wallMs: () => number;
  /** Queues, and tenants, with series of their own. */
  readonly queuesMax: number;
  readonly adminOnly: boolean;
  /** Of the process, and closed by its owner. */
  readonly delay: LoopDelay;
}

/** The audit log, as far as it is shown. */
export interface ShownAudit {
  readonly status: AuditStatus;
  /** Infinity: none. */
  readonly bytesMax: number;
}

/** Before one was given. */
const NO_AUDIT: ShownAudit = {
  status: { entries: 0, head: '', lastSigned: null, fault: null, removed: 0, bytes: 0, written: 0 },
  bytesMax: Number.POSITIVE_INFINITY,
};

type Served = Pick<Engine, 'state' | 'broker' | 'journal' | 'desks' | 'recovered' | 'fanoutDropped'>;

export class BrokerMetrics {
  readonly occurrences: Occurrences;
  readonly #options: BrokerMetricsOptions;
  readonly #stages: Stages;
  readonly #tenants: CountsByTenant;
  readonly #operators = new OperatorCounts();
  readonly #delay: LoopDelay;
  readonly #pauses = new GcPauses();
  readonly #bornMs: number;
  readonly #rounds = new Rounds();
  #audit: () => ShownAudit = () => NO_AUDIT;
  #engine: Served | null = null;
  #failure: Error | null = null;
  readonly #tally: () => Promise<Tally>;
  /** The page that Prometheus reads. */
  readonly text: () => Promise<Uint8Array>;

  constructor(options: BrokerMetricsOptions) {
    const { monotonicMs, wallMs, queuesMax } = options;
    this.#options = options;
    this.#delay = options.delay;
    this.#bornMs = monotonicMs();
    this.occurrences = new Occurrences(monotonicMs, () => this.#engine?.journal.appendedBytes ?? 0);
    this.#stages = new Stages({ state: () => this.#engine?.state, monotonicMs });
    this.#tenants = new CountsByTenant({ state: () => this.#engine?.state ?? null, tenantsMax: queuesMax });
    const make = () => tally(this.#served.state, wallMs(), queuesMax);
    this.#tally = keptFor({ ms: KEPT_MS, monotonicMs, make });
    this.text = keptFor({ ms: KEPT_MS, monotonicMs, make: () => this.#page(make()) });
  }

  /** The journal to give to the engine instead. */
  watch(journal: Journal): Journal {
    journal.onRound((round) => this.#rounds.add(round));
    journal.onDurable((position) => this.#stages.durable(position));
    const [stages, tenants, operators] = [this.#stages, this.#tenants, this.#operators];
    return new WatchedJournal(journal, {
      added: (event, timeMs) => {
        stages.added(event, timeMs);
        tenants.added(event);
        operators.added(event);
      },
      committed: (position) => stages.committed(position),
    });
  }

  watchAudit(audit: () => ShownAudit): void {
    this.#audit = audit;
  }

  failed(error: Error): void {
    this.#failure = error;
  }

  /** Before its first turn, so that nothing is missed. */
  serve(engine: Served): void {
    this.#engine = engine;
    engine.state.refusalListeners.push((refused) => this.#tenants.refused(refused));
    engine.state.holdListeners.push((tenant, messages) => this.#tenants.deferred(tenant, messages));
  }

  get unready(): readonly UnreadyReason[] {
    const { state, journal } = this.#served;
    return unreadyReasons({ state, journal, failure: this.#failure, adminOnly: this.#options.adminOnly });
  }

  async families(): Promise<readonly Family[]> {
    return this.#families(await this.#tally());
  }

  *#page(counting: Generator<undefined, Tally>): Generator<undefined, Uint8Array> {
    const counts = yield* counting;
    yield;
    return Buffer.from(exposition(this.#families(counts)));
  }

  #families(counts: Tally): readonly Family[] {
    const engine = this.#served;
    const { state, journal, broker, desks, recovered } = engine;
    const { monotonicMs, adminOnly } = this.#options;
    const nowMs = monotonicMs();
    return [
      gauge('tachyon_ready', '1 while clients should come here; else /health/ready says why.', this.#readyNow),
      ...messageFamilies(engine, this.#stages, this.#tenants.deadLettersGone),
      ...totalFamilies(counts),
      ...tableFamilies(state),
      ...journalFamilies({
        journal,
        rounds: this.#rounds,
        occurrences: this.occurrences,
        eventsWritten: this.#stages.events,
        eventsReplayed: recovered.events,
        failed: this.#failure !== null,
        held: broker.held,
        upMs: nowMs - this.#bornMs,
        monotonicMs: nowMs,
      }),
      ...wireFamilies(desks, adminOnly ? ['operators'] : ['clients', 'operators']),
      ...processFamilies(this.#delay, this.#pauses, this.occurrences),
      ...queueFamilies(counts),
      ...tenantFamilies(counts),
      ...tenantCountFamilies(this.#tenants.read()),
      ...operatorFamilies({
        state,
        counts: this.#operators,
        audit: this.#audit().status,
        auditBytesMax: this.#audit().bytesMax,
      }),
    ];
  }

  /** What `/health` says. */
  async summary(): Promise<object> {
    const { state, journal } = this.#served;
    const { total } = await this.#tally();
    const { unready } = this;
    const room = journal.room();
    return {
      status: unready.length === 0 ? 'ready' : 'unready',
      reasons: unready,
      version: VERSION,
      pid: process.pid,
      uptime_ms: Math.round(performance.now()),
      durability: journal.durability,
      epoch: state.epoch,
      queues: total.queues,
      sessions: state.sessions.size,
      depth: total.depth,
      leased: total.leased,
      waiting_retry: total.waitingRetry,
      scheduled: total.scheduled,
      dead_letters: state.deadLetters,
      oldest_unacked_ms: total.depth === 0 ? null : Math.round(total.oldestUnackedMs),
      journal: {
        blocked: room.blocked,
        free_bytes: Number.isFinite(room.free) ? room.free : null,
        disk_bytes: journal.stats.diskBytes,
        live_bytes: journal.stats.liveBytes,
      },
      event_loop_p99_ms: Math.round(this.#delay.read().p99Ms * 100) / 100,
    };
  }

  close(): void {
    this.#pauses.close();
  }

  get #readyNow(): number {
    return this.unready.length === 0 ? 1 : 0;
  }

  get #served(): Served {
    if (this.#engine === null) throw new Error('the metrics of a broker are read after it was given to them');
    return this.#engine;
  }
}
