// Who is still there. Any frame is a sign of life; silence means something only from a peer that has promised not to be
// silent; and one that takes nothing for as long as silence may last does not read.

import type { WirePeer } from './wire-peer.ts';

/** A peer without hello and session that is silent for so long is forgotten. */
const STRANGER_MS = 600_000;

export interface LivenessOptions {
  readonly heartbeatMs: number;
  readonly heartbeatMisses: number;
}

/** `due`: the broker has said nothing for an interval. */
export type Liveness = 'well' | 'due' | 'forgotten' | 'silent' | 'slow';

export function livenessOf(peer: WirePeer, nowMs: number, { heartbeatMs, heartbeatMisses }: LivenessOptions): Liveness {
  const silentMs = nowMs - peer.lastHeardMs;
  if (peer.greeting === null && peer.served === null) return silentMs > STRANGER_MS ? 'forgotten' : 'well';
  const boundMs = heartbeatMs * heartbeatMisses;
  if (peer.beats && silentMs > boundMs && nowMs > peer.busyUntilMs) return 'silent';
  if (peer.greeting === null) return 'well';
  const isFull = peer.fullSinceMs !== null && nowMs - peer.fullSinceMs > boundMs;
  if (isFull && nowMs > peer.busyUntilMs) return 'slow';
  return nowMs - peer.outbox.lastSentMs >= heartbeatMs ? 'due' : 'well';
}

/** The broker was away for so long, until now: nobody was silent, busy or slow because of that. */
export function shiftLiveness(peer: WirePeer, byMs: number, nowMs: number): void {
  peer.lastHeardMs = Math.min(nowMs, peer.lastHeardMs + byMs);
  if (peer.busyUntilMs > 0) peer.busyUntilMs += byMs;
  if (peer.fullSinceMs !== null) peer.fullSinceMs = Math.min(nowMs, peer.fullSinceMs + byMs);
}

/** It said that it is busy: until the lease that it asked for ends, it need not say more. */
export function busyFor(peer: WirePeer, byMs: number | null, nowMs: number): void {
  if (peer.served === null) return;
  let ms = byMs;
  if (ms === null) {
    ms = 0;
    for (const queue of peer.served.indexOf.keys()) ms = Math.max(ms, queue.policy.leaseMs);
  }
  peer.busyUntilMs = Math.max(peer.busyUntilMs, nowMs + ms);
}
