// The messages that are under way: numbered, and not yet confirmed or refused. A ring over as many sequences as the
// broker can tell duplicates in; slot = sequence % capacity, in parallel arrays, so that a message costs no object here.
// Invariants: base <= next <= base + capacity; the slot of `base` is taken unless base = next; `bytes` is the sum of the
// taken lengths.

import { TachyonError } from '../../protocol/index.ts';
import type { PublishPacket } from './publish-packet.ts';
import type { PublishReceipt } from './receipt.ts';

/** The broker's window of known sequences. A power of two. */
export const OUTSTANDING_MAX = 16_384;
const MASK = OUTSTANDING_MAX - 1;

export type Resolve = (receipt: PublishReceipt) => void;
export type Reject = (error: TachyonError) => void;

/** Consecutive messages that lie back to back in one packet. */
export interface Run {
  readonly first: number;
  readonly count: number;
  readonly blocks: Uint8Array;
  /** A whole batch. */
  readonly atomic: boolean;
}

/** This attempt was refused; one before it, under the producer that the broker forgot, may have been accepted. */
function uncertain(error: TachyonError): TachyonError {
  const { code, detail, retryAfterMs } = error;
  const cause = new TachyonError('UNKNOWN_PRODUCER', 'an earlier attempt may have been accepted');
  return new TachyonError(code, detail, retryAfterMs === undefined ? { cause } : { cause, retryAfterMs });
}

const FREE = 0;
const TAKEN = 1;
/** Sent under a producer id that the broker forgot. */
const UNCERTAIN = 2;

export class Outstanding {
  readonly #state = new Uint8Array(OUTSTANDING_MAX);
  readonly #starts = new Uint32Array(OUTSTANDING_MAX);
  readonly #lengths = new Uint32Array(OUTSTANDING_MAX);
  readonly #packets: (PublishPacket | null)[] = new Array(OUTSTANDING_MAX).fill(null);
  readonly #resolves: (Resolve | null)[] = new Array(OUTSTANDING_MAX).fill(null);
  readonly #rejects: (Reject | null)[] = new Array(OUTSTANDING_MAX).fill(null);
  #base = 1;
  #next = 1;
  #bytes = 0;

  /** The oldest sequence under way; `next` when there is none. */
  get base(): number {
    return this.#base;
  }

  /** The sequence of the next message. */
  get next(): number {
    return this.#next;
  }

  /** How far the sequences under way reach apart. */
  get span(): number {
    return this.#next - this.#base;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The message of `length` bytes from `start` on in `packet` gets the next sequence. */
  push(packet: PublishPacket, start: number, length: number, resolve: Resolve, reject: Reject): void {
    const slot = this.#next & MASK;
    this.#state[slot] = TAKEN;
    this.#starts[slot] = start;
    this.#lengths[slot] = length;
    this.#packets[slot] = packet;
    this.#resolves[slot] = resolve;
    this.#rejects[slot] = reject;
    this.#bytes += length;
    this.#next += 1;
  }

  has(sequence: number): boolean {
    return sequence >= this.#base && sequence < this.#next && this.#state[sequence & MASK] !== FREE;
  }

  /** The batch that a message under way belongs to; null for one that stands alone. */
  batchOf(sequence: number): PublishPacket | null {
    const packet = this.#packets[sequence & MASK] ?? null;
    return packet?.atomic === true ? packet : null;
  }

  accept(sequence: number, position: number, durability: PublishReceipt['durability'], duplicate: boolean): void {
    const slot = sequence & MASK;
    const resolve = this.#resolves[slot] as Resolve;
    const isUncertain = this.#state[slot] === UNCERTAIN;
    this.#release(slot);
    resolve({ position, durability, duplicate: isUncertain ? 'unknown' : duplicate, sequence });
  }

  refuse(sequence: number, error: TachyonError): void {
    const slot = sequence & MASK;
    const reject = this.#rejects[slot] as Reject;
    const isUncertain = this.#state[slot] === UNCERTAIN;
    this.#release(slot);
    reject(isUncertain ? uncertain(error) : error);
  }

  /** Moves `base` over what is settled. To be called after a round of `accept` and `refuse`. */
  advance(): void {
    while (this.#base < this.#next && this.#state[this.#base & MASK] === FREE) this.#base += 1;
  }

  /** Everything that was sent may have been accepted by a broker that does not remember; gives how many that are. */
  markUncertain(): number {
    let marked = 0;
    for (let sequence = this.#base; sequence < this.#next; sequence += 1) {
      const slot = sequence & MASK;
      if (this.#state[slot] === FREE || this.#packets[slot]?.sent !== true) continue;
      this.#state[slot] = UNCERTAIN;
      marked += 1;
    }
    return marked;
  }

  /** What is under way, in order, to be sent now: runs without a gap, at most `bytesMax` long (a larger message is a run by itself). */
  *runs(bytesMax: number, countMax: number): Generator<Run> {
    let sequence = this.#base;
    while (sequence < this.#next) {
      const first = sequence;
      const packet = this.#packets[first & MASK] ?? null;
      if (packet === null) {
        sequence += 1;
        continue;
      }
      const start = this.#starts[first & MASK]!;
      let end = start;
      do {
        end += this.#lengths[sequence & MASK]!;
        sequence += 1;
      } while (
        sequence < this.#next &&
        this.#packets[sequence & MASK] === packet &&
        (packet.atomic || (sequence - first < countMax && end - start + this.#lengths[sequence & MASK]! <= bytesMax))
      );
      packet.sent = true;
      yield { first, count: sequence - first, blocks: packet.blocks(start, end), atomic: packet.atomic };
    }
  }

  /** Every message that is under way fails. */
  refuseAll(error: TachyonError): void {
    for (let sequence = this.#base; sequence < this.#next; sequence += 1) {
      if (this.has(sequence)) this.refuse(sequence, error);
    }
    this.advance();
  }

  #release(slot: number): void {
    this.#state[slot] = FREE;
    this.#bytes -= this.#lengths[slot]!;
    this.#packets[slot] = null;
    this.#resolves[slot] = null;
    this.#rejects[slot] = null;
  }

  checkInvariants(): void {
    let bytes = 0;
    for (let sequence = this.#base; sequence < this.#next; sequence += 1) {
      if (this.has(sequence)) bytes += this.#lengths[sequence & MASK]!;
    }
    const holds =
      this.span >= 0 &&
      this.span <= OUTSTANDING_MAX &&
      bytes === this.#bytes &&
      (this.span === 0 || this.has(this.#base));
    if (!holds)
      throw new Error(`outstanding: base ${this.#base}, next ${this.#next}, ${this.#bytes} of ${bytes} bytes`);
  }
}
