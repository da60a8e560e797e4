// REQ (RFC 28): one request, one reply, in lock-step. The empty frame between envelope and message is put there and
// taken away here.
//
// Invariant: at most one request is out. Unlike the REQ of libzmq it does not hang when the peer goes: the loss is told
// and the next request may be sent.

import { EMPTY } from '../bytes.ts';
import type { Connection } from '../connection.ts';
import { ZmtpError } from '../errors.ts';
import type { Peer, SendResult } from '../peer.ts';
import { RoundRobin } from './round-robin.ts';
import { type SocketHandlers, type SocketOptions, ZmtpSocket } from './zmtp-socket.ts';

export interface ReqOptions extends SocketOptions {
  readonly identity?: Uint8Array | string;
}

export interface ReqHandlers extends SocketHandlers {
  /** The reply to the request that is out; the next may be sent. */
  onReply(peer: Peer, frames: Uint8Array[]): void;
  /** The connection ended before the reply came: nobody knows whether the request was heard. The next may be sent. */
  onReplyLost?(peer: Peer, error: ZmtpError): void;
  /** After a `full` for want of a peer: there is one. */
  onDrain?(): void;
}

export class Req extends ZmtpSocket {
  readonly #handlers: ReqHandlers;
  readonly #peers = new RoundRobin();
  #asked: Connection | null = null;

  constructor(handlers: ReqHandlers, options: ReqOptions = {}) {
    super('REQ', handlers, options, options.identity);
    this.#handlers = handlers;
  }

  /** Whether a request is out. */
  get isWaiting(): boolean {
    return this.#asked !== null;
  }

  /** Sends a request to the next peer: `full` while one is out, and if there is no peer with room. */
  send(frames: readonly Uint8Array[]): Exclude<SendResult, 'gone'> {
    if (frames.length === 0) throw new RangeError('a message has at least one frame');
    if (this.#asked !== null) return 'full';
    this.#asked = this.#peers.send([EMPTY, ...frames]);
    return this.#asked === null ? 'full' : 'accepted';
  }

  /**
   * Gives up the request that is out: its connection is ended, as nothing else tells a late reply from a right one.
   * `onReplyLost` is told.
   */
  cancel(): void {
    this.#asked?.drop();
  }

  protected ready(connection: Connection): void {
    this.#peers.add(connection);
    this.#revive();
  }

  protected messages(connection: Connection, messages: Uint8Array[][]): void {
    for (const frames of messages) {
      // What nobody asked for is passed over (RFC 28).
      if (connection !== this.#asked) continue;
      if (frames.length < 2 || frames[0]!.length > 0) return connection.drop(new ZmtpError('BAD_ENVELOPE'));
      this.#asked = null;
      frames.shift();
      this.#handlers.onReply(connection, frames);
    }
  }

  protected drained(): void {
    this.#revive();
  }

  protected gone(connection: Connection, error: ZmtpError): void {
    this.#peers.remove(connection);
    if (this.#asked !== connection) return;
    this.#asked = null;
    this.#handlers.onReplyLost?.(connection, error);
  }

  #revive(): void {
    if (this.#peers.revived()) this.#handlers.onDrain?.();
  }
}
