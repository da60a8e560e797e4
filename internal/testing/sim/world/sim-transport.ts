// A simulated listening socket and the connections to it. What it does to its users
// - Each direction of a connection is in order and late; messages that wait together arrive in one batch.
// - A cut loses whatever is on its way, in both directions. Where peer events are declared the broker is told after a
//   while; elsewhere what it sends is swallowed until then, and only a later send says `gone`.
// - A client that does not read fills its queue: the broker's sends say `full`, and `onDrain` comes when half is read.
// - Without peer events a peer that the broker drops is not told: what it sends next comes from a new peer.
// - An identity that connects again before it was forgotten is the same peer, as with libzmq's routing ids.
// Out of scope: bytes that change on the way, messages that overtake each other or arrive twice.

import type {
  Frames,
  SendResult,
  Transport,
  TransportCapabilities,
  TransportHandlers,
} from '../../../delivery/transport.ts';
import { asPeerId, type PeerId } from '../../../domain/ids.ts';
import type { Random } from '../random.ts';
import type { Life, VirtualTime } from './virtual-time.ts';

/** How the wire is at the moment; shared by all connections of a simulation. */
export interface Wire {
  latencyMs: number;
  /** Messages that wait for one peer before a send says `full`. */
  highWaterMark: number;
  /** How long a cut goes unnoticed, at most. */
  noticeMs: number;
  readonly peerEvents: boolean;
}

/** The client's end of a connection. */
export interface ClientEnd {
  receive(messages: readonly Frames[]): void;
  /** The connection is lost: nothing that was sent since is certain to arrive. */
  lost(): void;
}

/** Messages of one poll phase. */
const BATCH_MAX = 16;

export class Connection {
  peer: PeerId;
  readonly identity: string;
  readonly end: ClientEnd;
  readonly toBroker: Frames[] = [];
  readonly toClient: Frames[] = [];
  up = true;
  full = false;
  drains = false;
  /** Until when the client does not read. */
  deafUntilMs = 0;
  readonly #transport: SimTransport;

  constructor(transport: SimTransport, peer: PeerId, identity: string, end: ClientEnd) {
    this.#transport = transport;
    this.peer = peer;
    this.identity = identity;
    this.end = end;
  }

  send(frames: Frames): void {
    this.#transport.take(this, frames);
  }

  /** From whichever side or by the wire: both learn of it in their own time. */
  cut(): void {
    this.#transport.cut(this);
  }
}

export class SimTransport implements Transport {
  readonly address: string;
  readonly capabilities: TransportCapabilities;
  readonly #time: VirtualTime;
  readonly #life: Life;
  readonly #random: Random;
  readonly #wire: Wire;
  readonly #connections = new Map<PeerId, Connection>();
  readonly #peerOf = new Map<string, PeerId>();
  /** Peers whose connection is cut, and who have not been noticed gone. */
  readonly #halfOpen = new Set<PeerId>();
  #handlers: TransportHandlers | null = null;
  #nextPeer = 1;

  constructor(name: string, time: VirtualTime, life: Life, random: Random, wire: Wire) {
    this.address = `sim://${name}`;
    this.#time = time;
    this.#life = life;
    this.#random = random;
    this.#wire = wire;
    this.capabilities = { peerEvents: wire.peerEvents, peerPause: false, peerIdentity: false };
  }

  listen(handlers: TransportHandlers): Promise<void> {
    this.#handlers = handlers;
    return Promise.resolve();
  }

