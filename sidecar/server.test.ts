// The sidecar over its real socket with its real workers: both forms of requests, and what a client may get wrong in them.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../internal/testing/eventually.ts';
import { earlierHead, earlierRequest, rawRequest } from '../internal/testing/sidecar/raw-client.ts';
import { hex, large, SidecarWorld, text } from '../internal/testing/sidecar/sidecar-world.ts';
import { encodeBinaryFrame } from '../pkg/encoding/fastpath/binary-frame.ts';
import {
  LITTLE_ENDIAN_SIZE,
  OPERATIONS,
  SIDECAR_BODY_BYTES_MAX,
  STATUSES,
} from '../pkg/encoding/fastpath/operations.ts';
import { compressBlockBE, compressBlockLE } from '../pkg/encoding/lz4.ts';

const MIB = 1024 * 1024;
const { encodeFrame, peekHeader, compress, decompress, checksum } = OPERATIONS;

let world: SidecarWorld;

beforeEach(() => {
  world = new SidecarWorld();
});
afterEach(() => world.end());

describe('the earlier form', () => {
  it('encodes a frame, and peeks into it', async () => {
    await world.start();
    const one = await world.client();
    const frame = encodeBinaryFrame({ flags: 3, topic: text('a.b'), payload: text('hello') });
    const made = await one.askEarlier({ operation: encodeFrame, flags: 3, topic: text('a.b'), payload: text('hello') });
    expect(made?.status).toBe(0);
    expect(hex(made?.body)).toBe(hex(frame));
    const peeked = await one.askEarlier({ operation: peekHeader, payload: frame });
    expect(hex(peeked?.body)).toBe('01' + '03' + '0003' + '00000005');
  });

  it.each([
    ['big-endian', 0, compressBlockBE],
    ['little-endian', LITTLE_ENDIAN_SIZE, compressBlockLE],
  ])('compresses and decompresses with a %s size, small bodies and large ones', async (_, flags, packed) => {
    await world.start();
    const one = await world.client();
    for (const plain of [text('hello hello hello'), large(MIB)]) {
      const made = await one.askEarlier({ operation: compress, flags, payload: plain });
      expect(hex(made?.body)).toBe(hex(packed(plain)));
      const back = await one.askEarlier({ operation: decompress, flags, payload: made?.body as Uint8Array });
      expect(back?.status).toBe(0);
      expect(Buffer.from(plain).equals(back?.body as Uint8Array)).toBe(true);
    }
  });

  it('is answered in the order of its requests, also when a later one is quicker', async () => {
    await world.start();
    const one = await world.client();
    one.send(
      Buffer.concat([
        earlierRequest({ operation: compress, payload: large(4 * MIB) }),
        earlierRequest({ operation: checksum, payload: text('abc') }),
      ]),
    );
    expect((await one.earlierReply())?.body.length).toBeGreaterThan(1000);
    expect(hex((await one.earlierReply())?.body)).toBe('352441c2');
  });

  it.each([
    [
      'an operation that is not known',
      earlierRequest({ operation: 9, topic: text('t'), payload: text('x') }),
      'INVALID_ARGUMENT: ',
    ],
    [
      'a frame that is none',
      earlierRequest({ operation: peekHeader, payload: text('0123456789') }),
      'MALFORMED_FRAMES: ',
    ],
    ['a block without its size', earlierRequest({ operation: decompress, payload: text('xx') }), 'MALFORMED_BODY: '],
    [
      'a body that is larger than any may be',
      Buffer.concat([
        earlierHead({ operation: compress, payloadLength: SIDECAR_BODY_BYTES_MAX + 1 }),
        Buffer.alloc(SIDECAR_BODY_BYTES_MAX + 1),
      ]),
      'PAYLOAD_TOO_LARGE: ',
    ],
  ])('says 1 and why to %s, and stays in step', async (_, bytes, words) => {
    const sidecar = await world.start();
    const one = await world.client();
    one.send(bytes);
    const reply = await one.earlierReply();
    expect(reply?.status).toBe(1);
    expect(reply?.text.startsWith(words)).toBe(true);
    expect(hex((await one.askEarlier({ operation: checksum, payload: text('abc') }))?.body)).toBe('352441c2');
    expect(sidecar.heldBytes).toBe(0);
  });
});

