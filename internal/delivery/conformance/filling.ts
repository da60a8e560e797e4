// Fills a peer that does not read: first to the transport's bound, then until the kernel's buffers are full as well.

import type { PeerId } from '../../domain/ids.ts';
import { eventually } from '../../testing/eventually.ts';
import type { World } from './harness.ts';

const BLOCK_BYTES = 64 * 1024;
/** Far more than the bounds of the suite and any kernel's socket buffers hold. */
const BLOCKS_MAX = 4_000;
/** A peer that shows no drain for so long has nowhere left to drain to. */
const STUCK_AFTER_MS = 300;

/**
 * Sends numbered blocks (a little-endian u32 in front) until the peer is full and stays full; says how many were
 * accepted. Fails when a peer that does not read takes everything.
 */
export async function fillToTheBrim(world: World, peer: PeerId): Promise<number> {
  let accepted = 0;
  while (accepted < BLOCKS_MAX) {
    const block = Buffer.alloc(BLOCK_BYTES);
    block.writeUInt32LE(accepted);
    const result = world.transport.send(peer, [block]);
    if (result === 'accepted') {
      accepted += 1;
      continue;
    }
    if (result === 'gone') throw new Error('the peer went while it was filled');
    const drains = world.recorder.drained.length;
    const drained = await eventually('a drain', () => world.recorder.drained.length > drains, {
      withinMs: STUCK_AFTER_MS,
    }).catch(() => false);
    if (!drained) return accepted;
  }
  throw new Error(`${BLOCKS_MAX} blocks were accepted for a peer that does not read`);
}
