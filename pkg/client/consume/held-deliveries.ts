// What a session may still settle, by the packets that brought it: so a message that is settled costs a count, and no
// entry of a map. A packet leaves with its last delivery. Looking one up is rare: refusals and ends of leases.

import type { DeliveryBatch } from './delivery-batch.ts';

export class HeldDeliveries {
  readonly #batches = new Set<DeliveryBatch>();

  get size(): number {
    let size = 0;
    for (const batch of this.#batches) size += batch.open;
    return size;
  }

  /** In the order in which they came. */
  get batches(): Iterable<DeliveryBatch> {
    return this.#batches;
  }

  add(batch: DeliveryBatch): void {
    this.#batches.add(batch);
  }

  release(batch: DeliveryBatch, index: number): void {
    if (batch.release(index)) this.#batches.delete(batch);
  }

  /** The packet that brought the open delivery of this id. */
  batchOf(deliveryId: number): DeliveryBatch | undefined {
    for (const batch of this.#batches) if (batch.indexOf(deliveryId) >= 0) return batch;
    return undefined;
  }

  clear(): void {
    for (const batch of this.#batches) batch.releaseAll();
    this.#batches.clear();
  }
}
