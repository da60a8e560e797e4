// The gate: an effect that depends on something leaves when that is durable. Order is kept per peer: what follows a
// held effect of the same peer waits behind it; other peers do not.
// Invariant: held effects stand in the order of their positions.

import type { Effect } from '../domain/effect.ts';
import type { PeerId, Position } from '../domain/ids.ts';

/** An effect on its way out. `blocks`: what a delivery hands over, neighbours in one piece. */
export interface Outgoing {
  readonly effect: Effect;
  readonly position: Position;
  readonly blocks: readonly Uint8Array[] | null;
}

export class Gate {
  #held: Outgoing[] = [];
  #head = 0;
  readonly #heldOfPeer = new Map<PeerId, number>();

  get size(): number {
    return this.#held.length - this.#head;
  }

  /** Takes the effect; gives it back when it may leave at once. */
  pass(outgoing: Outgoing, durable: Position): Outgoing | null {
    const { effect, position } = outgoing;
    const behind = effect.peer !== null && this.#heldOfPeer.has(effect.peer);
    if (!behind && (!effect.gated || position <= durable)) return outgoing;
    this.#held.push(outgoing);
    if (effect.peer !== null) this.#heldOfPeer.set(effect.peer, (this.#heldOfPeer.get(effect.peer) ?? 0) + 1);
    return null;
  }

  /** Everything that waited for `durable` or less, in order. */
  release(durable: Position): Outgoing[] {
    const leaving: Outgoing[] = [];
    for (;;) {
      const first = this.#held[this.#head];
      if (first === undefined || first.position > durable) break;
      this.#head += 1;
      leaving.push(first);
      const { peer } = first.effect;
      if (peer === null) continue;
      const left = (this.#heldOfPeer.get(peer) ?? 1) - 1;
      if (left === 0) this.#heldOfPeer.delete(peer);
      else this.#heldOfPeer.set(peer, left);
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#held.length) {
      this.#held = this.#held.slice(this.#head);
      this.#head = 0;
    } else if (this.#head === this.#held.length) {
      this.#held = [];
      this.#head = 0;
    }
    return leaving;
  }
}
