// What a desk counts of its peers and of what it could not do for them.

export interface DeskCounters {
  messages: number;
  refusedInput: number;
  droppedReplies: number;
  silentPeers: number;
  slowPeers: number;
  /** Frames for a peer that had gone: replies, heartbeats, and deliveries whose leases end with it. */
  unsent: number;
  /** At-most-once messages that were settled and then could not be handed over. */
  lostAtHandOver: number;
}

export const noDeskCounts = (): DeskCounters => ({
  messages: 0,
  refusedInput: 0,
  droppedReplies: 0,
  silentPeers: 0,
  slowPeers: 0,
  unsent: 0,
  lostAtHandOver: 0,
});
