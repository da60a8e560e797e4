// A link over a DEALER socket of pkg/zmtp. Invariants: it has one connection in its life; what was sent before the
// connection stood leaves first, in order; `lost` is told once, and never from within `send`.
//
// Each message is handed to the kernel inside `send`, not at the end of the turn: the application's own code may run
// next and block the event loop for long, and the extension of its leases must be on its way by then. A packet holds
// what a turn gathered, so one write each costs nothing.
//
// The PINGs find a connection that is half open. They tell no time to live: nobody answers for a blocked event loop, and
// the broker would end a connection whose handler it has just granted more time.

import { PACKET_BYTES_MAX } from '../../protocol/index.ts';
import { Dealer, type Peer } from '../../zmtp/index.ts';
import type { Frames, Link, LinkEvents } from './link.ts';

const LIMITS = {
  messageBytesMax: PACKET_BYTES_MAX,
  framesMax: 64,
  handshakeMs: 10_000,
  // What may be under way is bounded above the link, see `Link.send`.
  queueMessagesMax: Number.MAX_SAFE_INTEGER,
  queueBytesMax: Number.MAX_SAFE_INTEGER,
};
const HEARTBEAT = { intervalMs: 5_000, timeoutMs: 15_000, ttlMs: 0 };

export function openZmtpLink(address: string, events: LinkEvents): Link {
  return new ZmtpLink(address, events);
}

class ZmtpLink implements Link {
  readonly #events: LinkEvents;
  readonly #socket: Dealer;
  #peer: Peer | null = null;
  #early: Frames[] = [];
  #ended = false;

  constructor(address: string, events: LinkEvents) {
    this.#events = events;
    this.#socket = new Dealer(
      {
        onConnected: (peer) => this.#begin(peer),
        onMessages: (_peer, messages) => this.#take(messages),
        onGone: (_peer, error) => this.#lose(error),
        onRefused: (error) => this.#lose(error),
      },
      { limits: LIMITS, heartbeat: HEARTBEAT },
    );
    try {
      this.#socket.connect(address);
    } catch (error) {
      // An address that cannot be read. Told later, as any other loss is.
      setImmediate(() => this.#lose(error));
    }
  }

  send(frames: Frames): boolean {
    if (this.#ended) return false;
    if (this.#peer === null) this.#early.push(frames);
    else this.#hand(this.#peer, frames);
    return true;
  }

  close(): void {
    this.#ended = true;
    this.#early = [];
    // Resolves when the connection is gone; nothing here waits for that.
    void this.#socket.close();
  }

  #begin(peer: Peer): void {
    this.#peer = peer;
    const early = this.#early;
    this.#early = [];
    for (const frames of early) this.#hand(peer, frames);
  }

  #hand(peer: Peer, frames: Frames): void {
    this.#socket.sendTo(peer, frames);
    this.#socket.flush(peer);
  }

  #take(messages: readonly Frames[]): void {
    for (const frames of messages) {
      // What a message brings may end the link.
      if (this.#ended) return;
      this.#events.message(frames);
    }
  }

  /** Closed here and now, so that the socket does not dial again. */
  #lose(error: unknown): void {
    if (this.#ended) return;
    this.close();
    this.#events.lost(error instanceof Error ? error.message : String(error));
  }
}
