// The ROUTER side over libzmq: one socket, many peers, told apart by their routing ids.
//
// Invariants: a message that was accepted is handed to libzmq in the order of the sends, or told by `send-lost`; one full
// peer holds up nobody else. What libzmq cannot tell stays unknown: it names no peer when a connection comes or goes, so
// a peer is gone when a send says so, and a message that libzmq holds for a connection that breaks is lost without word.

import { Router } from 'zeromq';
import type { PeerId } from '../../domain/ids.ts';
import { bindClearly } from '../endpoint/bind.ts';
import type { Frames, SendResult, Transport, TransportCapabilities, TransportHandlers } from '../transport.ts';
import { Outbox, type OutboxWire } from './outbox.ts';
import { PeerTable } from './peer-table.ts';
import { ReceiveLoop } from './receive-loop.ts';
import { RetryTimer } from './retry-timer.ts';
import { RouterPeer } from './router-peer.ts';
import { type LibzmqSocketLimits, SOCKET_LIMITS, socketOptions } from './socket-options.ts';
import { SocketWatch } from './socket-watch.ts';

export interface RouterTransportOptions extends Partial<LibzmqSocketLimits> {
  /** `tcp://host:port`, port `*` for a free one, or `ipc://path`. */
  readonly address: string;
  /** Messages that libzmq holds per peer on the way in, before TCP makes the peer wait. */
  readonly receiveHighWaterMark?: number;
  /** What one peer may have queued here, beyond what libzmq holds for it. */
  readonly backlogBytesMax?: number;
  /** Routing ids remembered; beyond it the one that was silent longest is told as gone. */
  readonly peersMax?: number;
}

const RECEIVE_HIGH_WATER_MARK = 1_000;
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;
const PEERS_MAX = 65_536;

interface Running {
  readonly socket: Router;
  readonly watch: SocketWatch;
  readonly loop: ReceiveLoop;
  readonly retries: RetryTimer;
  readonly handlers: TransportHandlers;
}

export class RouterTransport implements Transport {
  readonly capabilities: TransportCapabilities = { peerEvents: false, peerPause: false, peerIdentity: false };
  readonly #options: Required<RouterTransportOptions>;
  readonly #peers: PeerTable<RouterPeer>;
  #address: string;
  #running: Running | undefined;
  #closing: Promise<void> | undefined;
  /** Peers heard in this poll phase, in the order of their first message. */
  #heard: RouterPeer[] = [];
  #queued = 0;
  #flushed: (() => void) | undefined;

