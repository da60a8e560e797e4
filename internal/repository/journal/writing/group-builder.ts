// The group of the turn, while events are added: their bytes, and the blocks that they bring, not yet copied. Blocks
// that stand behind each other in memory, as those of one packet do, are kept as one run and cost one copy.

import { crc32 } from 'node:zlib';
import type { Event } from '../../../domain/event.ts';
import { ByteWriter } from '../format/byte-writer.ts';
import { writeEvent } from '../format/event-codec.ts';
import { groupBytes } from '../format/group-header.ts';
import { GROUP_HEADER_BYTES } from '../format/layout.ts';
import type { Arena } from './arena.ts';

/** A group in the arena: whole but for its header, which is written when it leaves for the disk. */
export interface BuiltGroup {
  readonly bytes: Uint8Array;
  readonly metaLength: number;
  readonly bodies: Uint8Array;
  readonly bodyCrc: number;
  readonly eventCount: number;
}

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

  /** Copies the group into the arena and begins the next; a staged event becomes the next one's first. */
  finish(arena: Arena): BuiltGroup {
    const metaLength = this.#metaLength;
    const bytes = arena.take(this.bytes);
    bytes.set(this.#metas.written().subarray(0, metaLength), GROUP_HEADER_BYTES);
    const bodyStart = GROUP_HEADER_BYTES + metaLength;
    let at = bodyStart;
    for (const { first, length } of this.#runs) {
      bytes.set(new Uint8Array(first.buffer, first.byteOffset, length), at);
      at += length;
    }
    bytes.fill(0, at);
    const bodies = bytes.subarray(bodyStart, at);
    const built = { bytes, metaLength, bodies, bodyCrc: crc32(bodies), eventCount: this.#events };
    this.#metas.dropFront(metaLength);
    this.#metaLength = 0;
    this.#runs = [];
    this.#bodyLength = 0;
    this.#events = 0;
    return built;
  }
}

const continues = ({ first, length }: Run, block: Uint8Array): boolean =>
  block.buffer === first.buffer && block.byteOffset === first.byteOffset + length;
