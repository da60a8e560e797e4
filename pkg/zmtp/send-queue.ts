// What was accepted for one peer and is not yet with the kernel.
//
// One write is under way at a time; what comes meanwhile gathers behind it, so the slower the peer, the larger the
// writes. Invariants: messages leave whole and in order; the queue never holds more messages or bytes than allowed, save
// one message of any size that came into an empty queue; once `full` was said it is said until `drained`.

import { Batch } from './batch.ts';
import { frameSize, messageSize } from './frame-encoder.ts';
import type { SlabPool } from './slab-pool.ts';

/** A batch that has grown to this is written at once, or waits as it is: no write is much longer. */
const BATCH_BYTES = 256 * 1024;

export interface QueueLimits {
  readonly queueMessagesMax: number;
  readonly queueBytesMax: number;
}

export interface QueueEvents {
  /** Writes the parts, in order, and calls `SendQueue.written` when all of them are with the kernel. */
  write(parts: readonly Uint8Array[]): void;
  /** There is something to write at the end of the turn. */
  dirty(): void;
  /** The queue was full and is half empty. */
  drained(): void;
  /** The last byte is with the kernel. */
  empty(): void;
}

export class SendQueue {
  readonly #limits: QueueLimits;
  readonly #pool: SlabPool;
  readonly #events: QueueEvents;
  #open: Batch;
  /** Batches that are large enough, behind the one under way. */
  #sealed: Batch[] = [];
  #flying: Batch | null = null;
  #spare: Batch | null = null;
  #messages = 0;
  #bytes = 0;
  #isFull = false;
  #isDirty = false;

  constructor(limits: QueueLimits, pool: SlabPool, events: QueueEvents) {
    this.#limits = limits;
    this.#pool = pool;
    this.#events = events;
    this.#open = new Batch(pool);
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** False: the queue is full, and nothing of the message was taken. */
  offer(frames: readonly Uint8Array[]): boolean {
    const size = messageSize(frames);
    if (!this.#hasRoom(size)) return false;
    this.#open.append(frames, size);
    this.#taken(size, 1);
    return true;
  }

  /** As `offer`, for a message of one frame that lies in several pieces. */
  offerInPieces(pieces: readonly Uint8Array[]): boolean {
    let bodySize = 0;
    for (let index = 0; index < pieces.length; index += 1) bodySize += pieces[index]!.length;
    const size = frameSize(bodySize);
    if (!this.#hasRoom(size)) return false;
    this.#open.appendInPieces(pieces, bodySize, size);
    this.#taken(size, 1);
    return true;
  }

  /** As `offer`, for a message that lies encoded in a buffer that nobody changes. */
  offerShared(buffer: Uint8Array, start: number, end: number, messages = 1): boolean {
    if (!this.#hasRoom(end - start)) return false;
    this.#open.appendShared(buffer, start, end, messages);
    this.#taken(end - start, messages);
    return true;
  }

  /** Bytes that are no message, taken in any case: their number is bounded by whoever sends them. */
  push(bytes: Uint8Array): void {
    this.#open.appendRaw(bytes);
    this.#taken(bytes.length, 0);
  }

  /** Writes what there is, unless a write is under way. */
  flush(): void {
    this.#isDirty = false;
    if (this.#flying !== null) return;
    const next = this.#next();
    if (next === null) return;
    this.#flying = next;
    this.#events.write(next.parts());
  }

  /** The write under way is with the kernel. */
  written(): void {
    const batch = this.#flying;
    if (batch === null) return;
    this.#flying = null;
    this.#messages -= batch.messages;
    this.#bytes -= batch.bytes;
    batch.clear();
    this.#spare = batch;
    this.flush();
    if (this.#isFull && this.#isHalfEmpty()) {
      this.#isFull = false;
      this.#events.drained();
    }
    if (this.#bytes === 0) this.#events.empty();
  }

  #hasRoom(size: number): boolean {
    if (this.#isFull) return false;
    if (this.#messages < this.#limits.queueMessagesMax) {
      if (this.#bytes + size <= this.#limits.queueBytesMax || this.#messages === 0) return true;
    }
    this.#isFull = true;
    return false;
  }

  #isHalfEmpty(): boolean {
    return this.#messages <= this.#limits.queueMessagesMax / 2 && this.#bytes <= this.#limits.queueBytesMax / 2;
  }

  #taken(size: number, messages: number): void {
    this.#messages += messages;
    this.#bytes += size;
    if (this.#open.bytes >= BATCH_BYTES) this.#seal();
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#events.dirty();
  }

  #seal(): void {
    this.#sealed.push(this.#open);
    this.#open = this.#fresh();
    // The end of the turn may be far: a program that sends without end would only fill the queue.
    if (this.#flying !== null) return;
    const wasDirty = this.#isDirty;
    this.flush();
    this.#isDirty = wasDirty;
  }

  #next(): Batch | null {
    const sealed = this.#sealed.shift();
    if (sealed !== undefined) return sealed;
    if (this.#open.bytes === 0) return null;
    const batch = this.#open;
    this.#open = this.#fresh();
    return batch;
  }

  #fresh(): Batch {
    const batch = this.#spare ?? new Batch(this.#pool);
    this.#spare = null;
    return batch;
  }
}
