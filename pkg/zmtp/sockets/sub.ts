// SUB (RFC 29): asks all its publishers for what begins with one of its prefixes. The publishers filter.
// Invariant: every publisher, also one that comes later or comes again, was asked for each prefix once.

import { latin1Of } from '../bytes.ts';
import { encodeCancel, encodeSubscribe } from '../commands.ts';
import type { Connection } from '../connection.ts';
import { encodeMessageFrame } from '../frame-encoder.ts';
import type { Peer } from '../peer.ts';
import { subscriptionMessage } from './publisher.ts';
import { type SocketHandlers, type SocketOptions, ZmtpSocket } from './zmtp-socket.ts';

export type SubOptions = SocketOptions;

export interface SubHandlers extends SocketHandlers {
  /** As `RouterHandlers.onMessages`. */
  onMessages(peer: Peer, messages: Uint8Array[][]): void;
}

export class Sub extends ZmtpSocket {
  readonly #handlers: SubHandlers;
  readonly #peers = new Set<Connection>();
  readonly #subscriptions = new Map<string, { readonly prefix: Uint8Array; count: number }>();

  constructor(handlers: SubHandlers, options: SubOptions = {}) {
    super('SUB', handlers, options);
    this.#handlers = handlers;
  }

  /** Asks for all messages whose first frame begins with this; nothing asks for all. Counted: two need two cancels. */
  subscribe(prefix: Uint8Array | string = ''): void {
    const bytes = bytesOf(prefix);
    const key = latin1Of(bytes);
    const known = this.#subscriptions.get(key);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    this.#subscriptions.set(key, { prefix: bytes, count: 1 });
    for (const peer of this.#peers) ask(peer, bytes, true);
  }

  /** Takes one `subscribe` back; messages that are under way still come. */
  unsubscribe(prefix: Uint8Array | string = ''): void {
    const key = latin1Of(bytesOf(prefix));
    const known = this.#subscriptions.get(key);
    if (known === undefined) return;
    known.count -= 1;
    if (known.count > 0) return;
    this.#subscriptions.delete(key);
    for (const peer of this.#peers) ask(peer, known.prefix, false);
  }

  protected ready(connection: Connection): void {
    this.#peers.add(connection);
    for (const { prefix } of this.#subscriptions.values()) ask(connection, prefix, true);
  }

  protected messages(connection: Connection, messages: Uint8Array[][]): void {
    this.#handlers.onMessages(connection, messages);
  }

  protected drained(): void {
    // A SUB sends nothing that could fill a queue.
  }

  protected gone(connection: Connection): void {
    this.#peers.delete(connection);
  }
}

/** A copy, so that the program may use its bytes again. */
const bytesOf = (prefix: Uint8Array | string): Uint8Array =>
  typeof prefix === 'string' ? new TextEncoder().encode(prefix) : prefix.slice();

/** As a command to who knows it, as a message to publishers before ZMTP 3.1. */
function ask(peer: Connection, prefix: Uint8Array, isWanted: boolean): void {
  if (peer.version !== '3.1') return peer.sendCommand(encodeMessageFrame(subscriptionMessage(prefix, isWanted)));
  peer.sendCommand(isWanted ? encodeSubscribe(prefix) : encodeCancel(prefix));
}
