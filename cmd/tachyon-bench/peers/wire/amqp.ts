// AMQP 0-9-1: frames, and the few methods that publish with confirms and consume with acknowledgements.
//
//   frame    0 u8 type (1 method, 2 header, 3 body, 8 heartbeat)   1 u16 channel   3 u32 size   7 payload   u8 CE
//   method   0 u16 class   2 u16 method   4 arguments        all integers big-endian

export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_HEARTBEAT = 8;
const FRAME_HEAD = 7;
const FRAME_END = 0xce;

/** Class and method in one number. */
export const METHODS = {
  connectionStart: 0x000a_000a,
  connectionStartOk: 0x000a_000b,
  connectionTune: 0x000a_001e,
  connectionTuneOk: 0x000a_001f,
  connectionOpen: 0x000a_0028,
  connectionOpenOk: 0x000a_0029,
  connectionClose: 0x000a_0032,
  channelOpen: 0x0014_000a,
  channelOpenOk: 0x0014_000b,
  channelClose: 0x0014_0028,
  queueDeclare: 0x0032_000a,
  queueDeclareOk: 0x0032_000b,
  basicQos: 0x003c_000a,
  basicQosOk: 0x003c_000b,
  basicConsume: 0x003c_0014,
  basicConsumeOk: 0x003c_0015,
  basicPublish: 0x003c_0028,
  basicReturn: 0x003c_0032,
  basicDeliver: 0x003c_003c,
  basicAck: 0x003c_0050,
  basicNack: 0x003c_0078,
  confirmSelect: 0x0055_000a,
  confirmSelectOk: 0x0055_000b,
} as const;

export const PROTOCOL_HEADER: Buffer = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);

/** Of a body's header: `delivery-mode` is there, and it is 2, persistent. */
const DELIVERY_MODE_FLAG = 0x1000;
const PERSISTENT = 2;
const BASIC_CLASS = 60;

export type OnFrame = (type: number, channel: number, bytes: Buffer, start: number, end: number) => void;

export class AmqpParser {
  readonly #onFrame: OnFrame;
  readonly #frameMax: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onFrame: OnFrame, frameMax: number) {
    this.#onFrame = onFrame;
    this.#frameMax = frameMax;
  }

  /** Throws when the bytes are no frames. Offsets given hold during the call. */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + FRAME_HEAD < bytes.length) {
      const size = readU32(bytes, at + 3);
      if (size > this.#frameMax) throw new Error(`amqp: a frame of ${size} bytes`);
      const start = at + FRAME_HEAD;
      const end = start + size;
      if (end >= bytes.length) break;
      if (bytes[end] !== FRAME_END) throw new Error('amqp: a frame without its end');
      this.#onFrame(bytes[at]!, (bytes[at + 1]! << 8) | bytes[at + 2]!, bytes, start, end);
      at = end + 1;
    }
    this.#rest = bytes.subarray(at);
  }
}

const readU32 = (bytes: Buffer, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;

/** Delivery tags are u64; below 2^53 here. */
export const readU64 = (bytes: Buffer, at: number): number => readU32(bytes, at) * 2 ** 32 + readU32(bytes, at + 4);

export const methodAt = (bytes: Buffer, start: number): number => readU32(bytes, start);

export function encodeFrame(type: number, channel: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(FRAME_HEAD + payload.length + 1);
  frame[0] = type;
  frame.writeUInt16BE(channel, 1);
  frame.writeUInt32BE(payload.length, 3);
  frame.set(payload, FRAME_HEAD);
  frame[frame.length - 1] = FRAME_END;
  return frame;
}

export const encodeMethod = (channel: number, method: number, ...parts: readonly Uint8Array[]): Buffer =>
  encodeFrame(FRAME_METHOD, channel, Buffer.concat([u32(method), ...parts]));

export const u8 = (value: number): Buffer => Buffer.from([value]);
export const u16 = (value: number): Buffer => Buffer.from([value >>> 8, value]);
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}
export const u64 = (value: number): Buffer => Buffer.concat([u32(Math.floor(value / 2 ** 32)), u32(value >>> 0)]);
export const shortText = (text: string): Buffer => Buffer.concat([u8(Buffer.byteLength(text)), Buffer.from(text)]);
export const longText = (text: string): Buffer => Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(text)]);

/** A field table of texts. */
export const textTable = (fields: Readonly<Record<string, string>>): Buffer => {
  const entries = Object.entries(fields).map(([name, value]) =>
    Buffer.concat([shortText(name), Buffer.from('S'), longText(value)]),
  );
  const all = Buffer.concat(entries);
  return Buffer.concat([u32(all.length), all]);
};

/** Everything of a persistent message to a queue before its body; `frameEnd` follows the body. */
export function publishHead(channel: number, queue: string, bodyBytes: number): Buffer {
  const method = encodeMethod(channel, METHODS.basicPublish, u16(0), shortText(''), shortText(queue), u8(0));
  const properties = [u16(BASIC_CLASS), u16(0), u64(bodyBytes), u16(DELIVERY_MODE_FLAG), u8(PERSISTENT)];
  const header = encodeFrame(FRAME_HEADER, channel, Buffer.concat(properties));
  const body = encodeFrame(FRAME_BODY, channel, new Uint8Array(bodyBytes));
  return Buffer.concat([method, header, body.subarray(0, FRAME_HEAD)]);
}
export const PUBLISH_TAIL: Buffer = Buffer.from([FRAME_END]);

/** Acknowledges everything up to the tag. */
export const encodeAckThrough = (channel: number, tag: number): Buffer =>
  encodeMethod(channel, METHODS.basicAck, u64(tag), u8(1));
