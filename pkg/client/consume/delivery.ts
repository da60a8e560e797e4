// One hand-over of one message to this consumer. Reads the message from the packet that brought it, when asked.

import { decompressBlockLE } from '../../encoding/lz4.ts';
import { deliverItem } from '../../protocol/abtp2/deliver.ts';
import {
  type Attributes,
  attributesOf,
  BODY_BYTES_MAX,
  type BodyForm,
  bodyOf,
  COMPRESSION_NONE,
  type Compression,
  compressionOf,
  formOf,
  type Headers,
  messageIdOf,
  NO_ATTRIBUTES,
  TachyonError,
  topicOf,
} from '../../protocol/index.ts';
import { NO_OPTIONS, type PublishBody, type PublishOptions } from '../publish/message.ts';
import type { PublishReceipt } from '../publish/receipt.ts';
import { replyTo } from '../request/respond.ts';
import type { DeliveryBatch } from './delivery-batch.ts';

export interface NackOptions {
  /**
   * `retryable` (default): a failure, tried again after the queue's backoff. `terminal`: dead-lettered now.
   * `returned`: given back unworked; no failure is counted.
   */
  readonly status?: 'retryable' | 'terminal' | 'returned';
  /** Kept with the attempt; cut at 1,024 bytes. */
  readonly reason?: string;
  /** Instead of the queue's backoff. */
  readonly delayMs?: number;
}

export interface DurableAck {
  /** Where in the journal the acknowledgement is. */
  readonly position: number;
}

/**
 * One hand-over of one message. Delivery is at least once: the same message may come again (another `deliveryId`, the
 * same `sequence`) when its lease ends, when its consumer goes, or after a crash of either side.
 */
export interface Delivery {
  readonly topic: string;
  /**
   * What the producer published. A view of the packet that brought the message, which stays in memory as long as the view:
   * copy what you keep. A body that came compressed is decompressed when it is first asked for; throws MALFORMED_BODY or
   * PAYLOAD_TOO_LARGE when it cannot be.
   */
  readonly body: Uint8Array;
  /** The producer's own name of the message; empty when it gave none. */
  readonly messageId: string;
  readonly headers: Headers;
  /** Everything that the producer said beside the body, by the names of the wire. */
  readonly attributes: Attributes;
  /** 0 raw, 1 event JSON, 2 abtp/1 envelope JSON. */
  readonly form: BodyForm;
  /** How the body came: 0 plain, 1 LZ4, compressed by its producer or by the broker where a route asks for it. */
  readonly compression: Compression;
  /** The message's number in the broker: the same in every delivery of it. */
  readonly sequence: number;
  /** From 1; counts failures, not hand-overs. */
  readonly attempt: number;
  /** How often it was handed back without a failure. */
  readonly returned: number;
  /** Fencing token of this hand-over; 0 where nothing is to be acknowledged. */
  readonly deliveryId: number;
  /** When the lease ends, in broker time, as last known: extensions count from when they were asked for. */
  readonly deadlineMs: number;
  readonly queue: string;
  /** False once it was acked, nacked, or lost with its session: nothing said of it counts any more. */
  readonly isOpen: boolean;
  /** The body as text. */
  text(): string;
  /** The body parsed as JSON. Throws a SyntaxError. */
  json(): unknown;
  /**
   * Done. Leaves with the other acks of this turn and is not waited for: a crash soon after may bring the message
   * again. Without effect when the delivery is not open.
   */
  ack(): void;
  /**
   * Resolves when the acknowledgement is durable. Rejects with STALE_DELIVERY when it came too late, and with
   * BROKER_UNREACHABLE when the connection broke before the answer: then the outcome is not known.
   */
  ack(options: { readonly durable: true }): Promise<DurableAck>;
  /** Not done. Without effect when the delivery is not open. */
  nack(options?: NackOptions): void;
  /** The lease ends this long from now; left out, after the queue's lease. */
  extend(byMs?: number): void;
  /**
   * Answers a request: a publish to its `reply_to` with its correlation id. To an inbox it is given to the one who waits and
   * kept nowhere, and rejects with REPLY_INBOX_GONE when nobody does. The delivery is settled apart. Rejects with
   * INVALID_ARGUMENT where the message names no `reply_to`.
   */
  reply(body: PublishBody, options?: PublishOptions): Promise<PublishReceipt>;
}

