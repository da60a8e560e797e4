// MQTT 3.1.1: the packets that publish and deliver with QoS 1.
//
//   0 u8 type << 4 | flags   1 remaining length, 7 bits a byte, the lowest first   then the variable header and the payload

export const PACKETS = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  suback: 9,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

const QOS_1 = 0x02;
const LEVEL_3_1_1 = 4;
const CLEAN_SESSION = 0x02;
const LENGTH_BYTES_MAX = 4;
const PUBACK_BYTES = 4;
/** 0 is no packet id. */
export const PACKET_ID_MAX = 65_535;

/** `start` to `end`: variable header and payload. */
export type OnPacket = (type: number, flags: number, bytes: Buffer, start: number, end: number) => void;

export class MqttParser {
  readonly #onPacket: OnPacket;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onPacket: OnPacket) {
    this.#onPacket = onPacket;
  }

  /** Throws when a length is none. Offsets given hold during the call. */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      let length = 0;
      let lengthBytes = 0;
      for (let more = true; more; lengthBytes += 1) {
        if (lengthBytes === LENGTH_BYTES_MAX) throw new Error('mqtt: a length of more than four bytes');
        if (at + 1 + lengthBytes >= bytes.length) return this.#keep(bytes, at);
        const byte = bytes[at + 1 + lengthBytes]!;
        length |= (byte & 0x7f) << (7 * lengthBytes);
        more = byte >= 0x80;
      }
      const start = at + 1 + lengthBytes;
      const end = start + length;
      if (end > bytes.length) return this.#keep(bytes, at);
      const first = bytes[at]!;
      this.#onPacket(first >>> 4, first & 0x0f, bytes, start, end);
      at = end;
    }
  }

  #keep(bytes: Buffer, at: number): void {
    this.#rest = bytes.subarray(at);
  }
}

const u16 = (value: number): Buffer => Buffer.from([value >>> 8, value]);
const text = (value: string): Buffer => Buffer.concat([u16(Buffer.byteLength(value)), Buffer.from(value)]);

export function encodeLength(length: number): Buffer {
  const bytes: number[] = [];
  let left = length;
  do {
    const low = left & 0x7f;
    left >>>= 7;
    bytes.push(left > 0 ? low | 0x80 : low);
  } while (left > 0);
  return Buffer.from(bytes);
}

function encodePacket(type: number, flags: number, ...parts: readonly Uint8Array[]): Buffer {
  const rest = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([(type << 4) | flags]), encodeLength(rest.length), rest]);
}

/** Without a keep-alive; the session of a consumer stays, so that its messages wait for it. */
export const encodeConnect = (clientId: string, isClean: boolean): Buffer =>
  encodePacket(
    PACKETS.connect,
    0,
    text('MQTT'),
    Buffer.from([LEVEL_3_1_1, isClean ? CLEAN_SESSION : 0]),
    u16(0),
    text(clientId),
  );

/** A subscribe has the reserved flags 0010. */
export const encodeSubscribe = (packetId: number, filter: string): Buffer =>
  encodePacket(PACKETS.subscribe, QOS_1, u16(packetId), text(filter), Buffer.from([1]));

export const PINGREQ: Buffer = encodePacket(PACKETS.pingreq, 0);

/** Everything of a QoS 1 publish before its body, the packet id still 0 in its last two bytes. */
export function publishHead(topic: string, bodyBytes: number): Buffer {
  const name = text(topic);
  const length = encodeLength(name.length + 2 + bodyBytes);
  return Buffer.concat([Buffer.from([(PACKETS.publish << 4) | QOS_1]), length, name, u16(0)]);
}

/** Writes an acknowledgement; gives the offset behind it. */
export function writePuback(into: Buffer, at: number, packetId: number): number {
  into[at] = PACKETS.puback << 4;
  into[at + 1] = 2;
  into[at + 2] = packetId >>> 8;
  into[at + 3] = packetId;
  return at + PUBACK_BYTES;
}
