// The transport port: frames in, frames out, and what the transport can tell about its peers.
// A capability that is not declared is not there: the delivery layer works without it, and the conformance suite
// tests it only where it is declared.

import { joined } from '../../pkg/protocol/bytes.ts';
import type { PeerId } from '../domain/ids.ts';

export interface TransportCapabilities {
  /** Says when a peer connects and goes. */
  readonly peerEvents: boolean;
  /** Can stop reading from one peer. */
  readonly peerPause: boolean;
  /** Knows a peer's address and security identity. */
  readonly peerIdentity: boolean;
}

/**
 * `full`: the peer's queue is at its bound; nothing of this message was taken, and it stays full until `onDrain`.
 * `gone`: no such peer any more.
 */
export type SendResult = 'accepted' | 'full' | 'gone';

/** One message of a peer, without its routing id. */
export type Frames = readonly Uint8Array[];

export type TransportFault = 'send-lost' | 'oversized' | 'malformed' | 'refused';

export interface TransportHandlers {
  /**
   * What one peer sent in this poll phase: bounded in bytes and time, never empty. The frames are the handler's:
   * the transport does not reuse their memory.
   */
  onBatch(peer: PeerId, messages: readonly Frames[]): void;
  /** The end of a poll phase: everything that had arrived was handed over. */
  onIdle(): void;
  /** The peer is not there any more, as far as the transport can tell. */
  onPeerGone(peer: PeerId): void;
  /** A peer that was `full` takes messages again. */
  onDrain(peer: PeerId): void;
  /**
   * Counted: sends that were accepted and then could not be handed over, oversized or malformed messages, messages of
   * peers for which there was no room. `messages`: how many it concerns.
   */
  onFault(peer: PeerId | null, fault: TransportFault, detail: string, messages: number): void;
}

export interface Transport {
  readonly capabilities: TransportCapabilities;
  /** Binds; rejects with a clear error that names the address when it is in use. */
  listen(handlers: TransportHandlers): Promise<void>;
  /** The address bound, with the real port. */
  readonly address: string;
  send(peer: PeerId, frames: Frames): SendResult;
  /** As `send`, of a message of one frame that lies in several pieces, which must not change until they have left. */
  sendInPieces?(peer: PeerId, pieces: readonly Uint8Array[]): SendResult;
  /** Nothing else is sent for now: what a transport gathers for one write may leave. */
  flush?(): void;
  pause?(peer: PeerId): void;
  resume?(peer: PeerId): void;
  /** Forgets the peer: closes its connection where the transport can. */
  drop(peer: PeerId): void;
  /** Sends what was accepted within `lingerMs`, then closes. */
  close(lingerMs: number): Promise<void>;
}

/** A message of one frame in pieces, put together first where the transport takes only whole frames. */
export function sendInPieces(transport: Transport, peer: PeerId, pieces: readonly Uint8Array[]): SendResult {
  if (transport.sendInPieces !== undefined) return transport.sendInPieces(peer, pieces);
  const [only] = pieces;
  return transport.send(peer, [pieces.length === 1 && only !== undefined ? only : joined(pieces)]);
}

/** Messages of one topic, one by one where the transport knows no better way. */
export function publishAll(pub: FanoutTransport | null, messages: readonly Frames[]): void {
  if (pub?.publishAll !== undefined) return pub.publishAll(messages);
  for (const frames of messages) pub?.publish(frames);
}

/** The PUB side: fire and forget, at most `highWaterMark` per subscriber. */
export interface FanoutTransport {
  listen(): Promise<void>;
  readonly address: string;
  /** False when the transport dropped it at once. */
  publish(frames: Frames): boolean;
  /** As many `publish`es, of messages whose first frames are the same. */
  publishAll?(messages: readonly Frames[]): void;
  /** Messages that a subscriber missed because it was behind, each once for each of them; where the transport can tell. */
  readonly missed?: number;
  close(lingerMs: number): Promise<void>;
}
