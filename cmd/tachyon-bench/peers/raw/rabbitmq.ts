// RabbitMQ by AMQP 0-9-1: persistent publishes to a durable queue with publisher confirms, and a consumer whose
// acknowledgements are said once for each read, up to the last delivery of it.

import { QUEUE, queueArguments } from '../systems/amqp.ts';
import {
  encodeAckThrough,
  encodeMethod,
  METHODS,
  PUBLISH_TAIL,
  publishHead,
  readU64,
  shortText,
  textTable,
  u8,
  u16,
  u32,
} from '../wire/amqp.ts';
import { BlockRing, numberAt } from '../wire/numbered-block.ts';
import { chunkOf, type Driver } from '../work/driver.ts';
import { AmqpSession, CHANNEL } from './amqp-session.ts';

const DURABLE = 0x02;
const PASSIVE = 0x01;
const PREFETCH_MAX = 65_535;
const TAG_BYTES = 8;

const declare = (flags: number, type: string): Buffer =>
  encodeMethod(CHANNEL, METHODS.queueDeclare, u16(0), shortText(QUEUE), u8(flags), textTable(queueArguments(type)));

/**
 * Confirms name a tag, or all up to a tag; a server may say a later tag first. What counts is how many are confirmed:
 * each single one once, each run by what it adds.
 */
export class ConfirmCount {
  readonly #singles = new Set<number>();
  #through = 0;

  /** How many tags this adds. */
  take(tag: number, isMultiple: boolean): number {
    if (!isMultiple && tag !== this.#through + 1) {
      if (tag <= this.#through || this.#singles.has(tag)) return 0;
      this.#singles.add(tag);
      return 1;
    }
    let added = 0;
    while (this.#through < tag || this.#singles.size > 0) {
      const next = this.#through + 1;
      const isKnown = this.#singles.delete(next);
      if (!isKnown && next > tag) break;
      if (!isKnown) added += 1;
      this.#through = next;
    }
    return added;
  }
}

export const driver: Driver = {
  async openProducer(seat) {
    const { job, window } = seat;
    const count = new ConfirmCount();
    let confirms = 0;
    const session = await AmqpSession.open(seat, {
      method: (method, bytes, start) => {
        if (method === METHODS.basicNack) throw new Error('amqp: the server refused a publish');
        if (method !== METHODS.basicAck) throw new Error(`amqp: method ${method.toString(16)} to a producer`);
        confirms += count.take(readU64(bytes, start), bytes[start + TAG_BYTES] === 1);
      },
      body: () => undefined,
      read: () => {
        const added = confirms;
        confirms = 0;
        if (added > 0) window.confirm(added);
      },
    });
    await session.ask(encodeMethod(CHANNEL, METHODS.confirmSelect, u8(0)), METHODS.confirmSelectOk);
    const chunk = chunkOf(job.window);
    const prefix = publishHead(CHANNEL, QUEUE, job.payloadSize);
    const ring = new BlockRing({ prefix, bodyBytes: job.payloadSize, suffix: PUBLISH_TAIL, count: chunk }, job.window);
    window.use(chunk, (first, messages) => session.line.write(ring.next().numbered(first, messages)));
  },

  async openConsumer(seat) {
    const { job, book } = seat;
    // Deliveries of a channel have the tags 1, 2, 3 ...: the tag of a body is how many there were.
    let tag = 0;
    let acked = 0;
    const session: AmqpSession = await AmqpSession.open(seat, {
      method: (method) => {
        if (method !== METHODS.basicDeliver) throw new Error(`amqp: method ${method.toString(16)} to a consumer`);
      },
      body: (bytes, start) => {
        tag += 1;
        book.note(0, numberAt(bytes, start));
      },
      read: () => {
        if (tag === acked) return;
        acked = tag;
        session.line.write(encodeAckThrough(CHANNEL, tag));
      },
    });
    await session.ask(declare(DURABLE, job.target.flavour), METHODS.queueDeclareOk);
    const prefetch = u16(Math.min(job.window, PREFETCH_MAX));
    await session.ask(encodeMethod(CHANNEL, METHODS.basicQos, u32(0), prefetch, u8(0)), METHODS.basicQosOk);
    const consume = [u16(0), shortText(QUEUE), shortText('c'), u8(0), textTable({})];
    await session.ask(encodeMethod(CHANNEL, METHODS.basicConsume, ...consume), METHODS.basicConsumeOk);
    return {
      // What the channel was told before is done before it answers this.
      settled: () => session.ask(declare(PASSIVE, job.target.flavour), METHODS.queueDeclareOk),
    };
  },
};
