// What a broker says and uses around the measured time: a difference for what adds up, the end for what does not.

import { type AdminClient, openAdmin } from '../../pkg/client/index.ts';
import type { BrokerSide } from './judge.ts';
import { machineMs } from './measure/clock.ts';
import type { ProbeReading } from './measure/probe-words.ts';
import type { BrokerProcess } from './processes/broker-process.ts';

interface Status {
  readonly depth: number;
  readonly event_loop_p99_ms: number;
  readonly transport?: string;
  readonly journal: {
    readonly durability: string;
    readonly bytes: number;
    readonly syncs: number;
    readonly sync_p50_ms: number | null;
    readonly sync_p99_ms: number | null;
  };
}

interface Reading {
  readonly atMs: number;
  readonly status: Status | null;
  readonly probe: ProbeReading | null;
}

const ADMIN_TIMEOUT_MS = 30_000;
const LOOK_MS = 20;

export class BrokerGauge {
  readonly #admin: AdminClient | null;
  readonly #own: BrokerProcess | null;
  #before: Reading | null = null;
  #after: Reading | null = null;

  private constructor(admin: AdminClient | null, own: BrokerProcess | null) {
    this.#admin = admin;
    this.#own = own;
  }

  /** `adminSocket` null: the broker is not asked. */
  static async open(adminSocket: string | null, own: BrokerProcess | null): Promise<BrokerGauge> {
    if (adminSocket === null) return new BrokerGauge(null, own);
    return new BrokerGauge(await openAdmin({ socketPath: adminSocket, timeoutMs: ADMIN_TIMEOUT_MS }), own);
  }

  async begin(): Promise<void> {
    this.#before = await this.#read();
  }

  /** Without effect a second time: the measured time ends once. */
  async end(): Promise<void> {
    this.#after ??= await this.#read();
  }

  rssBytes(): number | null {
    return this.#own?.usage()?.rssBytes ?? null;
  }

  /** How many messages are left in queues once those that were acknowledged are gone; null when that is not known. */
  async leftover(withinMs: number): Promise<number | null> {
    if (this.#admin === null || this.#own === null) return null;
    const deadlineMs = machineMs() + withinMs;
    for (;;) {
      const { depth } = (await this.#admin.request('status')) as Status;
      if (depth === 0 || machineMs() >= deadlineMs) return depth;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  side(): BrokerSide {
    const before = this.#before;
    const after = this.#after;
    const status = after?.status ?? null;
    const journal = status?.journal ?? null;
    const since = before?.status?.journal ?? null;
    const probe = after?.probe ?? null;
    return {
      durability: journal?.durability ?? 'disk',
      seconds: before === null || after === null ? 0 : (after.atMs - before.atMs) / 1e3,
      syncs: journal === null || since === null ? null : journal.syncs - since.syncs,
      journalBytes: journal === null || since === null ? null : journal.bytes - since.bytes,
      syncP50Ms: journal?.sync_p50_ms ?? null,
      syncP99Ms: journal?.sync_p99_ms ?? null,
      eventLoopP99Ms: status?.event_loop_p99_ms ?? null,
      cpuSeconds: probe === null ? null : probe.cpuSeconds - (before?.probe?.cpuSeconds ?? 0),
      rssBytes: probe?.rssBytes ?? null,
      peakRssBytes: probe?.peakRssBytes ?? null,
      gc: probe?.gc ?? null,
    };
  }

  async close(): Promise<void> {
    await this.#admin?.close();
  }

  async #read(): Promise<Reading> {
    const probe = (await this.#own?.read()) ?? null;
    const status = ((await this.#admin?.request('status')) ?? null) as Status | null;
    return { atMs: machineMs(), status, probe };
  }
}
