// A connection and a channel to an AMQP 0-9-1 server: opened in order, then every method on its way to the driver.

import { AMQP_PASSWORD, AMQP_USER, FRAME_BYTES_MAX } from '../systems/amqp.ts';
import {
  AmqpParser,
  encodeFrame,
  encodeMethod,
  FRAME_BODY,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  longText,
  METHODS,
  methodAt,
  PROTOCOL_HEADER,
  shortText,
  textTable,
  u8,
  u16,
  u32,
} from '../wire/amqp.ts';
import type { ConsumerSeat, ProducerSeat } from '../work/driver.ts';
import { Answer, type Line, openLine } from './line.ts';

export interface AmqpHandlers {
  /** A method that nobody waited for; its arguments begin at `start`. */
  method(method: number, bytes: Buffer, start: number, end: number): void;
  /** The content of a delivery, whole: bodies of a race fit into a frame. */
  body(bytes: Buffer, start: number, end: number): void;
  /** The end of a read. */
  read(): void;
}

export const CHANNEL = 1;
const METHOD_BYTES = 4;
const CLOSES: readonly number[] = [METHODS.connectionClose, METHODS.channelClose, METHODS.basicReturn];

export class AmqpSession {
  readonly line: Line;
  readonly #waits: Map<number, Answer<void>>;

  private constructor(line: Line, waits: Map<number, Answer<void>>) {
    this.line = line;
    this.#waits = waits;
  }

  static async open(seat: ProducerSeat | ConsumerSeat, handlers: AmqpHandlers): Promise<AmqpSession> {
    const waits = new Map<number, Answer<void>>();
    const parser = new AmqpParser((type, _channel, bytes, start, end) => {
      if (type === FRAME_BODY) return handlers.body(bytes, start, end);
      if (type === FRAME_HEARTBEAT) return line.write(encodeFrame(FRAME_HEARTBEAT, 0, new Uint8Array(0)));
      if (type !== FRAME_METHOD) return;
      const method = methodAt(bytes, start);
      if (CLOSES.includes(method)) throw new Error(`amqp: the server ended it: ${reasonAt(bytes, start, end)}`);
      const waiting = waits.get(method);
      if (waiting === undefined) return handlers.method(method, bytes, start + METHOD_BYTES, end);
      waits.delete(method);
      waiting.give();
    }, FRAME_BYTES_MAX);
    const line: Line = await openLine(seat, (chunk) => {
      parser.push(chunk);
      handlers.read();
    });
    const session = new AmqpSession(line, waits);
    await session.#greet();
    return session;
  }

  /** Writes, and resolves when the method that answers it has come. */
  ask(bytes: Uint8Array, answer: number): Promise<void> {
    const waiting = new Answer<void>();
    this.#waits.set(answer, waiting);
    this.line.write(bytes);
    return waiting.promise;
  }

  async #greet(): Promise<void> {
    await this.ask(PROTOCOL_HEADER, METHODS.connectionStart);
    const login = longText(`\0${AMQP_USER}\0${AMQP_PASSWORD}`);
    const startOk = [textTable({}), shortText('PLAIN'), login, shortText('en_US')];
    await this.ask(encodeMethod(0, METHODS.connectionStartOk, ...startOk), METHODS.connectionTune);
    this.line.write(encodeMethod(0, METHODS.connectionTuneOk, u16(CHANNEL), u32(FRAME_BYTES_MAX), u16(0)));
    await this.ask(
      encodeMethod(0, METHODS.connectionOpen, shortText('/'), shortText(''), u8(0)),
      METHODS.connectionOpenOk,
    );
    await this.ask(encodeMethod(CHANNEL, METHODS.channelOpen, shortText('')), METHODS.channelOpenOk);
  }
}

/** Behind class and method: a u16 code and a short text. */
function reasonAt(bytes: Buffer, start: number, end: number): string {
  const at = start + METHOD_BYTES;
  return `${bytes.readUInt16BE(at)} ${bytes.toString('utf8', at + 3, Math.min(end, at + 3 + bytes[at + 2]!))}`;
}
