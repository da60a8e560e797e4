// One connection: handshake, traffic, heartbeats, backpressure both ways, and its end.
//
// Invariants: `ready` comes once and first, `closed` once and last, and nothing in between after `closed`; whatever is
// wrong with the peer's bytes ends this connection with a typed error and touches nothing else. A connection is its own
// `Peer`, so that handing a message over, or taking one, needs no look-up.

import type { Socket } from 'node:net';
import { EMPTY } from './bytes.ts';
import type { ChunkKeeper } from './chunk-keeper.ts';
import { decodeCommand, subscriptionOf } from './commands.ts';
import { ZmtpError } from './errors.ts';
import { FrameDecoder } from './frame-decoder.ts';
import type { ZmtpVersion } from './greeting.ts';
import { Handshake, type HandshakeSetup, type KnownPeer } from './handshake.ts';
import type { HeartbeatOptions } from './heartbeat.ts';
import { LifeSigns } from './life-signs.ts';
import type { ZmtpLimits } from './limits.ts';
import type { Metadata } from './metadata.ts';
import type { Peer, SendResult } from './peer.ts';
import { ReadShare } from './read-share.ts';
import { SendQueue } from './send-queue.ts';
import type { SlabPool } from './slab-pool.ts';
import type { SocketReader, TakeBytes } from './socket-reader.ts';
import { SocketWriter } from './socket-writer.ts';
import type { Flushable, Turn } from './turn.ts';

export interface ConnectionSetup extends HandshakeSetup {
  readonly limits: ZmtpLimits;
  readonly heartbeat: HeartbeatOptions | null;
  readonly turn: Turn;
  readonly pool: SlabPool;
  readonly chunks: ChunkKeeper;
}

export interface ConnectionEvents {
  admit(connection: Connection, peer: KnownPeer): ZmtpError | null;
  ready(connection: Connection): void;
  messages(connection: Connection, messages: Uint8Array[][]): void;
  /** SUBSCRIBE or CANCEL; throws the `ZmtpError` that ends the connection. */
  subscription(connection: Connection, prefix: Uint8Array, isWanted: boolean): void;
  drained(connection: Connection): void;
  /** `unsent`: messages accepted that were not wholly handed to the kernel. */
  closed(connection: Connection, error: ZmtpError, unsent: number): void;
}

type Phase = 'handshake' | 'traffic' | 'closing' | 'closed';

/** A peer that was told why it is refused has this long to read it. */
const LAST_WORDS_MS = 1_000;
/** A connection on which nothing moves is probed by TCP after this time. */
const KEEPALIVE_MS = 10_000;
/** PING with context, and ERROR with reason: what a peer may send even if it may not subscribe. */
const COMMAND_BYTES_MIN = 512;
const SUBSCRIBE_BYTES = 10;
/** Longer than the name of any command. */
const COMMAND_NAME_ROOM = 16;

let lastId = 0;

export class Connection implements Peer, Flushable {
  readonly id: number = ++lastId;
  readonly address: string;
  readonly isDialed: boolean;
  routingId: Uint8Array = EMPTY;
  context: unknown = undefined;
  /** Of `PrefixTree`: the search that found this one last. */
  foundBy = 0;
  readonly #socket: Socket;
  readonly #setup: ConnectionSetup;
  readonly #events: ConnectionEvents;
  readonly #handshake: Handshake;
  readonly #decoder: FrameDecoder;
  readonly #queue: SendQueue;
  readonly #share: ReadShare;
  readonly #lifeSigns: LifeSigns;
  #timer: NodeJS.Timeout | undefined;
  #phase: Phase = 'handshake';
  #peer: KnownPeer | null = null;
  #isPaused = false;
  #isFlushDue = false;
  #endsWhenEmpty = false;
  #isConnected: boolean;

