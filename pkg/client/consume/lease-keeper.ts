// Keeps the leases of what is held alive by paying ahead: on arrival, before the application may block the event loop
// (unless the queue's own lease is that long), and again at every third of the time while the loop is free. Nothing
// that runs in this process can promise more: a loop that is blocked for longer than was paid ahead loses its leases.

import { EXTEND_MS_MAX, encodeExtend, ITEMS_MAX } from '../../protocol/index.ts';
import type { LeasedDelivery } from './delivery.ts';

export class LeaseKeeper {
  readonly #aheadMs: number;
  readonly #held: ReadonlyMap<number, LeasedDelivery>;
  readonly #send: (packet: Uint8Array) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(aheadMs: number, held: ReadonlyMap<number, LeasedDelivery>, send: (packet: Uint8Array) => void) {
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
  arrived(deliveries: readonly LeasedDelivery[], leaseMs: number): void {
    if (leaseMs < this.#aheadMs) this.#extend(deliveries);
  }

  #extend(deliveries: readonly LeasedDelivery[]): void {
    if (this.#aheadMs === 0) return;
    const nowMs = Date.now();
    // An extension replaces the deadline: asking for less than is left would take time away.
    let deadlineMs = nowMs + this.#aheadMs;
    for (const delivery of deliveries) deadlineMs = Math.max(deadlineMs, delivery.deadlineMs);
    const byMs = Math.min(deadlineMs - nowMs, EXTEND_MS_MAX);
    for (const delivery of deliveries) delivery.deadlineMs = nowMs + byMs;
    this.#send(
      encodeExtend(
        deliveries.map((delivery) => delivery.deliveryId),
        byMs,
      ),
    );
  }

  extendAll(): void {
    const held = [...this.#held.values()];
    for (let at = 0; at < held.length; at += ITEMS_MAX) this.#extend(held.slice(at, at + ITEMS_MAX));
  }
}
