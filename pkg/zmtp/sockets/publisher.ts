// The publishing half of PUB and XPUB (RFC 29): subscriptions of peers, and who gets what.
//
// Invariants: a peer gets a message once, however many of its subscriptions match; subscriptions add up, two of a kind
// need two cancels (RFC 37); a peer without room misses messages and holds up nobody. A message without long frames is
// encoded once for all that get it.

import { latin1Of } from '../bytes.ts';
import type { Connection } from '../connection.ts';
import { ZmtpError } from '../errors.ts';
import { LONG_BODY_BYTES, messageSize } from '../frame-encoder.ts';
import type { Peer } from '../peer.ts';
import { PrefixTree } from '../prefix-tree.ts';
import { SharedEncoder } from '../shared-encoder.ts';
import { type SocketHandlers, type SocketOptions, ZmtpSocket } from './zmtp-socket.ts';

export interface PublisherHandlers extends SocketHandlers {
  /** The peer has no more room: it misses what is published from now on. */
  onFull?(peer: Peer): void;
  /** It gets messages again. */
  onDrain?(peer: Peer): void;
}

interface Subscription {
  readonly prefix: Uint8Array;
  count: number;
}

interface Subscriptions {
  readonly byPrefix: Map<string, Subscription>;
  count: number;
  /** Whether it is missing messages. */
  isFull: boolean;
}

const CANCEL = 0;
const SUBSCRIBE = 1;

export abstract class Publisher extends ZmtpSocket {
  readonly #handlers: PublisherHandlers;
  readonly #tree = new PrefixTree<Connection>();
  readonly #subscriptions = new Map<Connection, Subscriptions>();
  readonly #encoder = new SharedEncoder();
  #dropped = 0;

  constructor(type: 'PUB' | 'XPUB', handlers: PublisherHandlers, options: SocketOptions) {
    super(type, handlers, options);
    this.#handlers = handlers;
  }

  /** Messages that a subscriber did not get for want of room, each counted once for each such subscriber. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Queues the message for every peer with a subscription that its first frame begins with, and returns for how many.
   * Frames of 4 KiB and more are sent from where they lie: leave them as they are.
   */
  publish(frames: readonly Uint8Array[]): number {
    const [topic] = frames;
    if (topic === undefined) throw new RangeError('a message has at least one frame');
    const peers = this.#tree.find(topic);
    if (peers.length === 0) return 0;
    if (hasLongFrame(frames)) return this.#sendTo(peers, frames);
    this.#encoder.encode(frames, messageSize(frames));
    const { buffer, start, end } = this.#encoder;
    return this.#share(peers, buffer, start, end, 1);
  }

  /**
   * As one `publish` each, of messages whose first frames are equal: who gets them is asked once. A peer without room may
   * miss several of them at once.
   */
  publishAll(messages: readonly (readonly Uint8Array[])[]): void {
    const topic = messages[0]?.[0];
    if (topic === undefined) return;
    const peers = this.#tree.find(topic);
    if (peers.length === 0) return;
    const encoder = this.#encoder;
    let buffer = encoder.buffer;
    let start = 0;
    let end = 0;
    let count = 0;
    for (let index = 0; index < messages.length; index += 1) {
      const frames = messages[index]!;
      if (hasLongFrame(frames)) {
        if (count > 0) this.#share(peers, buffer, start, end, count);
        count = 0;
        this.#sendTo(peers, frames);
        continue;
      }
      encoder.encode(frames, messageSize(frames));
      // The next buffer was begun.
      if (count > 0 && encoder.buffer !== buffer) {
        this.#share(peers, buffer, start, end, count);
        count = 0;
      }
      if (count === 0) {
        buffer = encoder.buffer;
        start = encoder.start;
      }
      end = encoder.end;
      count += 1;
    }
    if (count > 0) this.#share(peers, buffer, start, end, count);
  }

