// The peers of a socket that picks one of them for each message, in turn (RFC 28).
// Invariant: while starved, no peer had room when it was last asked, and one that has room again is told by `revived`.

import type { Connection } from '../connection.ts';
import type { SendResult } from '../peer.ts';

export class RoundRobin {
  readonly #peers: Connection[] = [];
  #next = 0;
  #isStarved = false;

  add(connection: Connection): void {
    this.#peers.push(connection);
  }

  remove(connection: Connection): void {
    const index = this.#peers.indexOf(connection);
    if (index === -1) return;
    this.#peers.splice(index, 1);
    if (index < this.#next) this.#next -= 1;
  }

  /** A peer came or has room again: true if somebody is waiting for that. */
  revived(): boolean {
    const wasStarved = this.#isStarved;
    this.#isStarved = false;
    return wasStarved;
  }

  /** The peer that took the message, or null if there is none with room. */
  send(frames: readonly Uint8Array[]): Connection | null {
    if (this.#isStarved) return null;
    const count = this.#peers.length;
    for (let tried = 0; tried < count; tried += 1) {
      if (this.#next >= count) this.#next = 0;
      const peer = this.#peers[this.#next]!;
      this.#next += 1;
      const result: SendResult = peer.send(frames);
      if (result === 'accepted') return peer;
    }
    this.#isStarved = true;
    return null;
  }
}
