// Keeps the leases of what is held alive by paying ahead: on arrival, before the application may block the event loop
// (unless the queue's own lease is that long), and again at every third of the time while the loop is free. Nothing
// that runs in this process can promise more: a loop that is blocked for longer than was paid ahead loses its leases.

import { EXTEND_MS_MAX, encodeExtend, ITEMS_MAX } from '../../protocol/index.ts';
import type { DeliveryBatch } from './delivery-batch.ts';
import type { HeldDeliveries } from './held-deliveries.ts';

export class LeaseKeeper {
  readonly #aheadMs: number;
  readonly #held: HeldDeliveries;
  readonly #send: (packet: Uint8Array) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(aheadMs: number, held: HeldDeliveries, send: (packet: Uint8Array) => void) {
    this.#aheadMs = aheadMs;
    this.#held = held;
    this.#send = send;
  }

  start(): void {
    if (this.#aheadMs === 0 || this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.extendAll(), Math.max(1, this.#aheadMs / 3)).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** On arrival. The queue's own lease is paid by the delivery itself: where it is long enough, nothing is said. */
  arrived(batch: DeliveryBatch, leaseMs: number): void {
    if (leaseMs < this.#aheadMs) this.#extend([batch]);
  }

  /** As many together as one packet may name; no packet that arrived brought more. */
  extendAll(): void {
    let together: DeliveryBatch[] = [];
    let count = 0;
    for (const batch of this.#held.batches) {
      if (count + batch.open > ITEMS_MAX) {
        this.#extend(together);
        together = [];
        count = 0;
      }
      together.push(batch);
      count += batch.open;
    }
    if (count > 0) this.#extend(together);
  }

  #extend(batches: readonly DeliveryBatch[]): void {
    if (this.#aheadMs === 0) return;
    const nowMs = Date.now();
    // An extension replaces the deadline: asking for less than is left would take time away.
    const leftMs = batches.reduce((most, batch) => Math.max(most, batch.latestDeadlineMs() - nowMs), this.#aheadMs);
    const byMs = Math.min(leftMs, EXTEND_MS_MAX);
    for (const batch of batches) batch.extendAll(nowMs + byMs);
    const ids = batches.flatMap((batch) => batch.ids());
    this.#send(encodeExtend(ids, byMs));
  }
}
