// ROUTER (RFC 28): many peers, each told apart by its routing id, each sent to by name.
//
// Invariant: at any moment a routing id belongs to one connection. The id is the identity that the peer announced, or one
// that is made up, which begins with a zero octet as no peer's own may.

import { latin1Of } from '../bytes.ts';
import type { Connection } from '../connection.ts';
import { ZmtpError } from '../errors.ts';
import type { KnownPeer } from '../handshake.ts';
import type { Peer, SendResult } from '../peer.ts';
import { type SocketHandlers, type SocketOptions, ZmtpSocket } from './zmtp-socket.ts';

export interface RouterOptions extends SocketOptions {
  /** Announced to peers that are ROUTERs themselves. */
  readonly identity?: Uint8Array | string;
  /**
   * A second connection with an identity in use: `refuse` closes the newcomer, which may try again later; `handover`
   * closes the old one, whose peer is `onGone` with `IDENTITY_TAKEN`. Default `refuse`.
   */
  readonly identityInUse?: 'refuse' | 'handover';
}

export interface RouterHandlers extends SocketHandlers {
  /**
   * All whole messages that one read brought from one peer, never none, in order. The frames are views of the memory
   * that was read: keep them as long as you like, at the price of the whole read of up to 64 KiB.
   */
  onMessages(peer: Peer, messages: Uint8Array[][]): void;
  /** A peer that was `full` takes messages again. */
  onDrain?(peer: Peer): void;
}

export class Router extends ZmtpSocket {
  readonly #handlers: RouterHandlers;
  readonly #isHandover: boolean;
  readonly #peers = new Map<string, Connection>();
  #lastId = Math.floor(Math.random() * 2 ** 32);

  constructor(handlers: RouterHandlers, options: RouterOptions = {}) {
    super('ROUTER', handlers, options, options.identity);
    this.#handlers = handlers;
    this.#isHandover = options.identityInUse === 'handover';
  }

  /** The peer with this routing id now. */
  peer(routingId: Uint8Array): Peer | undefined {
    return this.#peers.get(latin1Of(routingId));
  }

  /** All peers now. */
  peers(): IterableIterator<Peer> {
    return this.#peers.values();
  }

  /**
   * Queues a message for a peer of this socket. Frames of 4 KiB and more are sent from where they lie: leave them as
   * they are. Throws a `RangeError` for a message without frames.
   */
  send(peer: Peer, frames: readonly Uint8Array[]): SendResult {
    return (peer as Connection).send(frames);
  }

  /**
   * Queues a message of one frame whose bytes lie in several places. Pieces of 4 KiB and more are sent from there: leave
   * them as they are.
   */
  sendInPieces(peer: Peer, pieces: readonly Uint8Array[]): SendResult {
    return (peer as Connection).sendInPieces(pieces);
  }

  protected override admit(peer: KnownPeer): ZmtpError | null {
    if (peer.identity[0] === 0) return new ZmtpError('BAD_HANDSHAKE', 'an identity that begins with a zero octet');
    if (this.#isHandover || peer.identity.length === 0 || this.peer(peer.identity) === undefined) return null;
    return new ZmtpError('IDENTITY_IN_USE', latin1Of(peer.identity).replaceAll(/[^\x20-\x7e]/g, '?'));
  }

  protected ready(connection: Connection): void {
    const { identity } = connection;
    connection.routingId = identity.length > 0 ? identity : this.#madeUpId();
    const key = latin1Of(connection.routingId);
    const before = this.#peers.get(key);
    this.#peers.set(key, connection);
    before?.drop(new ZmtpError('IDENTITY_TAKEN'));
  }

  protected messages(connection: Connection, messages: Uint8Array[][]): void {
    this.#handlers.onMessages(connection, messages);
  }

  protected drained(connection: Connection): void {
    this.#handlers.onDrain?.(connection);
  }

  protected gone(connection: Connection): void {
    const key = latin1Of(connection.routingId);
    if (this.#peers.get(key) === connection) this.#peers.delete(key);
  }

  /** As libzmq makes them: a zero octet and four that count. */
  #madeUpId(): Uint8Array {
    for (;;) {
      this.#lastId = (this.#lastId + 1) >>> 0;
      const id = new Uint8Array(5);
      new DataView(id.buffer).setUint32(1, this.#lastId);
      if (this.peer(id) === undefined) return id;
    }
  }
}
