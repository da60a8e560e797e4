// XPUB (RFC 29): a PUB whose program hears of the subscriptions, as messages: 1 and the prefix when the first peer asks
// for it, 0 and the prefix when the last one no longer does, by cancelling or by going away.

import type { Peer } from '../peer.ts';
import { Publisher, type PublisherHandlers, subscriptionMessage } from './publisher.ts';
import type { SocketOptions } from './zmtp-socket.ts';

export interface XPubOptions extends SocketOptions {
  /** Every subscription and every cancel is told, not only the first and the last of a prefix. Default false. */
  readonly isVerbose?: boolean;
}

export interface XPubHandlers extends PublisherHandlers {
  /** Subscriptions, one a message, and messages that XSUB peers sent. */
  onMessages(peer: Peer, messages: Uint8Array[][]): void;
}

export class XPub extends Publisher {
  readonly #handlers: XPubHandlers;
  readonly #isVerbose: boolean;

  constructor(handlers: XPubHandlers, options: XPubOptions = {}) {
    super('XPUB', handlers, options);
    this.#handlers = handlers;
    this.#isVerbose = options.isVerbose ?? false;
  }

  protected changed(peer: Peer, prefix: Uint8Array, isWanted: boolean, isEdge: boolean): void {
    if (isEdge || this.#isVerbose) this.#handlers.onMessages(peer, [[subscriptionMessage(prefix, isWanted)]]);
  }

  protected upstream(peer: Peer, messages: Uint8Array[][]): void {
    this.#handlers.onMessages(peer, messages);
  }
}
