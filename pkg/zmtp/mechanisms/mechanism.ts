// The seam of the security mechanisms: commands in, commands out, until the peer is known or refused. A mechanism knows
// no socket and no timer; one instance serves one connection.
//
// CURVE would come in here as two more classes beside PLAIN. What it needs on top is traffic sealed in MESSAGE commands,
// which is a codec between connection and frames, and is not here.

import type { Command } from '../commands.ts';
import type { Metadata } from '../metadata.ts';

export type MechanismStep =
  /** Send these, and wait for the next command. */
  | { readonly type: 'continue'; readonly send: readonly Uint8Array[] }
  /** The peer is known: once its metadata are found good, send these and go over to traffic. */
  | {
      readonly type: 'done';
      readonly metadata: Metadata;
      readonly userId: string | null;
      readonly send: readonly Uint8Array[];
    }
  /** The peer is not let in: it gets ERROR with this reason. */
  | { readonly type: 'refused'; readonly reason: string };

export interface Mechanism {
  /** The client's first commands; none of a server. */
  start(): readonly Uint8Array[];
  /** May take its time, if it has to ask somebody. Throws a `ZmtpError` at a command that is out of place. */
  receive(command: Command): MechanismStep | Promise<MechanismStep>;
}

/** How all connections of a socket are secured: the same at either end, or there is none. */
export interface Security {
  /** As in the greeting, for example `PLAIN`. */
  readonly mechanism: string;
  /** The role in the greeting, and whether the peer may be the same. */
  readonly isServer: boolean;
  /** Only NULL lets in peers of ZMTP 2.0, which have no security (RFC 37: no way around the mechanism). */
  readonly isOpen: boolean;
  /** `isDialer`: this end made the connection. `properties`: this end's metadata, encoded. */
  create(peer: { readonly address: string; readonly isDialer: boolean }, properties: Uint8Array): Mechanism;
}
