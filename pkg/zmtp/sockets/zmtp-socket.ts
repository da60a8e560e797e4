// What all sockets share: endpoints bound and dialled, the connections there are, and their end. A socket type adds who
// gets a message and what a message that came means.
//
// Invariants: a connection counts until its file descriptor is free; `onConnected` and `onGone` come in pairs, and
// nothing of a peer comes outside of its pair.

import { formatTcp } from '../address.ts';
import { RECONNECT, type ReconnectOptions } from '../backoff.ts';
import { EMPTY } from '../bytes.ts';
import { ChunkKeeper } from '../chunk-keeper.ts';
import { Connection, type ConnectionEvents, type ConnectionSetup } from '../connection.ts';
import { Dialer } from '../dialer.ts';
import { ZmtpError } from '../errors.ts';
import type { KnownPeer } from '../handshake.ts';
import type { HeartbeatOptions } from '../heartbeat.ts';
import { limitsOf, type ZmtpLimits } from '../limits.ts';
import { type BindOptions, Listener } from '../listener.ts';
import type { Security } from '../mechanisms/mechanism.ts';
import { NULL_SECURITY } from '../mechanisms/null.ts';
import type { Peer } from '../peer.ts';
import { SlabPool } from '../slab-pool.ts';
import type { SocketReader } from '../socket-reader.ts';
import type { SocketType } from '../socket-type.ts';
import { Turn } from '../turn.ts';

export interface SocketOptions {
  /** Default: NULL, nobody is asked who they are. */
  readonly security?: Security;
  /** Sent to the peer with the handshake, beside socket type and identity. Names of one's own begin with `X-`. */
  readonly properties?: Readonly<Record<string, string | Uint8Array>>;
  /** Defaults: `ZMTP_LIMITS`. */
  readonly limits?: Partial<ZmtpLimits>;
  /** Default: none are sent; those of a peer are answered in any case. */
  readonly heartbeat?: HeartbeatOptions;
  readonly reconnect?: Partial<ReconnectOptions>;
}

export interface SocketHandlers {
  /** The handshake is done. */
  onConnected?(peer: Peer): void;
  /**
   * The connection of a peer ended. `unsent`: how many accepted messages were not wholly handed to the kernel; of those
   * that were, nobody knows whether the peer read them.
   */
  onGone?(peer: Peer, error: ZmtpError, unsent: number): void;
  /** A connection ended before its handshake was done: nothing else is ever told of it. */
  onRefused?(error: ZmtpError, address: string): void;
  /** A dialled connection is lost or could not be made. The next attempt comes in `delayMs`; null: never. */
  onRetry?(address: string, error: ZmtpError, delayMs: number | null): void;
  /** Everything that had arrived in this turn of the event loop was handed over. */
  onTurnEnd?(): void;
}

/** Longest identity (RFC 37). */
const IDENTITY_BYTES_MAX = 255;

export abstract class ZmtpSocket {
  readonly #handlers: SocketHandlers;
  readonly #setup: ConnectionSetup;
  readonly #reconnect: ReconnectOptions;
  readonly #listeners = new Map<string, Listener>();
  readonly #dialers = new Map<string, Dialer>();
  readonly #connections = new Set<Connection>();
  /** Sockets whose file descriptor is not free yet. */
  #open = 0;
  #isClosed = false;
  #closing: Promise<void> | undefined;
  #emptied: (() => void) | undefined;