describe('the extended form', () => {
  it('answers with the id and the checksum of the request, out of order where one is quicker', async () => {
    await world.start();
    const one = await world.client();
    one.send(rawRequest({ operation: compress, flags: 1, payload: large(8 * MIB), requestId: 4_000_000_000 }));
    one.send(rawRequest({ operation: checksum, payload: text('abc'), requestId: 2 }));
    const [first, second] = [await one.reply(), await one.reply()];
    expect(first).toMatchObject({ requestId: 2, operation: checksum, status: 0, requestCrc: 0x352441c2 });
    expect(second).toMatchObject({ requestId: 4_000_000_000, operation: compress, status: 0 });
    expect(hex(second?.body)).toBe(hex(compressBlockLE(large(8 * MIB))));
  });

  it('takes many at once, and answers each', async () => {
    const sidecar = await world.start({ workers: 2 });
    const one = await world.client();
    for (let id = 1; id <= 200; id += 1)
      one.send(
        rawRequest({ operation: id % 3 === 0 ? compress : checksum, payload: large(100_000 + id), requestId: id }),
      );
    const ids = new Set<number>();
    for (let i = 0; i < 200; i += 1) {
      const reply = await one.reply();
      expect(reply?.status).toBe(0);
      ids.add(reply?.requestId as number);
    }
    expect(ids.size).toBe(200);
    expect(hex((await one.askEarlier({ operation: checksum, payload: text('abc') }))?.body)).toBe('352441c2');
    await eventually('all room is given back', () => sidecar.heldBytes === 0);
  });

  it('refuses bytes that are not those of their checksum, and goes on', async () => {
    await world.start();
    const one = await world.client();
    for (const payload of [text('abc'), large(MIB)]) {
      const reply = await one.ask({ operation: compress, payload, bodyCrc: 1, requestId: 5 });
      expect(reply).toMatchObject({ status: STATUSES.CHECKSUM_MISMATCH, requestId: 5 });
    }
    expect((await one.ask({ operation: checksum, payload: text('abc') }))?.status).toBe(0);
  });

  it('says its last word to a head that cannot be followed', async () => {
    await world.start();
    const broken = [
      { at: 2, status: STATUSES.UNSUPPORTED_VERSION },
      { at: 9, status: STATUSES.CHECKSUM_MISMATCH },
      { at: 1, status: STATUSES.MALFORMED_FRAMES },
    ];
    for (const { at, status } of broken) {
      const one = await world.client();
      one.send(
        rawRequest({ operation: checksum, payload: text('abc') }).map((byte, i) => (i === at ? byte ^ 0x40 : byte)),
      );
      expect(await one.reply()).toMatchObject({ status, requestId: 0 });
      expect(await one.reply()).toBeNull();
    }
  });
});

describe('a bomb', () => {
  const says = (size: number, length: number): Uint8Array => {
    const bytes = Buffer.alloc(length);
    bytes.writeUInt32BE(size);
    return bytes;
  };

  it.each([
    ['that says 4 GiB', { payload: says(0xffff_ffff, 1000) }, 'PAYLOAD_TOO_LARGE'],
    [
      'that says more than any body may have',
      { payload: says(SIDECAR_BODY_BYTES_MAX + 1, 300_000) },
      'PAYLOAD_TOO_LARGE',
    ],
    ['that says more than its bytes can hold', { payload: says(SIDECAR_BODY_BYTES_MAX, 1000) }, 'MALFORMED_BODY'],
    [
      'that is one, and larger than the caller takes',
      { payload: compressBlockBE(large(8 * MIB)), sizeMax: MIB },
      'PAYLOAD_TOO_LARGE',
    ],
    [
      'that says less than it holds',
      { payload: Buffer.concat([says(10, 4), compressBlockBE(large(8 * MIB)).subarray(4)]) },
      'MALFORMED_BODY',
    ],
  ] as const)('%s is refused with a code', async (_, request, code) => {
    const sidecar = await world.start();
    const one = await world.client();
    const reply = await one.ask({ operation: decompress, ...request });
    expect(reply?.status).toBe(STATUSES[code]);
    expect(reply?.text.startsWith(`${code}: `)).toBe(true);
    await eventually('all room is given back', () => sidecar.heldBytes === 0);
  });

  it('is refused by its first four bytes: the others need not have come', async () => {
    const sidecar = await world.start();
    const one = await world.client();
    const request = rawRequest({ operation: decompress, payload: says(2 * MIB, MIB), sizeMax: MIB });
    one.send(request.subarray(0, 28 + 4));
    expect((await one.reply())?.status).toBe(STATUSES.PAYLOAD_TOO_LARGE);
    expect(sidecar.heldBytes).toBe(0);
    one.send(request.subarray(28 + 4));
    expect((await one.ask({ operation: checksum, payload: text('abc') }))?.status).toBe(0);
  });

  it('of 4 GiB takes no memory, a hundred at once', async () => {
    await world.start();
    const one = await world.client();
    const before = process.memoryUsage.rss();
    for (let id = 1; id <= 100; id += 1)
      one.send(rawRequest({ operation: decompress, payload: says(0xffff_ffff, 1000), requestId: id }));
    for (let id = 1; id <= 100; id += 1) expect((await one.reply())?.status).toBe(STATUSES.PAYLOAD_TOO_LARGE);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MIB);
  });
});
