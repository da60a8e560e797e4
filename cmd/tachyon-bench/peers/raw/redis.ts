// Redis Streams by RESP: pipelined XADD over some connections, each answered by its id; XREADGROUP, and one XACK of all ids
// of a read.

import { BLOCK_MS, CONSUMER, FIELD, GROUP, readCountOf, STREAM } from '../systems/redis.ts';
import { BlockRing, numberAt } from '../wire/numbered-block.ts';
import { OutBuffer } from '../wire/out-buffer.ts';
import { COMMAND_TAIL, commandHead, encodeCommand, type RespHandlers, RespParser } from '../wire/resp.ts';
import { chunkOf, type Driver, type ProducerSeat } from '../work/driver.ts';
import { Answer, type Line, openLine } from './line.ts';

const unexpected = (what: string) => (): void => {
  throw new Error(`redis: ${what} where none was asked for`);
};

const onError = (text: string): void => {
  throw new Error(`redis: ${text}`);
};

const SILENT: RespHandlers = {
  array: unexpected('an array'),
  bulk: unexpected('a value'),
  integer: unexpected('a number'),
  simple: unexpected('a text'),
  error: onError,
};

/** Of an entry come its id, the name of the field and the body. */
const VALUES_PER_ENTRY = 3;

/** Reads of the group, one after the other, each acknowledged before the next. */
class GroupReader {
  readonly #note: (index: number) => void;
  readonly #onEmpty: () => void;
  readonly #ids = new OutBuffer();
  #idCount = 0;
  /** Values to come of the entries of the read under way; -1 before its entries were counted. */
  #left = -1;
  #depth = 0;
  #acknowledged = 0;
  #entries = 0;

  constructor(note: (index: number) => void, onEmpty: () => void) {
    this.#note = note;
    this.#onEmpty = onEmpty;
  }

  /** Everything that was read has been acknowledged by the server. */
  get isSettled(): boolean {
    return this.#acknowledged === this.#entries;
  }

  readonly handlers: RespHandlers = {
    ...SILENT,
    array: (count) => {
      if (count < 0) return this.#onEmpty();
      this.#depth += 1;
      // streams, stream, entries: the third level counts them.
      if (this.#depth === 3) this.#left = count * VALUES_PER_ENTRY;
    },
    bulk: (bytes, start, end) => {
      if (this.#left < 0) return; // the name of the stream
      const place = this.#left % VALUES_PER_ENTRY;
      if (place === 0) this.#id(bytes, start, end);
      else if (place === 1) this.#note(numberAt(bytes, start));
      this.#left -= 1;
    },
    integer: (count) => {
      this.#acknowledged += count;
    },
  };

  /** The acknowledgement of the read that is whole, or null while it is not. */
  ack(): Buffer | null {
    if (this.#left !== 0) return null;
    this.#left = -1;
    this.#depth = 0;
    const ids = this.#ids.take();
    const head = commandWords(this.#idCount + 3, ['XACK', STREAM, GROUP]);
    this.#entries += this.#idCount;
    this.#idCount = 0;
    return Buffer.concat([head, ids]);
  }

  #id(bytes: Buffer, start: number, end: number): void {
    this.#ids.append(Buffer.from(`$${end - start}\r\n`));
    this.#ids.appendPart(bytes, start, end);
    this.#ids.append(COMMAND_TAIL);
    this.#idCount += 1;
  }
}

/** The front of a command of so many words. */
const commandWords = (count: number, words: readonly string[]): Buffer =>
  Buffer.from(`*${count}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);

/**
 * The server reads at most 16 KiB of a connection before it syncs for all of them: one connection would bound the group
 * that a sync is for.
 */
const PRODUCER_LINES = 4;

export const driver: Driver = {
  async openProducer(seat) {
    const { job, window } = seat;
    const lines = await Promise.all(Array.from({ length: PRODUCER_LINES }, () => openProducerLine(seat)));
    const count = chunkOf(job.window);
    const prefix = commandHead(['XADD', STREAM, '*', FIELD], job.payloadSize);
    const ring = new BlockRing({ prefix, bodyBytes: job.payloadSize, suffix: COMMAND_TAIL, count }, job.window);
    let turn = 0;
    window.use(count, (first, messages) => {
      lines[turn % PRODUCER_LINES]!.write(ring.next().numbered(first, messages));
      turn += 1;
    });
  },

  async openConsumer(seat) {
    const { job, book } = seat;
    const count = String(readCountOf(job.window));
    const read = encodeCommand(
      ...['XREADGROUP', 'GROUP', GROUP, CONSUMER, 'COUNT', count, 'BLOCK', String(BLOCK_MS), 'STREAMS', STREAM, '>'],
    );
    const grouped = new Answer<void>();
    let settling: Answer<void> | null = null;
    const reader = new GroupReader(
      (index) => book.note(0, index),
      () => line.write(read),
    );
    const parser = new RespParser({ ...reader.handlers, simple: () => grouped.give() });
    const line: Line = await openLine(seat, (chunk) => {
      parser.push(chunk);
      const ack = reader.ack();
      if (ack !== null) line.write(Buffer.concat([ack, read]));
      if (reader.isSettled) settling?.give();
    });
    line.write(encodeCommand('XGROUP', 'CREATE', STREAM, GROUP, '$', 'MKSTREAM'));
    await grouped.promise;
    line.write(read);
    return {
      async settled() {
        if (reader.isSettled) return;
        settling = new Answer<void>();
        await settling.promise;
      },
    };
  },
};

async function openProducerLine(seat: ProducerSeat): Promise<Line> {
  const { window } = seat;
  let confirms = 0;
  const parser = new RespParser({ ...SILENT, bulk: () => (confirms += 1) });
  return openLine(seat, (chunk) => {
    parser.push(chunk);
    const count = confirms;
    confirms = 0;
    if (count > 0) window.confirm(count);
  });
}
