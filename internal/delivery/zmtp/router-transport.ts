// The ROUTER side over `pkg/zmtp`: one peer is one connection, so the transport knows when it comes and goes, can stop
// reading from it, and hands over what one read has brought.
//
// ZMTP heartbeats stay off: a client whose handler blocks for longer than they allow has paid for the time with a longer
// lease, and must not lose it. TCP keepalive finds half-open connections, the protocol's own heartbeats silent peers.
//
// Invariants: nothing of a peer is told after `onPeerGone`; a message that was accepted is handed to the kernel in the
// order of the sends, or told by `send-lost` before the word that the peer is gone.

import { type Peer, Router, type ZmtpError, type ZmtpErrorCode } from '../../../pkg/zmtp/index.ts';
import { asPeerId, type PeerId } from '../../domain/ids.ts';
import type {
  Frames,
  SendResult,
  Transport,
  TransportCapabilities,
  TransportFault,
  TransportHandlers,
} from '../transport.ts';
import { bindZmtp } from './bind.ts';

export interface ZmtpRouterOptions {
  /** `tcp://host:port`, port `*` for a free one, or `ipc://path`. */
  readonly address: string;
  /** Bytes of all frames of one message; beyond it the connection is closed. */
  readonly frameBytesMax?: number;
  /** What one peer may have queued here, beyond what the kernel holds for it. */
  readonly backlogBytesMax?: number;
  /** Connections at a time; a further one is refused. */
  readonly peersMax?: number;
}

const FRAME_BYTES_MAX = 64 * 1024 * 1024;
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;
/** Small replies cost more than their bytes: their number has a bound of its own. */
const BACKLOG_MESSAGES_MAX = 65_536;
const PEERS_MAX = 65_536;
/** What a peer is told last has so long to leave. */
const LAST_WORDS_MS = 1_000;

/** Ends of a connection that are the peer's fault; any other end is an end. */
const FAULTS: Partial<Record<ZmtpErrorCode, TransportFault>> = {
  MESSAGE_TOO_LONG: 'oversized',
  TOO_MANY_FRAMES: 'malformed',
  COMMAND_TOO_LONG: 'malformed',
  BAD_FRAME: 'malformed',
  BAD_COMMAND: 'malformed',
  BAD_GREETING: 'malformed',
  BAD_HANDSHAKE: 'malformed',
  UNSUPPORTED_VERSION: 'malformed',
  MECHANISM_MISMATCH: 'malformed',
  INCOMPATIBLE_SOCKET: 'malformed',
  HANDSHAKE_TIMEOUT: 'malformed',
  IDENTITY_IN_USE: 'refused',
  TOO_MANY_CONNECTIONS: 'refused',
};

export class ZmtpRouterTransport implements Transport {
  readonly capabilities: TransportCapabilities = { peerEvents: true, peerPause: true, peerIdentity: true };
  readonly #options: Required<ZmtpRouterOptions>;
  readonly #peers = new Map<PeerId, Peer>();
  #address: string;
  #router: Router | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ZmtpRouterOptions) {
    this.#options = {
      frameBytesMax: FRAME_BYTES_MAX,
      backlogBytesMax: BACKLOG_BYTES_MAX,
      peersMax: PEERS_MAX,
      ...options,
    };
    this.#address = options.address;
  }

  get address(): string {
    return this.#address;
  }

  async listen(handlers: TransportHandlers): Promise<void> {
    const { address, frameBytesMax, backlogBytesMax, peersMax } = this.#options;
    const router = new Router(
      {
        onConnected: (peer) => this.#peers.set(asPeerId(peer.id), peer),
        onMessages: (peer, messages) => {
          const id = asPeerId(peer.id);
          if (this.#peers.has(id)) handlers.onBatch(id, messages);
        },
        onTurnEnd: () => handlers.onIdle(),
        onDrain: (peer) => {
          const id = asPeerId(peer.id);
          if (this.#peers.has(id)) handlers.onDrain(id);
        },
        onGone: (peer, error, unsent) => this.#gone(handlers, peer, error, unsent),
        onRefused: (error) => tellFault(handlers, null, error),
      },
      {
        // A second connection with a routing id in use is refused: nobody takes another's place.
        identityInUse: 'refuse',
        limits: {
          messageBytesMax: frameBytesMax,
          queueBytesMax: backlogBytesMax,
          queueMessagesMax: BACKLOG_MESSAGES_MAX,
          connectionsMax: peersMax,
        },
      },
    );
    this.#address = await bindZmtp(router, address);
    if (this.#closing !== undefined) return router.close();
    this.#router = router;
  }

  send(peer: PeerId, frames: Frames): SendResult {
    const known = this.#peers.get(peer);
    if (known === undefined || this.#router === undefined || this.#closing !== undefined) return 'gone';
    return this.#router.send(known, frames);
  }

  sendInPieces(peer: PeerId, pieces: readonly Uint8Array[]): SendResult {
    const known = this.#peers.get(peer);
    if (known === undefined || this.#router === undefined || this.#closing !== undefined) return 'gone';
    return this.#router.sendInPieces(known, pieces);
  }

  flush(): void {
    this.#router?.flushAll();
  }

  pause(peer: PeerId): void {
    const known = this.#peers.get(peer);
    if (known !== undefined) this.#router?.pause(known);
  }

  resume(peer: PeerId): void {
    const known = this.#peers.get(peer);
    if (known !== undefined) this.#router?.resume(known);
  }

  /** Its connection ends when what it was told last has left. */
  drop(peer: PeerId): void {
    const known = this.#peers.get(peer);
    if (known === undefined) return;
    this.#peers.delete(peer);
    this.#router?.hangUp(known, LAST_WORDS_MS);
  }

  close(lingerMs: number): Promise<void> {
    this.#closing ??= this.#router === undefined ? Promise.resolve() : this.#router.close(lingerMs);
    return this.#closing;
  }

  /** Of a peer that was dropped nobody wants to hear more than what could not be handed over. */
  #gone(handlers: TransportHandlers, peer: Peer, error: ZmtpError, unsent: number): void {
    const id = asPeerId(peer.id);
    const wasKnown = this.#peers.delete(id);
    if (unsent > 0) handlers.onFault(id, 'send-lost', error.message, unsent);
    if (!wasKnown) return;
    tellFault(handlers, id, error);
    // The program that closes knows that its peers go.
    if (this.#closing === undefined) handlers.onPeerGone(id);
  }
}

function tellFault(handlers: TransportHandlers, peer: PeerId | null, error: ZmtpError): void {
  const fault = FAULTS[error.code];
  if (fault !== undefined) handlers.onFault(peer, fault, error.message, 1);
}
