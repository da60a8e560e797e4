// One of each kind of bytes on the sidecar's socket, as they are for ever. They were made by another program (Python's
// struct and zlib), so that the codecs here cannot agree with themselves alone. The document prints the same ones.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeBinaryFrame, peekFrameHead } from './binary-frame.ts';
import { OPERATIONS, STATUSES } from './operations.ts';
import {
  decodeEarlierRequestHead,
  decodeRequestHead,
  encodeEarlierRequestHead,
  encodeRequestHead,
} from './request-head.ts';
import {
  decodeEarlierResponseHead,
  decodeResponseHead,
  encodeEarlierResponseHead,
  encodeResponseHead,
} from './response-head.ts';

/** Spaces stand between fields and mean nothing. */
const GOLDEN = {
  frame: 'ae7b 01 02 0003 00000005 612e62 68656c6c6f',
  'earlier request': '01 02 0003 00000005 612e62 68656c6c6f',
  'earlier reply': '0000 00000012 ae7b 01 02 0003 00000005 612e62 68656c6c6f',
  'earlier failure': '0001 00000010 494e56414c49445f415247554d454e54',
  request: 'ae7c 01 05 00 00 0000 00000003 00000007 00000000 352441c2 533f071a 616263',
  reply: 'ae7d 01 05 0000 0000 00000007 00000004 352441c2 45fde46b 056b64ba 352441c2',
  'bad request': 'ae7c 01 04 01 00 0000 00000003 00000008 00000400 352441c2 edaa3205 616263',
  failure:
    'ae7d 01 04 0007 0000 00000008 00000025 352441c2 147f7bf1 1576641c ' +
    '4d414c464f524d45445f424f44593a206c7a343a206e6f2073697a6520696e2066726f6e74',
} as const;

type Name = keyof typeof GOLDEN;

const bytesOf = (name: Name): Uint8Array => Buffer.from(GOLDEN[name].replaceAll(' ', ''), 'hex');
const text = (words: string): Uint8Array => Buffer.from(words);
const hex = (...parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('hex');

const ABC = text('abc');
const ABC_CRC = 0x352441c2;
const FRAME = { flags: 0b10, topic: text('a.b'), payload: text('hello') };
const EARLIER = { operation: OPERATIONS.encodeFrame, flags: 0b10, topicLength: 3, payloadLength: 5 };
const REQUEST = {
  operation: OPERATIONS.checksum,
  flags: 0,
  topicLength: 0,
  payloadLength: 3,
  requestId: 7,
  sizeMax: 0,
  bodyCrc: ABC_CRC,
};
const BAD = { ...REQUEST, operation: OPERATIONS.decompress, flags: 1, requestId: 8, sizeMax: 1024 };
const SUM = Buffer.from('352441c2', 'hex');
const REPLY = {
  operation: OPERATIONS.checksum,
  status: 0,
  requestId: 7,
  bodyLength: 4,
  requestCrc: ABC_CRC,
  bodyCrc: crc32(SUM),
};
const REFUSED = text('MALFORMED_BODY: lz4: no size in front');
const FAILURE = {
  ...REPLY,
  operation: OPERATIONS.decompress,
  status: STATUSES.MALFORMED_BODY,
  requestId: 8,
  bodyLength: REFUSED.length,
  bodyCrc: crc32(REFUSED),
};

const ENCODED: Readonly<Record<Name, string>> = {
  frame: hex(encodeBinaryFrame(FRAME)),
  'earlier request': hex(encodeEarlierRequestHead(EARLIER), FRAME.topic, FRAME.payload),
  'earlier reply': hex(encodeEarlierResponseHead({ status: 0, bodyLength: 18 }), encodeBinaryFrame(FRAME)),
  'earlier failure': hex(encodeEarlierResponseHead({ status: 1, bodyLength: 16 }), text('INVALID_ARGUMENT')),
  request: hex(encodeRequestHead(REQUEST), ABC),
  reply: hex(encodeResponseHead(REPLY), SUM),
  'bad request': hex(encodeRequestHead(BAD), ABC),
  failure: hex(encodeResponseHead(FAILURE), REFUSED),
};

describe('the golden bytes', () => {
  it.each(Object.keys(GOLDEN) as Name[])('of a %s are what is encoded', (name) => {
    expect(ENCODED[name]).toBe(hex(bytesOf(name)));
  });

  it('are read as what they say', () => {
    expect(peekFrameHead(bytesOf('frame'))).toEqual({ flags: 0b10, topicLength: 3, payloadLength: 5 });
    expect(decodeEarlierRequestHead(bytesOf('earlier request'))).toEqual(EARLIER);
    expect(decodeEarlierResponseHead(bytesOf('earlier failure'))).toEqual({ status: 1, bodyLength: 16 });
    expect(decodeRequestHead(bytesOf('request'))).toEqual(REQUEST);
    expect(decodeRequestHead(bytesOf('bad request'))).toEqual(BAD);
    expect(decodeResponseHead(bytesOf('reply'))).toEqual(REPLY);
    expect(decodeResponseHead(bytesOf('failure'))).toEqual(FAILURE);
  });

  it('are printed in docs/fastpath-sidecar.md, and no others', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/fastpath-sidecar.md'), 'utf8');
    const block = /```text golden\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const printed = Object.fromEntries(
      [...block.matchAll(/^([a-z ]+?) {2,}([0-9a-f ]+(?:\n {2,}[0-9a-f ]+)*)$/gm)].map(([, name = '', bytes = '']) => [
        name,
        bytes.replaceAll(/\s+/g, ''),
      ]),
    );
    expect(printed).toEqual(
      Object.fromEntries((Object.keys(GOLDEN) as Name[]).map((name) => [name, hex(bytesOf(name))])),
    );
  });
});

describe('a head', () => {
  const damaged = (name: Name, at: number, value: number): Uint8Array =>
    bytesOf(name).map((byte, i) => (i === at ? value : byte));

  it.each(['request', 'reply'] as const)('of a %s is not believed when any of its bits has changed', (name) => {
    const decode = name === 'request' ? decodeRequestHead : decodeResponseHead;
    for (let bit = 0; bit < 28 * 8; bit += 1) {
      const at = bit >>> 3;
      const bytes = damaged(name, at, (bytesOf(name)[at] as number) ^ (1 << (bit & 7)));
      expect(decode(bytes)).toMatchObject({ type: 'refused' });
    }
  });

  it('of another version is refused by its version', () => {
    expect(decodeRequestHead(damaged('request', 2, 2))).toMatchObject({ error: 'UNSUPPORTED_VERSION' });
    expect(decodeResponseHead(damaged('reply', 2, 2))).toMatchObject({ error: 'UNSUPPORTED_VERSION' });
  });
});
