// What the desks have seen, together, as `status` shows it.

import type { FrontDesk } from '../delivery/desk/front-desk.ts';
import type { PeerId } from '../domain/ids.ts';

export function wireView(desks: readonly FrontDesk[]): object {
  const refused: Record<string, number> = {};
  for (const { refusedByCode } of desks) {
    for (const [code, count] of refusedByCode) refused[code] = (refused[code] ?? 0) + count;
  }
  const sum = (count: (desk: FrontDesk) => number): number => desks.reduce((total, desk) => total + count(desk), 0);
  return {
    refused_input: refused,
    wire: {
      peers: sum(({ peers }) => peers.size),
      messages: sum(({ counters }) => counters.messages),
      dropped_replies: sum(({ counters }) => counters.droppedReplies),
      silent_peers: sum(({ counters }) => counters.silentPeers),
      slow_peers: sum(({ counters }) => counters.slowPeers),
      unsent: sum(({ counters }) => counters.unsent),
      lost_at_hand_over: sum(({ counters }) => counters.lostAtHandOver),
    },
  };
}

/** When a connection was last heard of; null for one that is gone. */
export const heardMs = (desks: readonly FrontDesk[], peer: PeerId): number | null =>
  desks.find((desk) => desk.serves(peer))?.peers.get(peer)?.lastHeardMs ?? null;

/** Peers for whom something waits behind a body that is away. */
export const heldPeers = (desks: readonly FrontDesk[]): number =>
  desks.reduce((sum, { peers }) => sum + [...peers.values()].filter(({ line }) => line.busy).length, 0);