  constructor(
    socketType: SocketType,
    handlers: SocketHandlers,
    options: SocketOptions,
    identity: Uint8Array | string = EMPTY,
  ) {
    const bytes = typeof identity === 'string' ? Buffer.from(identity, 'utf8') : identity;
    if (bytes.length > IDENTITY_BYTES_MAX || bytes[0] === 0)
      throw new RangeError(`an identity has at most ${IDENTITY_BYTES_MAX} bytes, and the first is not zero`);
    this.#handlers = handlers;
    this.#reconnect = { ...RECONNECT, ...options.reconnect };
    this.#setup = {
      socketType,
      identity: bytes,
      properties: new Map(
        Object.entries(options.properties ?? {}).map(([name, value]) => [
          name,
          typeof value === 'string' ? Buffer.from(value, 'utf8') : value,
        ]),
      ),
      security: options.security ?? NULL_SECURITY,
      limits: limitsOf(options.limits ?? {}),
      heartbeat: options.heartbeat ?? null,
      turn: new Turn(() => handlers.onTurnEnd?.()),
      pool: new SlabPool(),
      chunks: new ChunkKeeper(),
    };
  }

  /**
   * Binds an endpoint, `tcp://host:port` or `ipc://path`, and resolves with its address, the real port in it. Rejects
   * with a `ZmtpError`: `BAD_ADDRESS`, `ADDRESS_IN_USE`, `BIND_FAILED`, or `CLOSED`.
   */
  async bind(address: string, options: BindOptions = {}): Promise<string> {
    this.#checkOpen();
    const listener: Listener = await Listener.open(address, options, (reader) => this.#accept(reader, address));
    if (this.#isClosed) {
      listener.close();
      this.#checkOpen();
    }
    this.#listeners.set(listener.address, listener);
    return listener.address;
  }

  /** Takes no more connections at an address as `bind` gave it; those there are stay. */
  unbind(address: string): void {
    this.#listeners.get(address)?.close();
    this.#listeners.delete(address);
  }

  /** Connects, and again whenever the connection is lost. Throws a `ZmtpError`: `BAD_ADDRESS`, or `CLOSED`. */
  connect(address: string): void {
    this.#checkOpen();
    if (this.#dialers.has(address)) return;
    const dialer: Dialer = new Dialer(address, this.#reconnect, {
      dialed: (reader) => this.#adopt(reader, address, dialer),
      lost: (error, delayMs) => this.#handlers.onRetry?.(address, error, delayMs),
    });
    this.#dialers.set(address, dialer);
    dialer.dial();
  }

  /** Ends a dialled connection and dials no more. What was accepted for the peer is sent within `lingerMs`. */
  disconnect(address: string, lingerMs = 0): void {
    this.#dialers.get(address)?.stop();
    this.#dialers.delete(address);
    for (const connection of this.#connections)
      if (connection.isDialed && connection.address === address) connection.close(lingerMs);
  }

  /**
   * Hands what was accepted for one peer to the kernel now, not at the end of the turn: for a program that may block the
   * event loop next. What the kernel has no room for is still written when it has.
   */
  flush(peer: Peer): void {
    if (peer instanceof Connection) peer.flush();
  }

  /** As `flush`, for all peers: for a program that knows that nothing else will be sent in this turn. */
  flushAll(): void {
    this.#setup.turn.flush();
  }

  /** Stops reading from one peer: its sends wait in the kernels, then with the peer. */
  pause(peer: Peer): void {
    if (peer instanceof Connection) peer.pause();
  }

  resume(peer: Peer): void {
    if (peer instanceof Connection) peer.resume();
  }

  /** Ends a connection at once; `onGone` is told before this returns. A dialled one is dialled again. */
  drop(peer: Peer): void {
    if (peer instanceof Connection) peer.drop();
  }

  /** Takes nothing more from or for a peer, and ends its connection when what was accepted for it is sent, within `lingerMs`. */
  hangUp(peer: Peer, lingerMs: number): void {
    if (peer instanceof Connection) peer.close(lingerMs);
  }

  /**
   * Binds and dials no more, sends what was accepted within `lingerMs`, ends all connections, and resolves when all of
   * them are gone.
   */
  close(lingerMs = 0): Promise<void> {
    this.#closing ??= this.#close(lingerMs);
    return this.#closing;
  }

  async #close(lingerMs: number): Promise<void> {
    this.#isClosed = true;
    for (const listener of this.#listeners.values()) listener.close();
    for (const dialer of this.#dialers.values()) dialer.stop();
    this.#listeners.clear();
    this.#dialers.clear();
    const allGone = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    for (const connection of this.#connections) connection.close(lingerMs);
    if (this.#open > 0) await allGone;
  }

  protected get limits(): ZmtpLimits {
    return this.#setup.limits;
  }

  /** An error keeps the peer out. */
  protected admit(_peer: KnownPeer): ZmtpError | null {
    return null;
  }

  /** The first that is told of a peer, before the program. */
  protected abstract ready(connection: Connection): void;
  protected abstract messages(connection: Connection, messages: Uint8Array[][]): void;
  protected abstract drained(connection: Connection): void;
  /** The last, before the program. */
  protected abstract gone(connection: Connection, error: ZmtpError): void;

  protected subscription(_connection: Connection, _prefix: Uint8Array, _isWanted: boolean): void {
    throw new ZmtpError('BAD_COMMAND', 'a subscription to a socket that does not publish');
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new ZmtpError('CLOSED', 'the socket is closed');
  }

  #accept(reader: SocketReader, endpoint: string): void {
    const { socket } = reader;
    const { remoteAddress, remotePort } = socket;
    const isIpc = endpoint.startsWith('ipc:');
    const address = isIpc ? endpoint : formatTcp(remoteAddress ?? '?', remotePort ?? 0);
    if (this.#open < this.limits.connectionsMax && !this.#isClosed) return this.#adopt(reader, address, null);
    socket.on('error', () => {});
    socket.destroy();
    this.#handlers.onRefused?.(new ZmtpError('TOO_MANY_CONNECTIONS', `all ${this.limits.connectionsMax}`), address);
  }

  #adopt(reader: SocketReader, address: string, dialer: Dialer | null): void {
    this.#open += 1;
    reader.socket.once('close', () => {
      this.#open -= 1;
      if (this.#open === 0) this.#emptied?.();
    });
    const events = dialer === null ? this.#events : this.#eventsOf(dialer);
    this.#connections.add(new Connection(reader, address, dialer !== null, this.#setup, events));
  }

  readonly #events: ConnectionEvents = {
    admit: (_connection, peer) => this.admit(peer),
    ready: (connection) => {
      this.ready(connection);
      this.#handlers.onConnected?.(connection);
    },
    messages: (connection, messages) => this.messages(connection, messages),
    subscription: (connection, prefix, isWanted) => this.subscription(connection, prefix, isWanted),
    drained: (connection) => this.drained(connection),
    closed: (connection, error, unsent) => {
      this.#connections.delete(connection);
      if (!connection.wasReady) return this.#handlers.onRefused?.(error, connection.address);
      this.gone(connection, error);
      this.#handlers.onGone?.(connection, error, unsent);
    },
  };

  #eventsOf(dialer: Dialer): ConnectionEvents {
    return {
      ...this.#events,
      ready: (connection) => {
        dialer.succeeded();
        this.#events.ready(connection);
      },
      closed: (connection, error, unsent) => {
        this.#events.closed(connection, error, unsent);
        dialer.lost(error);
      },
    };
  }
}
