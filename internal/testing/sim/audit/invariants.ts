// Looks at the broker between two steps: what must always be true of its state, and that no message waits without a
// reason while a consumer could have it.

import { checkInvariants, stranded } from '../../../domain/invariants.ts';
import { boundsOf, type Quotas } from '../../../domain/quotas.ts';
import type { State } from '../../../domain/state.ts';
import type { SimBroker } from '../world/sim-broker.ts';
import type { VirtualTime } from '../world/virtual-time.ts';
import { Violation } from './violation.ts';

/** How long a message may wait for an idle consumer while nothing else is under way. */
const STRANDED_MS = 1_000;

export class Invariants {
  readonly #broker: SimBroker;
  readonly #time: VirtualTime;
  readonly #strandedSince = new Map<string, { readonly atMs: number; readonly delivered: number }>();

  readonly #quotas: Quotas;
  /** What pressed on producers and consumers, over all lives of the broker. */
  readonly pressed = { heldBack: 0, quotaRefused: 0, throttled: 0, dispatchPaused: 0 };
  readonly #counted = { ...this.pressed };

  constructor(broker: SimBroker, time: VirtualTime, quotas: Quotas) {
    this.#quotas = quotas;
    this.#broker = broker;
    this.#time = time;
  }

  look(): void {
    const { engine, disk, life } = this.#broker;
    const { nowMs } = this.#time;
    if (engine === null) return this.#strandedSince.clear();
    const { state, journal, broker } = engine;
    try {
      checkInvariants(state);
    } catch (error) {
      throw new Violation('broken', `an invariant of the state: ${String(error)}`, error);
    }
    this.#limits(state);
    // While something is under way on the disk, a message may wait for it.
    const busy = disk.inFlight > 0 || journal.durable < broker.position || journal.room().free === 0;
    if (busy || state.draining || life.stoppedUntilMs > nowMs) return this.#strandedSince.clear();
    const { delivered } = state.counters;
    const waiting = new Set(stranded(state).map(({ name }) => name));
    for (const name of waiting) {
      const since = this.#strandedSince.get(name);
      if (since === undefined || since.delivered !== delivered)
        this.#strandedSince.set(name, { atMs: nowMs, delivered });
      else if (nowMs - since.atMs > STRANDED_MS) {
        const told = `"${name}" has ready messages and a consumer with room`;
        throw new Violation('stalled', `${told} since ${since.atMs.toFixed(0)} ms`);
      }
    }
    for (const name of this.#strandedSince.keys()) if (!waiting.has(name)) this.#strandedSince.delete(name);
  }

  /** By the bounds of the plan, whatever the broker believes. Only an operator's replay may pass those of what lies in queues. */
  #limits(state: State): void {
    for (const name of Object.keys(this.pressed) as (keyof typeof this.pressed)[]) {
      const now = state.counters[name];
      this.pressed[name] += now - (now < this.#counted[name] ? 0 : this.#counted[name]);
      this.#counted[name] = now;
    }
    const { all } = state.usage;
    const replayed = state.counters.redriven;
    const { ingress, ingressBytes } = this.#quotas.all;
    if (replayed === 0 && (all.messages > ingress || all.bytes > ingressBytes)) {
      throw new Violation('limit', `${all.messages} messages of ${all.bytes} bytes, of ${ingress} and ${ingressBytes}`);
    }
    for (const [tenant, usage] of state.usage.tenants) {
      const bounds = boundsOf(this.#quotas, tenant);
      if (usage.leased <= bounds.inflight && (replayed > 0 || usage.messages <= bounds.ingress)) continue;
      const told = `${usage.leased} of ${bounds.inflight} with consumers, ${usage.messages} of ${bounds.ingress} in all`;
      throw new Violation('limit', `tenant "${tenant}" holds ${told}`);
    }
  }
}
