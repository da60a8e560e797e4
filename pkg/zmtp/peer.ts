// What a program sees of one connection whose handshake is done.

import type { ZmtpVersion } from './greeting.ts';
import type { Metadata } from './metadata.ts';

/**
 * `accepted`: the message is queued for this connection, in order, and leaves at the end of the turn.
 * `full`: the queue is at its high-water mark; nothing was taken, and it stays full until `onDrain`.
 * `gone`: the connection is not there any more.
 */
export type SendResult = 'accepted' | 'full' | 'gone';

export interface Peer {
  /** Differs from that of every other connection of this process. */
  readonly id: number;
  /** The other end: `tcp://host:port`, or `ipc://path` of the endpoint. */
  readonly address: string;
  /** Whether this end made the connection. */
  readonly isDialed: boolean;
  readonly version: ZmtpVersion;
  /** The peer's own, for example `DEALER`. */
  readonly socketType: string;
  /** As the peer announced it; empty if it did not. */
  readonly identity: Uint8Array;
  /** Of a ROUTER: the identity, or one that was made up for the peer. Empty for all other sockets. */
  readonly routingId: Uint8Array;
  /** Properties by name in lower case. */
  readonly metadata: Metadata;
  /** The user name that the security mechanism vouches for, or null. */
  readonly userId: string | null;
  /** Accepted and not yet with the kernel. */
  readonly queuedMessages: number;
  /** The bytes of these, framing included. */
  readonly queuedBytes: number;
  readonly isPaused: boolean;
  /** The program's own: whatever it wants to find again with each message. Undefined at first. */
  context: unknown;
}