  constructor(options: RouterTransportOptions) {
    this.#options = {
      ...SOCKET_LIMITS,
      receiveHighWaterMark: RECEIVE_HIGH_WATER_MARK,
      backlogBytesMax: BACKLOG_BYTES_MAX,
      peersMax: PEERS_MAX,
      ...options,
    };
    this.#address = options.address;
    this.#peers = new PeerTable(this.#options.peersMax, (id, routingId) => this.#newPeer(id, routingId));
  }

  get address(): string {
    return this.#address;
  }

  async listen(handlers: TransportHandlers): Promise<void> {
    const socket = new Router({
      ...socketOptions(this.#options, this.#options.address),
      receiveHighWaterMark: this.#options.receiveHighWaterMark,
      // Without it a ROUTER drops in silence what it cannot route.
      mandatory: true,
      // A second connection with a routing id in use is refused: nobody takes another's place.
      handover: false,
    });
    const watch = new SocketWatch(socket, (detail) => handlers.onFault(null, 'malformed', detail, 1));
    try {
      this.#address = await bindClearly(socket, this.#options.address);
    } catch (error) {
      await watch.close(0);
      throw error;
    }
    if (this.#closing !== undefined) return watch.close(0);
    const loop = new ReceiveLoop(socket, {
      message: (frames) => this.#take(frames),
      phaseEnd: () => this.#endPhase(),
    });
    // Asking whether the socket is writable makes libzmq take in its news: room in pipes, connections that ended.
    const retries = new RetryTimer(() => void socket.writable);
    this.#running = { socket, watch, loop, retries, handlers };
    loop.start();
  }

  send(peer: PeerId, frames: Frames): SendResult {
    const known = this.#peers.get(peer);
    if (known === undefined || this.#closing !== undefined) return 'gone';
    known.recent = true;
    return known.outbox.offer(frames);
  }

  /** libzmq cannot close one connection: the peer is forgotten, and should it speak again, it is a new one. */
  drop(peer: PeerId): void {
    const known = this.#peers.get(peer);
    if (known === undefined) return;
    this.#peers.forget(known);
    known.inbox = [];
    known.outbox.leave();
  }

  close(lingerMs: number): Promise<void> {
    this.#closing ??= this.#close(lingerMs);
    return this.#closing;
  }

  async #close(lingerMs: number): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    const deadlineMs = performance.now() + lingerMs;
    running.loop.stop();
    await this.#flush(lingerMs);
    running.retries.stop();
    for (const peer of this.#peers.values()) peer.outbox.discard('the transport closed before there was room');
    await running.watch.close(Math.max(0, deadlineMs - performance.now()));
  }

  /** Resolves when every accepted message is with libzmq, or after `lingerMs`. */
  async #flush(lingerMs: number): Promise<void> {
    if (this.#queued === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lingerMs);
      this.#flushed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(frames: Uint8Array[]): void {
    const [routingId, ...message] = frames;
    if (routingId === undefined) return;
    const peer = this.#peers.find(routingId) ?? this.#admit(routingId);
    if (peer === undefined) return;
    peer.recent = true;
    if (peer.inbox.length === 0) this.#heard.push(peer);
    peer.inbox.push(message);
  }

  #admit(routingId: Uint8Array): RouterPeer | undefined {
    const admission = this.#peers.admit(routingId);
    if (admission === undefined) {
      this.#running?.handlers.onFault(
        null,
        'refused',
        `no room for another peer: all ${this.#peers.size} have messages under way`,
        1,
      );
      return undefined;
    }
    if (admission.evicted !== undefined) this.#running?.handlers.onPeerGone(admission.evicted.id);
    return admission.peer;
  }

  #endPhase(): void {
    const handlers = this.#running?.handlers;
    const heard = this.#heard;
    this.#heard = [];
    if (handlers === undefined) return;
    for (const peer of heard) this.#handOver(peer, handlers);
    handlers.onIdle();
  }

  /** Nothing is left of a peer that was dropped in this phase, or was handed over when it was found gone. */
  #handOver(peer: RouterPeer, handlers: TransportHandlers): void {
    const messages = peer.inbox;
    peer.inbox = [];
    if (messages.length > 0) handlers.onBatch(peer.id, messages);
  }

  #newPeer(id: PeerId, routingId: Uint8Array): RouterPeer {
    const tell = (): TransportHandlers | undefined => this.#running?.handlers;
    // The peer's own last words go before the word that it is gone.
    const peer: RouterPeer = new RouterPeer(
      id,
      routingId,
      new Outbox(routingId, this.#options.backlogBytesMax, this.#wire, {
        drained: () => tell()?.onDrain(id),
        lost: (count, reason) => tell()?.onFault(id, 'send-lost', reason, count),
        gone: () => {
          this.#peers.forget(peer);
          const handlers = tell();
          if (handlers === undefined) return;
          this.#handOver(peer, handlers);
          handlers.onPeerGone(id);
        },
      }),
    );
    return peer;
  }

  readonly #wire: OutboxWire = {
    transmit: (message) => this.#socket().send(message as Buffer[]),
    retryLater: (outbox, failures) => this.#running?.retries.add(outbox, failures),
    retrySoon: (outbox) => setImmediate(() => outbox.retry()),
    queued: (change) => {
      this.#queued += change;
      if (this.#queued === 0) this.#flushed?.();
    },
  };

  #socket(): Router {
    if (this.#running === undefined) throw new Error('the transport does not listen');
    return this.#running.socket;
  }
}
