// PUB (RFC 29): sends to those who subscribed, and hears nothing from them but that.

import { Publisher, type PublisherHandlers } from './publisher.ts';
import type { SocketOptions } from './zmtp-socket.ts';

export type PubOptions = SocketOptions;
export type PubHandlers = PublisherHandlers;

export class Pub extends Publisher {
  constructor(handlers: PubHandlers = {}, options: PubOptions = {}) {
    super('PUB', handlers, options);
  }

  protected changed(): void {
    // The program does not hear of subscriptions (RFC 29).
  }

  protected upstream(): void {
    // What subscribers send is passed over (RFC 29).
  }
}
