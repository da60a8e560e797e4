// Routing id ↔ peer number. A number is never used again: a peer that was forgotten and speaks again is a new one.
// Invariants: both maps hold the same peers; there are at most `peersMax`; a peer with something queued or unread is
// never evicted.

import { asPeerId, type PeerId } from '../../domain/ids.ts';

export interface TablePeer {
  readonly id: PeerId;
  readonly routingId: Uint8Array;
  /** Heard or spoken to since the eviction hand last passed. */
  recent: boolean;
  /** Has messages under way, so it may not be evicted. */
  readonly busy: boolean;
}

export type Admission<P> = { readonly peer: P; readonly evicted: P | undefined };

export class PeerTable<P extends TablePeer> {
  readonly #byKey = new Map<string | number, P>();
  readonly #byId = new Map<PeerId, P>();
  readonly #peersMax: number;
  readonly #build: (id: PeerId, routingId: Uint8Array) => P;
  #lastId = 0;

  constructor(peersMax: number, build: (id: PeerId, routingId: Uint8Array) => P) {
    this.#peersMax = peersMax;
    this.#build = build;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: PeerId): P | undefined {
    return this.#byId.get(id);
  }

  values(): IterableIterator<P> {
    return this.#byId.values();
  }

  find(routingId: Uint8Array): P | undefined {
    return this.#byKey.get(keyOf(routingId));
  }

  /** Makes a peer of a routing id that is not in the table; undefined when every seat is taken by a busy peer. */
  admit(routingId: Uint8Array): Admission<P> | undefined {
    let evicted: P | undefined;
    if (this.#byId.size >= this.#peersMax) {
      evicted = this.#idlest();
      if (evicted === undefined) return undefined;
      this.forget(evicted);
    }
    this.#lastId += 1;
    const peer = this.#build(asPeerId(this.#lastId), routingId);
    this.#byKey.set(keyOf(routingId), peer);
    this.#byId.set(peer.id, peer);
    return { peer, evicted };
  }

  forget(peer: P): void {
    this.#byId.delete(peer.id);
    const key = keyOf(peer.routingId);
    if (this.#byKey.get(key) === peer) this.#byKey.delete(key);
  }

  /**
   * Second chance: the map is the ring, its front is the hand. A recent peer loses its mark and goes to the back, so a
   * pass over it is paid by the message that set the mark.
   */
  #idlest(): P | undefined {
    let fallback: P | undefined;
    let left = this.#byKey.size;
    for (const [key, peer] of this.#byKey) {
      if (left === 0) break;
      left -= 1;
      if (!peer.busy) {
        if (!peer.recent) return peer;
        fallback ??= peer;
      }
      peer.recent = false;
      this.#byKey.delete(key);
      this.#byKey.set(key, peer);
    }
    return fallback;
  }
}

/** libzmq's own routing ids are a zero byte and 32 bits; an id that a client chose never begins with zero. */
function keyOf(id: Uint8Array): string | number {
  if (id.length === 5 && id[0] === 0) {
    return (id[1] ?? 0) * 0x1_00_00_00 + (((id[2] ?? 0) << 16) | ((id[3] ?? 0) << 8) | (id[4] ?? 0));
  }
  return String.fromCharCode(...id);
}
