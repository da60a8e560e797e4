// DEALER (RFC 28): sends to its peers in turn, passing over those without room; receives from all of them, each read of
// a readable peer in its turn of the event loop. Nothing is queued for a connection that is not there yet: without a
// peer `send` says `full`.

import type { Connection } from '../connection.ts';
import type { Peer, SendResult } from '../peer.ts';
import { RoundRobin } from './round-robin.ts';
import { type SocketHandlers, type SocketOptions, ZmtpSocket } from './zmtp-socket.ts';

export interface DealerOptions extends SocketOptions {
  /** By which a ROUTER knows this socket again, up to 255 bytes, the first not zero. Default: none. */
  readonly identity?: Uint8Array | string;
}

export interface DealerHandlers extends SocketHandlers {
  /** As `RouterHandlers.onMessages`. */
  onMessages(peer: Peer, messages: Uint8Array[][]): void;
  /** After a `full`: there is a peer with room again. */
  onDrain?(): void;
}

export class Dealer extends ZmtpSocket {
  readonly #handlers: DealerHandlers;
  readonly #peers = new RoundRobin();

  constructor(handlers: DealerHandlers, options: DealerOptions = {}) {
    super('DEALER', handlers, options, options.identity);
    this.#handlers = handlers;
  }

  /** Queues a message for the next peer with room: `full` if there is none. Frames as for `Router.send`. */
  send(frames: readonly Uint8Array[]): Exclude<SendResult, 'gone'> {
    return this.#peers.send(frames) === null ? 'full' : 'accepted';
  }

  /** Queues a message for one peer, out of turn. */
  sendTo(peer: Peer, frames: readonly Uint8Array[]): SendResult {
    return (peer as Connection).send(frames);
  }

  protected ready(connection: Connection): void {
    this.#peers.add(connection);
    this.#revive();
  }

  protected messages(connection: Connection, messages: Uint8Array[][]): void {
    this.#handlers.onMessages(connection, messages);
  }

  protected drained(): void {
    this.#revive();
  }

  protected gone(connection: Connection): void {
    this.#peers.remove(connection);
  }

  #revive(): void {
    if (this.#peers.revived()) this.#handlers.onDrain?.();
  }
}