  get connections(): readonly Connection[] {
    return [...this.#connections.values()];
  }

  /** Null while nobody listens. */
  connect(identity: string, end: ClientEnd): Connection | null {
    if (this.#handlers === null || !this.#life.alive) return null;
    const known = this.#peerOf.get(identity);
    const again = known !== undefined && !this.#wire.peerEvents ? known : null;
    if (known !== undefined) this.#forget(known);
    const peer = again ?? asPeerId(this.#nextPeer++);
    const connection = new Connection(this, peer, identity, end);
    this.#halfOpen.delete(peer);
    this.#connections.set(peer, connection);
    this.#peerOf.set(identity, peer);
    return connection;
  }

  send(peer: PeerId, frames: Frames): SendResult {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return this.#halfOpen.has(peer) ? 'accepted' : 'gone';
    if (connection.full || connection.toClient.length >= this.#wire.highWaterMark) {
      connection.full = true;
      return 'full';
    }
    connection.toClient.push(frames);
    if (connection.toClient.length === 1) this.#lateToClient(connection);
    return 'accepted';
  }

  drop(peer: PeerId): void {
    const connection = this.#connections.get(peer);
    this.#halfOpen.delete(peer);
    if (connection === undefined) return;
    if (this.#wire.peerEvents) {
      this.#end(connection);
      if (this.#peerOf.get(connection.identity) === peer) this.#peerOf.delete(connection.identity);
      return;
    }
    this.#connections.delete(peer);
    connection.peer = asPeerId(this.#nextPeer++);
    connection.full = false;
    this.#connections.set(connection.peer, connection);
    this.#peerOf.set(connection.identity, connection.peer);
  }

  close(_lingerMs: number): Promise<void> {
    for (const connection of this.connections) this.#end(connection);
    this.#handlers = null;
    return Promise.resolve();
  }

  /** The process is gone. */
  die(): void {
    this.#handlers = null;
    for (const connection of this.connections) this.#end(connection);
  }

  // --- for connections ---

  take(connection: Connection, frames: Frames): void {
    if (!connection.up) return;
    connection.toBroker.push(frames);
    if (connection.toBroker.length === 1) this.#lateToBroker(connection);
  }

  cut(connection: Connection): void {
    if (!connection.up) return;
    const { peer } = connection;
    this.#end(connection);
    this.#halfOpen.add(peer);
    this.#time.after(
      this.#random.fraction() * this.#wire.noticeMs,
      () => {
        if (!this.#halfOpen.delete(peer)) return;
        if (this.#wire.peerEvents) this.#handlers?.onPeerGone(peer);
      },
      this.#life,
    );
  }

  #forget(peer: PeerId): void {
    const connection = this.#connections.get(peer);
    if (connection !== undefined) this.cut(connection);
  }

  #end(connection: Connection): void {
    connection.up = false;
    connection.toBroker.length = 0;
    connection.toClient.length = 0;
    if (this.#connections.get(connection.peer) === connection) this.#connections.delete(connection.peer);
    this.#time.after(this.#latency(), () => connection.end.lost());
  }

  #latency(): number {
    return this.#random.fraction() * this.#wire.latencyMs;
  }

  #lateToBroker(connection: Connection): void {
    this.#time.after(this.#latency(), () => this.#toBroker(connection), this.#life);
  }

  #toBroker(connection: Connection): void {
    if (!connection.up || this.#handlers === null) return;
    const messages = connection.toBroker.splice(0, BATCH_MAX);
    if (connection.toBroker.length > 0) this.#lateToBroker(connection);
    this.#handlers.onBatch(connection.peer, messages);
    this.#handlers?.onIdle();
  }

  #lateToClient(connection: Connection): void {
    const readsAtMs = Math.max(connection.deafUntilMs, this.#time.nowMs + this.#latency());
    this.#time.at(readsAtMs, () => this.#toClient(connection));
  }

  #toClient(connection: Connection): void {
    if (!connection.up) return;
    if (connection.deafUntilMs > this.#time.nowMs) return this.#lateToClient(connection);
    const messages = connection.toClient.splice(0, BATCH_MAX);
    if (connection.toClient.length > 0) this.#lateToClient(connection);
    if (connection.full && !connection.drains && connection.toClient.length <= this.#wire.highWaterMark / 2) {
      connection.drains = true;
      this.#time.after(this.#latency(), () => this.#drained(connection), this.#life);
    }
    connection.end.receive(messages);
  }

  #drained(connection: Connection): void {
    if (!connection.up) return;
    connection.full = false;
    connection.drains = false;
    this.#handlers?.onDrain(connection.peer);
  }
}
