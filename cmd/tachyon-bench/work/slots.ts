// The publishes of one connection that may be under way: as many slots as its window, each with a body to write into and
// the two functions that its promise calls. Made once and used again, so that a message costs the client's promise and
// no object of the bench's. Invariant: a slot's body is not touched between its publish and its confirm.

import { compressBlockLE } from '../../../pkg/encoding/lz4.ts';
import { filling } from '../measure/filling.ts';
import { writeStamp } from '../measure/stamped-body.ts';

/** Bodies kept of one connection, as many bytes as its client keeps unconfirmed: larger ones have fewer slots. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
const SLOTS_MIN = 2;

export interface Receipt {
  readonly durability: string;
}

export interface SlotEvents {
  accepted(slot: Slot, receipt: Receipt): void;
  refused(slot: Slot, error: { readonly code?: string }): void;
}

export interface Slot {
  readonly body: Buffer;
  dueAtMs: number;
  readonly accepted: (receipt: Receipt) => void;
  readonly refused: (error: { readonly code?: string }) => void;
}

export class Slots {
  readonly #producer: number;
  readonly #filling: Buffer;
  readonly #compress: boolean;
  readonly #events: SlotEvents;
  readonly #free: Slot[] = [];
  readonly #most: number;
  #made = 0;
  #plainBytes = 0;
  #packedBytes = 0;

  constructor(producer: number, window: number, bytes: number, compress: boolean, events: SlotEvents) {
    this.#producer = producer;
    this.#filling = filling(bytes);
    this.#compress = compress;
    this.#events = events;
    this.#most = Math.min(window, Math.max(SLOTS_MIN, Math.floor(BODY_BYTES_MAX / bytes)));
  }

  get most(): number {
    return this.#most;
  }

  get free(): number {
    return this.#free.length + this.#most - this.#made;
  }

  /** What compressed bodies were of the plain ones. */
  get packedShare(): number {
    return this.#plainBytes === 0 ? 1 : this.#packedBytes / this.#plainBytes;
  }

  /** There is one while `free` is more than 0. */
  take(dueAtMs: number, index: number): Slot {
    const slot = this.#free.pop() ?? this.#make();
    slot.dueAtMs = dueAtMs;
    writeStamp(slot.body, dueAtMs, this.#producer, index);
    return slot;
  }

  /** What is published of a slot. */
  bodyOf(slot: Slot): Uint8Array {
    if (!this.#compress) return slot.body;
    const packed = compressBlockLE(slot.body);
    this.#plainBytes += slot.body.length;
    this.#packedBytes += packed.length;
    return packed;
  }

  give(slot: Slot): void {
    this.#free.push(slot);
  }

  #make(): Slot {
    this.#made += 1;
    const events = this.#events;
    const slot: Slot = {
      body: Buffer.from(this.#filling),
      dueAtMs: 0,
      accepted: (receipt) => events.accepted(slot, receipt),
      refused: (error) => events.refused(slot, error),
    };
    return slot;
  }
}
