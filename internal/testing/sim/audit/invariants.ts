// Looks at the broker between two steps: what must always be true of its state, and that no message waits without a
// reason while a consumer could have it.

import { checkInvariants, stranded } from '../../../domain/invariants.ts';
import type { SimBroker } from '../world/sim-broker.ts';
import type { VirtualTime } from '../world/virtual-time.ts';
import { Violation } from './violation.ts';

/** How long a message may wait for an idle consumer while nothing else is under way. */
const STRANDED_MS = 1_000;

export class Invariants {
  readonly #broker: SimBroker;
  readonly #time: VirtualTime;
  readonly #strandedSince = new Map<string, { readonly atMs: number; readonly delivered: number }>();

  constructor(broker: SimBroker, time: VirtualTime) {
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
}
