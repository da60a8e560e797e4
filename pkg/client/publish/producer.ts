// The publishing half of a client: numbers messages, packs those of one turn together, keeps each until the broker has
// answered, and sends everything unanswered again, in order and under the same numbers, to the next connection.
//
// Invariants: every promise settles exactly once; sequences under way never reach further apart than the window in which
// the broker knows duplicates; a message that was refused to its caller is never sent again.

import {
  BODY_BYTES_MAX,
  type BrokerWord,
  type ConfirmPacket,
  type HelloOk,
  type ProducerClaim,
  PUBLISH_HEAD_BYTES,
  TachyonError,
  WAIT_FOR_ROOM,
} from '../../protocol/index.ts';
import { type Deferred, deferred } from '../deferred.ts';
import type { Greeting } from '../link/connection.ts';
import { Connection, type ConnectionEvents, type ConnectionOptions, errorOf } from '../link/connection.ts';
import { countFault, packBatch, promised, refuseItem, refuseRest } from './atomic-batch.ts';
import { BlockHeads } from './block-heads.ts';
import { blockOf, bytesOf, isJsonBody, NO_OPTIONS, type PublishBody, type PublishOptions } from './message.ts';
import { OUTSTANDING_MAX, Outstanding, type Reject, type Resolve } from './outstanding.ts';
import { PACKET_BYTES_FULL, PublishPacket } from './publish-packet.ts';
import type { PublishReceipt } from './receipt.ts';
import { errorIn, RESENT } from './refusals.ts';
import { packetsOf } from './resend.ts';
import { type WaitingBatch, WaitingLine, type WaitingPublish } from './waiting-line.ts';

export interface ProducerOptions extends ConnectionOptions {
  readonly tenant: string;
  readonly clientName: string;
  readonly bufferBytes: number;
  readonly onFull: 'wait' | 'reject';
  readonly onBrokerFull: 'wait' | 'reject';
  readonly maxOutstanding: number;
  readonly maxWaiting: number;
  /** The connection is over for good, without having been asked to. */
  ended(error: TachyonError): void;
}

