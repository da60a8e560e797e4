// Reads the blocks of some messages for people: what is in hand at once, the rest from the journal, one group after
// the other, without leasing anything.

import type { Position } from '../domain/ids.ts';
import type { Bodies } from './bodies.ts';
import type { Journal } from './ports/journal.ts';

export interface WantedBlock {
  readonly position: Position;
  readonly offset: number;
  readonly length: number;
}

const CHUNK_BYTES = 256 * 1024;

/** `done` gets a block for each wanted one, in order; null where it could not be read. */
export function readBlocks(
  journal: Journal,
  bodies: Bodies,
  wanted: readonly WantedBlock[],
  done: (blocks: readonly (Uint8Array | null)[]) => void,
): void {
  const blocks: (Uint8Array | null)[] = [];
  let read = new Map<Position, Uint8Array>();
  const cut = (section: Uint8Array, { offset, length }: WantedBlock): Uint8Array =>
    section.slice(offset, offset + length);
  const step = (): void => {
    for (let next = wanted[blocks.length]; next !== undefined; next = wanted[blocks.length]) {
      const section = bodies.get(next.position) ?? read.get(next.position);
      if (section === undefined) break;
      blocks.push(cut(section, next));
    }
    const missing = wanted[blocks.length];
    if (missing === undefined) return done(blocks);
    journal.read(missing.position, CHUNK_BYTES, (error, groups) => {
      read = new Map(groups.map((group) => [group.position, group.bodies]));
      if (error !== null && !read.has(missing.position)) blocks.push(null);
      step();
    });
  };
  step();
}
