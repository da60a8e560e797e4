// Connection metadata (RFC 37): names that do not differ by case, values of any bytes.

import { concat, latin1, latin1Of } from './bytes.ts';
import { ZmtpError } from './errors.ts';

/** By name, in lower case. */
export type Metadata = ReadonlyMap<string, Uint8Array>;

const NAME = /^[A-Za-z0-9\-_.+]{1,255}$/;
const VALUE_SIZE_BYTES = 4;
const VALUE_BYTES_MAX = 2 ** 31 - 1;

/** Of a name given twice the first counts. The values are views: the block stays alive as long as they do. */
export function decodeMetadata(block: Uint8Array): Metadata {
  const metadata = new Map<string, Uint8Array>();
  let at = 0;
  while (at < block.length) {
    const nameEnd = at + 1 + block[at]!;
    const valueAt = nameEnd + VALUE_SIZE_BYTES;
    if (valueAt > block.length) throw new ZmtpError('BAD_HANDSHAKE', 'a property is cut short');
    const name = latin1Of(block.subarray(at + 1, nameEnd));
    if (!NAME.test(name)) throw new ZmtpError('BAD_HANDSHAKE', 'a property without a proper name');
    const size = Buffer.from(block.buffer, block.byteOffset + nameEnd, VALUE_SIZE_BYTES).readUInt32BE(0);
    if (size > VALUE_BYTES_MAX || valueAt + size > block.length)
      throw new ZmtpError('BAD_HANDSHAKE', `the value of ${name} is cut short`);
    at = valueAt + size;
    const key = name.toLowerCase();
    if (!metadata.has(key)) metadata.set(key, block.subarray(valueAt, at));
  }
  return metadata;
}

/** Throws a `RangeError` at a name that no peer would accept: the program's own mistake. */
export function encodeMetadata(properties: Iterable<readonly [string, Uint8Array]>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, value] of properties) {
    if (!NAME.test(name)) throw new RangeError(`no name for a property: ${JSON.stringify(name)}`);
    const size = Buffer.alloc(VALUE_SIZE_BYTES);
    size.writeUInt32BE(value.length);
    parts.push(Uint8Array.of(name.length), latin1(name), size, value);
  }
  return concat(parts);
}
