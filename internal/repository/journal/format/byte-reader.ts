// Reads back what ByteWriter wrote. Every step is bounded by `end`; what does not fit is a CodecFault, never a crash,
// a hang, or an allocation larger than the bytes that are there could justify.

/** The bytes are not what they should be; whoever knows file and offset turns this into CORRUPT_JOURNAL. */
export class CodecFault extends Error {
  override readonly name = 'CodecFault';
}

/** The bytes are whole, but of a kind, version or flag that a later version introduced. */
export class NewerFormat extends Error {
  override readonly name = 'NewerFormat';
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#end = bytes.length;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  /** Narrows the reader to the next `count` bytes until the returned end is given to `leave`. */
  enter(count: number): number {
    if (count > this.left) throw new CodecFault('a length reaches beyond its section');
    const outer = this.#end;
    this.#end = this.#at + count;
    return outer;
  }

  /** Goes to the end of what was entered. All of it must have been read, unless it is skipped on purpose. */
  leave(outer: number, skip = false): void {
    if (!skip && this.#at !== this.#end) throw new CodecFault('bytes are left over behind the last field');
    this.#at = this.#end;
    this.#end = outer;
  }

  u8(): number {
    const at = this.#advance(1);
    return this.#view.getUint8(at);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  varint(): number {
    const bytes = this.#bytes;
    const end = Math.min(this.#end, this.#at + 8);
    let value = 0;
    let scale = 1;
    for (let at = this.#at; at < end; at += 1) {
      const byte = bytes[at] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw new CodecFault('a number above 2^53');
        this.#at = at + 1;
        return value;
      }
      scale *= 0x80;
    }
    throw new CodecFault('a number without an end');
  }

  /** A count of things that take at least `each` bytes: bounded by what is left, before anything is allocated. */
  count(each: number): number {
    const count = this.varint();
    if (count * each > this.left) throw new CodecFault('a count of more things than there are bytes');
    return count;
  }

  text(): string {
    const length = this.count(1);
    const at = this.#advance(length);
    try {
      return decoder.decode(this.#bytes.subarray(at, at + length));
    } catch (cause) {
      throw new CodecFault('text that is not UTF-8', { cause });
    }
  }

  /** A copy. */
  bytes(): Uint8Array {
    const length = this.count(1);
    const at = this.#advance(length);
    return this.#bytes.slice(at, at + length);
  }

  #advance(count: number): number {
    const at = this.#at;
    if (at + count > this.#end) throw new CodecFault('a field is cut short');
    this.#at = at + count;
    return at;
  }
}
