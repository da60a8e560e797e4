// The body of a measured message: which one it is, when it was published, and filling up to the wanted size.
//
//   0 f64 published at, in ms of the machine's monotonic clock   8 u32 producer   12 u32 index

export const STAMP_BYTES = 16;

export interface Stamp {
  readonly publishedAtMs: number;
  readonly producer: number;
  readonly index: number;
}

/** Makes bodies of one producer. Each is a buffer of its own, as in an application. */
export class BodyMaker {
  readonly #template: Buffer;

  constructor(producer: number, bytes: number) {
    this.#template = Buffer.alloc(bytes, 'tachyon ');
    this.#template.writeUInt32LE(producer, 8);
  }

  make(index: number, nowMs: number): Uint8Array {
    const body = Buffer.allocUnsafe(this.#template.length);
    this.#template.copy(body);
    body.writeDoubleLE(nowMs, 0);
    body.writeUInt32LE(index, 12);
    return body;
  }
}

/** Null for a body that was not made here. */
export function readStamp(body: Uint8Array): Stamp | null {
  if (body.length < STAMP_BYTES) return null;
  const view = new DataView(body.buffer, body.byteOffset, STAMP_BYTES);
  return {
    publishedAtMs: view.getFloat64(0, true),
    producer: view.getUint32(8, true),
    index: view.getUint32(12, true),
  };
}
