// What one packet of deliveries brought: what its messages share, said once, and how each of them stands. A message gets
// an object when it is handed out, so that what waits costs a byte.
// Invariant: `open` counts those that are not gone; each goes once, and none comes back.

import type { DeliverPacket } from '../../protocol/index.ts';
import { LeasedDelivery, type Settling } from './delivery.ts';

const WAITING = 0;
/** The application has it. */
const HANDED_OUT = 1;
/** Settled, or lost with its lease or session. */
const GONE = 2;

export class DeliveryBatch {
  readonly bytes: Uint8Array;
  readonly offsets: readonly number[];
  readonly queue: string;
  readonly settling: Settling;
  /** Of the first message; the others follow. 0 where nothing is to be acknowledged. */
  readonly firstDelivery: number;
  /** As the broker said, or as all of them were extended together. */
  #deadlineMs: number;
  /** Of single ones; 0 where it is that of all. */
  #deadlines: Float64Array | null = null;
  readonly #states: Uint8Array;
  #next = 0;
  #open: number;

  constructor({ bytes, offsets, firstDelivery, deadlineMs }: DeliverPacket, queue: string, settling: Settling) {
    this.bytes = bytes;
    this.offsets = offsets;
    this.queue = queue;
    this.settling = settling;
    this.firstDelivery = settling.acks ? firstDelivery : 0;
    this.#deadlineMs = deadlineMs;
    this.#states = new Uint8Array(offsets.length);
    this.#open = offsets.length;
  }

  get open(): number {
    return this.#open;
  }

  isOpen(index: number): boolean {
    return this.#states[index] !== GONE;
  }

  isHandedOut(index: number): boolean {
    return this.#states[index] === HANDED_OUT;
  }

  /** The next one that waits, handed out; undefined when none does. */
  take(): LeasedDelivery | undefined {
    const states = this.#states;
    while (this.#next < states.length) {
      const index = this.#next;
      this.#next += 1;
      if (states[index] !== WAITING) continue;
      states[index] = HANDED_OUT;
      return new LeasedDelivery(this, index);
    }
    return undefined;
  }

  /** True when this was the last one. To be called of one that is open. */
  release(index: number): boolean {
    this.#states[index] = GONE;
    this.#open -= 1;
    return this.#open === 0;
  }

  releaseAll(): void {
    this.#states.fill(GONE);
    this.#open = 0;
  }

  /** The place of an open delivery in this packet, or -1. */
  indexOf(deliveryId: number): number {
    const index = deliveryId - this.firstDelivery;
    return index >= 0 && index < this.#states.length && this.isOpen(index) ? index : -1;
  }

  /** The ids of the open ones, in order. */
  ids(): number[] {
    const ids: number[] = [];
    for (let index = 0; index < this.#states.length; index += 1)
      if (this.isOpen(index)) ids.push(this.firstDelivery + index);
    return ids;
  }

  deadlineMs(index: number): number {
    return this.#deadlines?.[index] || this.#deadlineMs;
  }

  /** The latest of all. */
  latestDeadlineMs(): number {
    return this.#deadlines?.reduce((latest, own) => Math.max(latest, own), this.#deadlineMs) ?? this.#deadlineMs;
  }

  extendAll(deadlineMs: number): void {
    this.#deadlineMs = deadlineMs;
    this.#deadlines = null;
  }

  extend(index: number, deadlineMs: number): void {
    this.#deadlines ??= new Float64Array(this.#states.length);
    this.#deadlines[index] = deadlineMs;
  }
}