  constructor(
    reader: SocketReader,
    address: string,
    isDialed: boolean,
    setup: ConnectionSetup,
    events: ConnectionEvents,
  ) {
    const { socket } = reader;
    this.address = address;
    this.isDialed = isDialed;
    this.#isConnected = !isDialed;
    this.#socket = socket;
    this.#setup = setup;
    this.#events = events;
    const { limits } = setup;
    this.#decoder = new FrameDecoder(limits, limits.propertiesBytesMax + COMMAND_NAME_ROOM, (body) =>
      this.#command(body),
    );
    const writer = new SocketWriter(socket, () => this.#queue.written());
    this.#queue = new SendQueue(limits, setup.pool, {
      write: (parts) => writer.write(parts),
      dirty: () => this.#flushLater(),
      drained: () => this.#phase === 'traffic' && events.drained(this),
      empty: () => this.#endsWhenEmpty && socket.end(),
    });
    this.#share = new ReadShare(socket, setup.turn, () => !this.#isPaused && this.#phase !== 'closed');
    this.#lifeSigns = new LifeSigns({
      dirty: () => this.#flushLater(),
      expired: (error) => this.#end(error),
      isPaused: () => this.#isPaused,
    });
    this.#handshake = new Handshake(
      setup,
      { address, isDialer: isDialed },
      {
        // A greeting that waited for the end of the turn would cost a turn at each end, four times.
        send: (bytes) => {
          this.#queue.push(bytes);
          this.#queue.flush();
        },
        admit: (peer) => events.admit(this, peer),
        done: (peer) => this.#begin(peer),
        failed: (error) => this.#fail(error),
      },
    );
    this.#timer = setTimeout(() => this.#end(new ZmtpError('HANDSHAKE_TIMEOUT')), limits.handshakeMs);
    // Finds a peer whose machine is gone, also where nobody sends.
    socket.setKeepAlive(true, KEEPALIVE_MS);
    reader.onBytes(this.#read);
    socket.on('end', () => this.#end(new ZmtpError('CLOSED_BY_PEER')));
    socket.on('connect', () => {
      this.#isConnected = true;
    });
    socket.on('error', (cause) => {
      const code = this.#isConnected ? 'CONNECTION_LOST' : 'CONNECT_FAILED';
      this.#end(new ZmtpError(code, cause.message, { cause }));
    });
    socket.on('close', () => this.#end(new ZmtpError('CONNECTION_LOST')));
    this.#handshake.start();
  }

  get version(): ZmtpVersion {
    return this.#peer?.version ?? '3.1';
  }

  get socketType(): string {
    return this.#peer?.socketType ?? '';
  }

  get identity(): Uint8Array {
    return this.#peer?.identity ?? EMPTY;
  }

  get metadata(): Metadata {
    return this.#peer?.metadata ?? new Map();
  }

  get userId(): string | null {
    return this.#peer?.userId ?? null;
  }

  get queuedMessages(): number {
    return this.#queue.messages;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether the handshake was done, even if the connection has ended since. */
  get wasReady(): boolean {
    return this.#peer !== null;
  }

  get isFull(): boolean {
    return this.#queue.isFull;
  }

  send(frames: readonly Uint8Array[]): SendResult {
    if (frames.length === 0) throw new RangeError('a message has at least one frame');
    if (this.#phase !== 'traffic') return 'gone';
    return this.#queue.offer(frames) ? 'accepted' : 'full';
  }

  /** As `send`, of one frame. */
  sendInPieces(pieces: readonly Uint8Array[]): SendResult {
    if (this.#phase !== 'traffic') return 'gone';
    return this.#queue.offerInPieces(pieces) ? 'accepted' : 'full';
  }

  /** As `send`, of messages that lie encoded, one behind the other, in a buffer that nobody changes. */
  sendShared(buffer: Uint8Array, start: number, end: number, messages: number): SendResult {
    if (this.#phase !== 'traffic') return 'gone';
    return this.#queue.offerShared(buffer, start, end, messages) ? 'accepted' : 'full';
  }

  /** A command frame, whatever the queue holds: the sender bounds their number. */
  sendCommand(frame: Uint8Array): void {
    if (this.#phase === 'traffic') this.#queue.push(frame);
  }

  /** Stops reading. What was read already is still handed over. */
  pause(): void {
    if (this.#isPaused || this.#phase !== 'traffic') return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#lifeSigns.heard();
    if (!this.#share.isResting) this.#socket.resume();
  }

  /** Ends the connection now; `closed` is told before this returns. */
  drop(error: ZmtpError = new ZmtpError('CLOSED')): void {
    this.#end(error);
  }

  /** Takes nothing more, sends what was accepted, says goodbye; after `lingerMs` at the latest the connection ends. */
  close(lingerMs: number): void {
    if (this.#phase !== 'traffic' || lingerMs <= 0) return this.#end(new ZmtpError('CLOSED'));
    this.#phase = 'closing';
    this.#lifeSigns.stop();
    this.#timer = setTimeout(() => this.#end(new ZmtpError('CLOSED')), lingerMs);
    // Unread bytes at the close of a socket make the kernel throw away what is on its way to the peer.
    this.#isPaused = false;
    this.#socket.resume();
    this.flush();
    this.#endWhenEmpty();
  }

  #endWhenEmpty(): void {
    this.#endsWhenEmpty = true;
    if (this.#queue.bytes === 0) this.#socket.end();
  }

  flush(): void {
    this.#isFlushDue = false;
    if (this.#phase === 'closed') return;
    this.#lifeSigns.write((frame) => this.#queue.push(frame));
    this.#queue.flush();
  }

  #flushLater(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#setup.turn.add(this);
  }

  readonly #read: TakeBytes = (chunk, areLent) => {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#lifeSigns.heard();
    this.#share.took(chunk.length);
    const failure = this.#decode(chunk, areLent);
    const messages = this.#decoder.take();
    try {
      if (messages.length > 0 && this.#isOpen()) {
        this.#setup.turn.traffic();
        this.#events.messages(this, messages);
      }
    } finally {
      // A program whose handler throws, and which lives on, is not left with a stream that makes no sense.
      if (failure !== null) this.#fail(failure);
    }
  };

  #isOpen(): boolean {
    return this.#phase === 'traffic';
  }

  #decode(chunk: Uint8Array, areLent: boolean): ZmtpError | null {
    try {
      const known = this.#decoder.goOn(chunk);
      if (known === chunk.length) return null;
      const fresh = known === 0 ? chunk : chunk.subarray(known);
      const kept = areLent ? this.#setup.chunks.keep(fresh) : fresh;
      const taken = this.#phase === 'handshake' ? this.#handshake.push(kept) : 0;
      if (taken < kept.length) this.#decoder.push(taken === 0 ? kept : kept.subarray(taken));
      return null;
    } catch (error) {
      if (error instanceof ZmtpError) return error;
      throw error;
    }
  }

  #begin(peer: KnownPeer): void {
    clearTimeout(this.#timer);
    const { limits, heartbeat } = this.#setup;
    this.#peer = peer;
    this.#phase = 'traffic';
    this.#decoder.areMessagesAllowed = true;
    this.#decoder.commandBytesMax = Math.max(COMMAND_BYTES_MIN, limits.subscriptionBytesMax + SUBSCRIBE_BYTES);
    // Older peers know no PING.
    if (heartbeat !== null && peer.version === '3.1') this.#lifeSigns.start(heartbeat);
    this.#events.ready(this);
  }

  #command(body: Uint8Array): void {
    if (this.#phase === 'closed' || this.#phase === 'closing') return;
    // What the handshake brings is kept as long as the connection: a copy does not keep the whole chunk with it.
    if (this.#phase === 'handshake') return this.#handshake.command(body.slice());
    const command = decodeCommand(body);
    const subscription = subscriptionOf(command);
    if (command.name === 'PING') this.#lifeSigns.answer(command.data);
    else if (subscription !== null) this.#events.subscription(this, command.data, subscription);
  }

  /** Ends the connection over something that the peer did. A reason that was sent to it gets time to arrive. */
  #fail(error: ZmtpError): void {
    if (this.#phase !== 'handshake' || this.#queue.bytes === 0) return this.#end(error);
    this.#end(error, LAST_WORDS_MS);
  }

  #end(error: ZmtpError, lastWordsMs = 0): void {
    if (this.#phase === 'closed') return;
    const reason = this.#phase === 'closing' ? new ZmtpError('CLOSED') : error;
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    this.#lifeSigns.stop();
    this.#handshake.stop();
    const socket = this.#socket;
    if (lastWordsMs === 0) {
      socket.destroy();
    } else {
      this.#endWhenEmpty();
      const timer = setTimeout(() => socket.destroy(), lastWordsMs);
      socket.on('close', () => clearTimeout(timer));
    }
    this.#events.closed(this, reason, this.#queue.messages);
  }
}