  #sendTo(peers: readonly Connection[], frames: readonly Uint8Array[]): number {
    let queued = 0;
    for (let index = 0; index < peers.length; index += 1) {
      const result = peers[index]!.send(frames);
      if (result === 'accepted') queued += 1;
      else if (result === 'full') this.#miss(peers[index]!, 1);
    }
    return queued;
  }

  /** Messages that lie encoded from `start` to `end`. */
  #share(peers: readonly Connection[], buffer: Uint8Array, start: number, end: number, messages: number): number {
    let queued = 0;
    for (let index = 0; index < peers.length; index += 1) {
      const result = peers[index]!.sendShared(buffer, start, end, messages);
      if (result === 'accepted') queued += 1;
      else if (result === 'full') this.#miss(peers[index]!, messages);
    }
    return queued;
  }

  /** Told of a change; `isEdge`: the first subscription to this prefix of all peers, or the last cancelled. */
  protected abstract changed(peer: Peer, prefix: Uint8Array, isWanted: boolean, isEdge: boolean): void;
  /** Messages of subscribers that are no subscriptions. */
  protected abstract upstream(peer: Peer, messages: Uint8Array[][]): void;

  protected ready(connection: Connection): void {
    this.#subscriptions.set(connection, { byPrefix: new Map(), count: 0, isFull: false });
  }

  /** Peers before ZMTP 3.1 send their subscriptions as messages: one frame, which begins with 1 or 0. */
  protected messages(connection: Connection, messages: Uint8Array[][]): void {
    const others: Uint8Array[][] = [];
    for (const frames of messages) {
      const first = frames[0]!;
      if (frames.length > 1 || first.length === 0 || first[0]! > SUBSCRIBE) {
        others.push(frames);
        continue;
      }
      const refusal = this.#subscribe(connection, first.subarray(1), first[0] === SUBSCRIBE);
      if (refusal !== null) return connection.drop(refusal);
    }
    if (others.length > 0) this.upstream(connection, others);
  }

  protected override subscription(connection: Connection, prefix: Uint8Array, isWanted: boolean): void {
    const refusal = this.#subscribe(connection, prefix, isWanted);
    if (refusal !== null) throw refusal;
  }

  protected drained(connection: Connection): void {
    const subscriptions = this.#subscriptions.get(connection);
    if (subscriptions?.isFull !== true) return;
    subscriptions.isFull = false;
    this.#handlers.onDrain?.(connection);
  }

  protected gone(connection: Connection): void {
    const subscriptions = this.#subscriptions.get(connection);
    this.#subscriptions.delete(connection);
    for (const { prefix } of subscriptions?.byPrefix.values() ?? []) {
      const isLast = this.#tree.remove(prefix, connection);
      this.changed(connection, prefix, false, isLast);
    }
  }

  #subscribe(connection: Connection, bytes: Uint8Array, isWanted: boolean): ZmtpError | null {
    const { subscriptionBytesMax, subscriptionsMax } = this.limits;
    if (bytes.length > subscriptionBytesMax)
      return new ZmtpError('SUBSCRIPTION_TOO_LONG', `${bytes.length} of ${subscriptionBytesMax} bytes`);
    const own = this.#subscriptions.get(connection);
    if (own === undefined) return null;
    const key = latin1Of(bytes);
    const known = own.byPrefix.get(key);
    if (!isWanted) {
      if (known !== undefined) this.#cancel(connection, own, key, known);
      return null;
    }
    if (own.count >= subscriptionsMax) return new ZmtpError('TOO_MANY_SUBSCRIPTIONS', `more than ${subscriptionsMax}`);
    own.count += 1;
    if (known !== undefined) {
      known.count += 1;
      this.changed(connection, known.prefix, true, false);
      return null;
    }
    const prefix = bytes.slice();
    own.byPrefix.set(key, { prefix, count: 1 });
    this.changed(connection, prefix, true, this.#tree.add(prefix, connection));
    return null;
  }

  #cancel(connection: Connection, own: Subscriptions, key: string, known: Subscription): void {
    own.count -= 1;
    known.count -= 1;
    if (known.count > 0) return this.changed(connection, known.prefix, false, false);
    own.byPrefix.delete(key);
    this.changed(connection, known.prefix, false, this.#tree.remove(known.prefix, connection));
  }

  #miss(connection: Connection, messages: number): void {
    this.#dropped += messages;
    const subscriptions = this.#subscriptions.get(connection);
    if (subscriptions === undefined || subscriptions.isFull) return;
    subscriptions.isFull = true;
    this.#handlers.onFull?.(connection);
  }
}

/** The message by which XPUB tells of a subscription: 1, or 0 for its end, and the prefix. */
export function subscriptionMessage(prefix: Uint8Array, isWanted: boolean): Uint8Array {
  const message = new Uint8Array(1 + prefix.length);
  message[0] = isWanted ? SUBSCRIBE : CANCEL;
  message.set(prefix, 1);
  return message;
}

function hasLongFrame(frames: readonly Uint8Array[]): boolean {
  for (let index = 0; index < frames.length; index += 1) if (frames[index]!.length >= LONG_BODY_BYTES) return true;
  return false;
}
