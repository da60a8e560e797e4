// The group of the turn, while events are added: their bytes, and the blocks that they bring, not copied yet. Blocks
// that stand behind each other in memory, as those of one packet do, are kept as one run and cost one copy.

import { crc32 } from 'node:zlib';
import type { Event } from '../../../domain/event.ts';
import { ByteWriter } from '../format/byte-writer.ts';
import { writeEvent } from '../format/event-codec.ts';
import { groupBytes } from '../format/group-header.ts';
import { GROUP_HEADER_BYTES } from '../format/layout.ts';
import type { Arena } from './arena.ts';

/** A group as it goes to the disk: whole but for its header, which is written when it leaves. */
export interface BuiltGroup {
  /** One behind the other they are the group; the first begins with the room of the header. */
  readonly pieces: readonly Uint8Array[];
  /** Of all pieces. */
  readonly size: number;
  readonly metaLength: number;
  readonly bodies: Uint8Array;
  readonly bodyCrc: number;
  readonly eventCount: number;
}

/** From here on a piece of its own costs less than a copy. */
const LONG_BYTES = 128 * 1024;

/** Blocks that stand one behind the other in memory: the first of them, and the length of all. */
interface Run {
  readonly first: Uint8Array;
  length: number;
}

export class GroupBuilder {
  readonly #metas = new ByteWriter();
  #runs: Run[] = [];
  #metaLength = 0;
  #bodyLength = 0;
  #events = 0;

  get events(): number {
    return this.#events;
  }

  get bodyLength(): number {
    return this.#bodyLength;
  }

  /** What the group takes on disk as it stands. */
  get bytes(): number {
    return groupBytes(this.#metaLength, this.#bodyLength);
  }

  /** Encodes the event, not yet part of the group, and gives the size that the group has with it. */
  stage(event: Event, blockBytes: number): number {
    writeEvent(this.#metas, event);
    return groupBytes(this.#metas.length, this.#bodyLength + blockBytes);
  }

  get stagedMetaLength(): number {
    return this.#metas.length - this.#metaLength;
  }

  /** What the staged event would take in a group of its own. */
  stagedAlone(blockBytes: number): number {
    return groupBytes(this.stagedMetaLength, blockBytes);
  }

  /** Undoes a `stage` that threw or was not wanted. */
  unstage(): void {
    this.#metas.truncate(this.#metaLength);
  }

  /** Makes the staged event, and the blocks it brings, part of the group. */
  take(blocks: readonly Uint8Array[]): void {
    this.#metaLength = this.#metas.length;
    this.#events += 1;
    let run = this.#runs.at(-1);
    for (const block of blocks) {
      if (run !== undefined && continues(run, block)) {
        run.length += block.length;
      } else {
        run = { first: block, length: block.length };
        this.#runs.push(run);
      }
      this.#bodyLength += block.length;
    }
  }

  /**
   * Puts the group together in the arena, and begins the next; a staged event becomes the next one's first. Blocks that
   * are long and fill the memory in which they came are written from there: a copy of megabytes costs the collector more
   * than the processor.
   */
  finish(arena: Arena): BuiltGroup {
    const metaLength = this.#metaLength;
    const size = this.bytes;
    const bodyStart = GROUP_HEADER_BYTES + metaLength;
    const own = this.#ownMemory();
    const bytes = arena.take(own === null ? size : size - own.length);
    bytes.set(this.#metas.written().subarray(0, metaLength), GROUP_HEADER_BYTES);
    const bodies = own ?? bytes.subarray(bodyStart, this.#copyBlocks(bytes, bodyStart));
    bytes.fill(0, bodyStart + (own === null ? bodies.length : 0));
    const pieces = own === null ? [bytes] : [bytes.subarray(0, bodyStart), own, bytes.subarray(bodyStart)];
    const built = { pieces, size, metaLength, bodies, bodyCrc: crc32(bodies), eventCount: this.#events };
    this.#metas.dropFront(metaLength);
    this.#metaLength = 0;
    this.#runs = [];
    this.#bodyLength = 0;
    this.#events = 0;
    return built;
  }

  /** The blocks where they lie, if that is one place. */
  #ownMemory(): Uint8Array | null {
    const run = this.#runs[0];
    if (run === undefined || this.#runs.length > 1 || run.length < LONG_BYTES) return null;
    const { buffer, byteOffset } = run.first;
    // They stay in memory as long as anybody may ask for them, and what stands around them with them.
    return run.length * 2 < buffer.byteLength ? null : new Uint8Array(buffer, byteOffset, run.length);
  }

  #copyBlocks(bytes: Uint8Array, from: number): number {
    let at = from;
    for (const { first, length } of this.#runs) {
      bytes.set(new Uint8Array(first.buffer, first.byteOffset, length), at);
      at += length;
    }
    return at;
  }
}

const continues = ({ first, length }: Run, block: Uint8Array): boolean =>
  block.buffer === first.buffer && block.byteOffset === first.byteOffset + length;
