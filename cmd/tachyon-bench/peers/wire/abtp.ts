// abtp/2 as a driver at capacity reads and writes it: PUBLISH packets that are ready but for their numbers, DELIVER
// packets walked where they lie, one ACK of all ids of a turn.

import {
  type Attributes,
  BLOCK_HEAD_BYTES,
  encodeBlockHead,
  PUBLISH_HEAD_BYTES,
  writePublishHead,
} from '../../../../pkg/protocol/index.ts';
import { BlockRing, type NumberedBlock, numberAt } from './numbered-block.ts';
import { OutBuffer } from './out-buffer.ts';

export const CONFIRM = 0x81;
export const DELIVER = 0x82;
export const ACKED = 0x83;
const ACK = 0x02;
const FLAG_REPLY = 0x0001;

const CONFIRM_HEAD = 32;
const DELIVER_HEAD = 32;
const DELIVER_ITEM = 12;
const ACK_HEAD = 16;
const ID_BYTES = 8;
const NOTHING = new Uint8Array(0);

/** PUBLISH packets of so many messages, handed out in turn. */
export class PublishRing {
  readonly #ring: BlockRing;

  constructor(topic: string, attributes: Attributes, bodyBytes: number, count: number, window: number) {
    const prefix = encodeBlockHead({ topic, attributes }, bodyBytes);
    this.#ring = new BlockRing({ head: PUBLISH_HEAD_BYTES, prefix, bodyBytes, suffix: NOTHING, count }, window);
  }

  /** The packet of messages `first` on; their sequences are one higher, since sequences begin at 1. */
  packet(first: number, count: number): Uint8Array {
    const block: NumberedBlock = this.#ring.next();
    const bytes = block.numbered(first, count);
    writePublishHead(bytes, 0, first + 1, count);
    return bytes;
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export interface Confirm {
  readonly through: number;
  readonly durability: number;
  /** What was refused or known already. */
  readonly exceptions: number;
}

export function readConfirm(bytes: Uint8Array): Confirm {
  if (bytes.length < CONFIRM_HEAD) throw new Error('tachyon: a confirm that is cut short');
  const view = viewOf(bytes);
  return { through: view.getFloat64(8, true), durability: bytes[24]!, exceptions: view.getUint32(28, true) };
}

/** Calls `note` with the number in each body; gives the first delivery id, and how many follow each other from there. */
export function walkDeliver(
  bytes: Uint8Array,
  note: (index: number) => void,
): { readonly first: number; readonly count: number } {
  const view = viewOf(bytes);
  const count = view.getUint32(12, true);
  let at = DELIVER_HEAD + count * DELIVER_ITEM;
  for (let i = 0; i < count; i += 1) {
    if (at + BLOCK_HEAD_BYTES > bytes.length) throw new Error('tachyon: a delivery that is cut short');
    // Topic, message id and attributes lie between the head of a block and its body.
    const bodyAt =
      at +
      BLOCK_HEAD_BYTES +
      view.getUint16(at + 8, true) +
      view.getUint16(at + 10, true) +
      view.getUint32(at + 12, true);
    note(numberAt(bytes, bodyAt));
    at += view.getUint32(at, true);
  }
  if (at !== bytes.length) throw new Error('tachyon: blocks that do not fill their packet');
  return { first: view.getFloat64(16, true), count };
}

/** Acknowledgements of one turn on their way into one packet. */
export class AckPacket {
  #ids = new OutBuffer();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(first: number, count: number): void {
    const { bytes, at } = this.#ids.reserve((this.#count === 0 ? ACK_HEAD : 0) + count * ID_BYTES);
    const view = viewOf(bytes);
    let to = this.#count === 0 ? at + ACK_HEAD : at;
    for (let id = first; id < first + count; id += 1) {
      view.setFloat64(to, id, true);
      to += ID_BYTES;
    }
    this.#count += count;
  }

  /** The packet; with a request number the broker answers once the outcome is durable. */
  take(request: number | null): Uint8Array {
    const count = this.#count;
    const packet = this.#ids.take();
    this.#count = 0;
    packet.set([0xab, 0x54, 2, ACK], 0);
    packet.writeUInt16LE(request === null ? 0 : FLAG_REPLY, 4);
    packet.writeUInt16LE(0, 6);
    packet.writeUInt32LE(request ?? 0, 8);
    packet.writeUInt32LE(count, 12);
    return packet;
  }
}