export class Producer implements ConnectionEvents {
  readonly #options: ProducerOptions;
  readonly #connection: Connection;
  readonly #outstanding = new Outstanding();
  readonly #waiting = new WaitingLine();
  readonly #heads = new BlockHeads();
  readonly #opened: Deferred<void> = deferred<void>();
  #window: number;
  #claim: ProducerClaim | null = null;
  /** A producer id is asked for with the first publish: a client that only consumes takes none. */
  #publishes = false;
  #granted = false;
  /** The broker forgot the former claim; so many messages had been sent under it. */
  #renewal: number | null = null;
  #packet: PublishPacket | null = null;
  #capacity = 0;
  #flushing = false;
  #closed: TachyonError | null = null;
  #idle: Deferred<void> | null = null;
  // What the executor below caught last: no closure per message.
  #resolve!: Resolve;
  #reject!: Reject;

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.#window = Math.min(options.maxOutstanding, OUTSTANDING_MAX);
    this.#connection = new Connection(options, this);
    // The caller of `open` has a promise of its own.
    this.#opened.promise.catch(() => undefined);
  }

  /** Resolves with the first hello.ok; rejects when the connection ends for good before that. */
  open(): Promise<void> {
    this.#connection.start();
    return this.#opened.promise;
  }

  get outstanding(): number {
    return this.#outstanding.span + this.#waiting.length;
  }

  publish(topic: string, body: PublishBody, options: PublishOptions = NO_OPTIONS): Promise<PublishReceipt> {
    const promise = new Promise<PublishReceipt>(this.#capture);
    if (this.#closed !== null) this.#reject(this.#closed);
    else if (this.#waiting.length === 0 && this.#hasRoom())
      this.#append(topic, body, options, this.#resolve, this.#reject);
    else this.#hold({ topic, body, options, resolve: this.#resolve, reject: this.#reject });
    return promise;
  }

  /** All or none; each promise tells of its message. Refused here when it can never have room. */
  publishAtomic(batch: readonly Omit<WaitingPublish, 'resolve' | 'reject'>[]): Promise<PublishReceipt>[] {
    const { items, promises } = promised(batch);
    const fault = this.#closed ?? countFault(items.length, this.#window);
    if (items.length === 0) return promises;
    if (fault !== null) refuseItem({ batch: items }, fault);
    else if (this.#waiting.length === 0 && this.#hasRoom(items.length)) this.#appendBatch(items);
    else this.#hold({ batch: items });
    return promises;
  }

  /** Resolves when nothing is under way and nothing waits. */
  async flushed(): Promise<void> {
    if (this.outstanding === 0 || this.#closed !== null) return;
    this.#idle ??= deferred<void>();
    return this.#idle.promise;
  }

  close(error: TachyonError): void {
    if (this.#closed !== null) return;
    this.#closed = error;
    this.#connection.close();
    this.#outstanding.refuseAll(error);
    for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift()) refuseItem(item, error);
    this.#packet = null;
    this.#opened.reject(error);
    this.#settleIdle();
  }

  checkInvariants(): void {
    this.#outstanding.checkInvariants();
  }

  // What the connection tells.

  greeting(): Greeting {
    const producer = this.#publishes ? (this.#claim ?? 'new') : null;
    const capabilities = this.#options.onBrokerFull === 'wait' ? [WAIT_FOR_ROOM] : [];
    return { tenantId: this.#options.tenant, client: this.#options.clientName, producer, capabilities };
  }

  opened({ producer, server }: HelloOk): void {
    this.#options.tell({ type: 'connected', connection: this.#options.name, server });
    this.#opened.resolve();
    if (producer === null) {
      if (this.#publishes) this.#connection.restart();
      return;
    }
    this.#granted = true;
    // A broker that keeps only the token's hash cannot say it a second time.
    this.#claim = { id: producer.id, token: producer.token || (this.#claim?.token ?? '') };
    this.#window = Math.min(this.#options.maxOutstanding, producer.window, OUTSTANDING_MAX);
    if (this.#renewal !== null) this.#options.tell({ type: 'producer-renewed', uncertain: this.#renewal });
    this.#renewal = null;
    this.#resend();
    this.#admit();
  }

  lost(): void {
    this.#granted = false;
  }

  refused(error: TachyonError): boolean {
    if (error.code !== 'UNKNOWN_PRODUCER' || this.#claim === null) return false;
    this.#claim = null;
    this.#renewal = this.#outstanding.markUncertain();
    return true;
  }

  ended(error: TachyonError): void {
    this.close(error);
    this.#options.ended(error);
  }

  word(word: BrokerWord): void {
    // Nothing new is sent to a broker that goes; its confirms are still read.
    if (word.type === 'server.draining') this.#granted = false;
    if (word.type !== 'error') return;
    const error = errorOf(word);
    if (RESENT.has(error.code)) return this.#leave(error);
    if (word.sequence !== null && this.#outstanding.has(word.sequence)) {
      this.#outstanding.refuse(word.sequence, error);
      return this.#settled();
    }
    this.#options.tell({ type: 'error', connection: this.#options.name, error });
  }

  packet(packet: { readonly type: string }): void {
    if (packet.type === 'confirm') this.#confirm(packet as ConfirmPacket);
  }

  // Sending.

  readonly #capture = (resolve: Resolve, reject: Reject): void => {
    this.#resolve = resolve;
    this.#reject = reject;
  };

  /** One message may reach over the bound, so that one larger than the buffer still goes. */
  #hasRoom(messages = 1): boolean {
    return this.#outstanding.span + messages <= this.#window && this.#outstanding.bytes < this.#options.bufferBytes;
  }

  #hold(item: WaitingPublish | WaitingBatch): void {
    const refuse = (detail: string): void => refuseItem(item, new TachyonError('BUFFER_FULL', detail));
    if (this.#options.onFull === 'reject')
      refuse(`${this.#outstanding.bytes} bytes in ${this.#outstanding.span} messages`);
    else if (this.#waiting.length < this.#options.maxWaiting) this.#waiting.push(item);
    else refuse(`${this.#waiting.length} messages wait already`);
  }

  /** A packet of its own, behind what was said before it. */
  #appendBatch(batch: readonly WaitingPublish[]): void {
    const packet = new PublishPacket(this.#outstanding.next, 0, true);
    const lengths = packBatch(batch, packet, (topic, body, options) => this.#pack(packet, topic, body, options));
    if (lengths === null) return;
    // Where nothing can leave yet, `#resend` sends it all, in the order of the numbers.
    if (this.#granted) this.#flush();
    this.#packet = null;
    let start = PUBLISH_HEAD_BYTES;
    for (const [index, { resolve, reject }] of batch.entries()) {
      const length = lengths[index] as number;
      this.#outstanding.push(packet, start, length, resolve, reject);
      start += length;
    }
    if (this.#granted) this.#connection.send(packet.seal());
    else this.#want();
  }

  #append(topic: string, body: PublishBody, options: PublishOptions, resolve: Resolve, reject: Reject): void {
    this.#packet ??= new PublishPacket(this.#outstanding.next, this.#capacity);
    const packet = this.#packet;
    const start = packet.end;
    try {
      const length = this.#pack(packet, topic, body, options);
      this.#outstanding.push(packet, start, length, resolve, reject);
    } catch (error) {
      if (packet.count === 0) this.#packet = null;
      reject(error as TachyonError);
      return;
    }
    if (packet.isFull) this.#flush();
    else if (!this.#flushing) {
      this.#flushing = true;
      setImmediate(this.#endTurn);
    }
  }

  #pack(packet: PublishPacket, topic: string, body: PublishBody, options: PublishOptions): number {
    const head = this.#heads.of(topic, isJsonBody(body), options);
    if (head === null) return packet.append(blockOf(topic, body, options));
    const bytes = bytesOf(body);
    if (bytes.length > BODY_BYTES_MAX)
      throw new TachyonError('PAYLOAD_TOO_LARGE', `${bytes.length} bytes, at most ${BODY_BYTES_MAX}`);
    return packet.appendBehind(head, bytes);
  }

  readonly #endTurn = (): void => {
    this.#flushing = false;
    this.#flush();
  };

  #flush(): void {
    const packet = this.#packet;
    if (packet === null) return;
    if (!this.#granted) return this.#want();
    this.#packet = null;
    // Near the last one's size: a steady stream allocates what it needs, a lone message little.
    this.#capacity = Math.min(packet.end + (packet.end >>> 3), PACKET_BYTES_FULL * 2);
    this.#connection.send(packet.seal());
  }

  /** The first publish: the greeting asks for a producer id from now on. */
  #want(): void {
    if (this.#publishes) return;
    this.#publishes = true;
    if (this.#connection.isOpen) this.#connection.restart();
  }

  /** Everything unanswered goes out again; the packet that still grows is among it, and is closed. */
  #resend(): void {
    this.#packet = null;
    for (const packet of packetsOf(this.#outstanding)) this.#connection.send(packet);
  }

  // Answers.

  #confirm({ through, position, durability, exceptions }: ConfirmPacket): void {
    const outstanding = this.#outstanding;
    const last = Math.min(through, outstanding.next - 1);
    let leaving: TachyonError | null = null;
    let next = outstanding.base;
    const torn = new Set<PublishPacket>();
    const acceptBefore = (end: number): void => {
      for (; next < end; next += 1) if (outstanding.has(next)) outstanding.accept(next, position, durability, false);
    };
    for (const exception of exceptions) {
      acceptBefore(Math.min(exception.sequence, last + 1));
      next = Math.max(next, exception.sequence + 1);
      if (!outstanding.has(exception.sequence)) continue;
      if (exception.duplicate) outstanding.accept(exception.sequence, position, durability, true);
      else if (RESENT.has(exception.code)) leaving = errorIn(exception);
      else {
        const batch = outstanding.batchOf(exception.sequence);
        if (batch !== null) torn.add(batch);
        outstanding.refuse(exception.sequence, errorIn(exception));
      }
    }
    acceptBefore(last + 1);
    for (const batch of torn) refuseRest(outstanding, batch);
    this.#settled();
    if (leaving !== null) this.#leave(leaving);
  }

  /** A broker that drains still confirms what it took before; with any other of these the connection is of no use. */
  #leave(error: TachyonError): void {
    this.#granted = false;
    if (error.code === 'DRAINING') this.#connection.expectEnd(error.retryAfterMs ?? 0);
    else this.#connection.lose(error);
  }

  #settled(): void {
    this.#outstanding.advance();
    this.#admit();
    if (this.outstanding === 0) this.#settleIdle();
  }

  #admit(): void {
    while (this.#waiting.next > 0 && this.#hasRoom(this.#waiting.next)) {
      const item = this.#waiting.shift();
      if (item === undefined) return;
      if ('batch' in item) this.#appendBatch(item.batch);
      else this.#append(item.topic, item.body, item.options, item.resolve, item.reject);
    }
  }

  #settleIdle(): void {
    this.#idle?.resolve();
    this.#idle = null;
  }
}