/** What a delivery needs of its consumer. */
export interface Settling {
  readonly acks: boolean;
  ack(delivery: LeasedDelivery): void;
  ackDurably(delivery: LeasedDelivery): Promise<DurableAck>;
  nack(delivery: LeasedDelivery, options: NackOptions): void;
  extend(delivery: LeasedDelivery, byMs: number): void;
  publish(topic: string, body: PublishBody, options: PublishOptions): Promise<PublishReceipt>;
}

const decoder = new TextDecoder();
const NO_HEADERS: Headers = Object.freeze({});
const NO_NACK: NackOptions = Object.freeze({});

function plainBody(body: Uint8Array, compression: Compression): Uint8Array {
  if (compression === COMPRESSION_NONE) return body;
  const plain = decompressBlockLE(body, BODY_BYTES_MAX);
  if (plain instanceof Uint8Array) return plain;
  throw new TachyonError(plain.error, plain.detail);
}

/** Reads everything from the packet when it is asked for: most handlers look at little but the body. */
export class LeasedDelivery implements Delivery {
  readonly batch: DeliveryBatch;
  /** Its place in the packet. */
  readonly index: number;
  #body: Uint8Array | null = null;

  constructor(batch: DeliveryBatch, index: number) {
    this.batch = batch;
    this.index = index;
  }

  get deliveryId(): number {
    const { firstDelivery } = this.batch;
    return firstDelivery === 0 ? 0 : firstDelivery + this.index;
  }
  get sequence(): number {
    return deliverItem(this.batch.bytes, this.index).sequence;
  }
  get attempt(): number {
    return deliverItem(this.batch.bytes, this.index).attempt;
  }
  get returned(): number {
    return deliverItem(this.batch.bytes, this.index).returned;
  }
  get queue(): string {
    return this.batch.queue;
  }
  get deadlineMs(): number {
    return this.batch.deadlineMs(this.index);
  }
  get isOpen(): boolean {
    return this.batch.isOpen(this.index);
  }
  get topic(): string {
    return topicOf(this.batch.bytes, this.#offset);
  }
  get body(): Uint8Array {
    this.#body ??= plainBody(bodyOf(this.batch.bytes, this.#offset), this.compression);
    return this.#body;
  }
  get messageId(): string {
    return messageIdOf(this.batch.bytes, this.#offset);
  }
  get attributes(): Attributes {
    return attributesOf(this.batch.bytes, this.#offset) ?? NO_ATTRIBUTES;
  }
  get headers(): Headers {
    return this.attributes.headers ?? NO_HEADERS;
  }
  get form(): BodyForm {
    return formOf(this.batch.bytes, this.#offset);
  }
  get compression(): Compression {
    return compressionOf(this.batch.bytes, this.#offset);
  }

  get #offset(): number {
    return this.batch.offsets[this.index]!;
  }

  text(): string {
    return decoder.decode(this.body);
  }

  json(): unknown {
    return JSON.parse(this.text());
  }

  ack(): void;
  ack(options: { readonly durable: true }): Promise<DurableAck>;
  ack(options?: { readonly durable: true }): Promise<DurableAck> | undefined {
    if (options?.durable !== true) {
      if (this.isOpen) this.batch.settling.ack(this);
      return undefined;
    }
    if (this.isOpen && this.batch.settling.acks) return this.batch.settling.ackDurably(this);
    const why = this.batch.settling.acks
      ? 'it was settled before, or its session ended'
      : 'this consumer gives no acks';
    return Promise.reject(new TachyonError('STALE_DELIVERY', why));
  }

  nack(options: NackOptions = NO_NACK): void {
    if (this.isOpen) this.batch.settling.nack(this, options);
  }

  extend(byMs = 0): void {
    if (this.isOpen) this.batch.settling.extend(this, byMs);
  }

  reply(body: PublishBody, options: PublishOptions = NO_OPTIONS): Promise<PublishReceipt> {
    const { settling } = this.batch;
    return replyTo(this, (...words) => settling.publish(...words), body, options);
  }
}
