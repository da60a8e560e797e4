// The block's checks: each violation has its code, limits hold on both sides, and neighbours are told apart.

import { describe, expect, it } from 'vitest';
import { BlockView, blockOffsets, checkBlock, encodeBlock, encodeBlockHead, hasAttributes } from './block.ts';
import { encodeText, joined, writeU16, writeU32 } from './bytes.ts';
import { ATTRIBUTES_BYTES_MAX, BODY_BYTES_MAX } from './limits.ts';
import { checkAttributes } from './publish-options.ts';

const BODY = Uint8Array.of(1, 2, 3);
const sound = (): Uint8Array => encodeBlock({ topic: 'a.b', messageId: 'id', attributes: { source: 's' }, body: BODY });
const changed = (change: (bytes: Uint8Array) => void): Uint8Array => {
  const bytes = sound();
  change(bytes);
  return bytes;
};

describe('a block is refused', () => {
  it.each([
    ['when its length is less than a head', (b: Uint8Array) => writeU32(b, 0, 15), 'MALFORMED_PACKET'],
    ['when it is longer than the bytes there', (b: Uint8Array) => writeU32(b, 0, b.length + 1), 'MALFORMED_PACKET'],
    ['when its parts are longer than the block', (b: Uint8Array) => writeU32(b, 12, 0xffff_ffff), 'MALFORMED_PACKET'],
    ['when it has another version', (b: Uint8Array) => b.fill(2, 4, 4 + 1), 'UNSUPPORTED_VERSION'],
    ['when its form is unknown', (b: Uint8Array) => b.fill(3, 5, 5 + 1), 'MALFORMED_PACKET'],
    ['when its compression is unknown', (b: Uint8Array) => b.fill(2, 6, 6 + 1), 'UNSUPPORTED_COMPRESSION'],
    ['when a flag is set', (b: Uint8Array) => b.fill(1, 7, 7 + 1), 'MALFORMED_PACKET'],
    ['when it has no topic', (b: Uint8Array) => writeU16(b, 8, 0), 'INVALID_TOPIC'],
    ['when its topic is not UTF-8', (b: Uint8Array) => b.fill(0xff, 16, 16 + 1), 'INVALID_TOPIC'],
    ['when its message id is not UTF-8', (b: Uint8Array) => b.fill(0xc0, 19, 19 + 1), 'INVALID_ARGUMENT'],
  ])('%s', (_, change, code) => {
    expect(checkBlock(sound(), 0, sound().length)).toBeNull();
    const bytes = changed(change);
    expect(checkBlock(bytes, 0, bytes.length)).toBe(code);
  });

  it('when a part is beyond its limit, and the encoder does not make it', () => {
    const body = new Uint8Array(BODY_BYTES_MAX);
    const largest = encodeBlock({ topic: 'a', body });
    expect(checkBlock(largest, 0, largest.length)).toBeNull();
    const larger = joined([largest, Uint8Array.of(0)]);
    writeU32(larger, 0, larger.length);
    expect(checkBlock(larger, 0, larger.length)).toBe('PAYLOAD_TOO_LARGE');
    const codes = [
      () => encodeBlockHead({ topic: 'a' }, BODY_BYTES_MAX + 1),
      () => encodeBlock({ topic: 'é'.repeat(128), body: BODY }),
      () => encodeBlock({ topic: '', body: BODY }),
      () => encodeBlock({ topic: 'a', messageId: 'x'.repeat(256), body: BODY }),
      () => encodeBlock({ topic: 'a', attributes: { source: 'x'.repeat(ATTRIBUTES_BYTES_MAX) }, body: BODY }),
    ].map((encode) => {
      try {
        return encode();
      } catch (error) {
        return (error as { code: unknown }).code;
      }
    });
    expect(codes).toEqual([
      'PAYLOAD_TOO_LARGE',
      'INVALID_TOPIC',
      'INVALID_TOPIC',
      'INVALID_ARGUMENT',
      'FRAME_TOO_LARGE',
    ]);
  });
});

it('blocks back to back are told apart, and only where they fill the space exactly', () => {
  const one = sound();
  const two = encodeBlock({ topic: 'c', body: new Uint8Array(0) });
  const bytes = joined([encodeText('head'), one, two]);
  expect(blockOffsets(bytes, 4, bytes.length, 2)).toEqual([4, 4 + one.length]);
  expect(blockOffsets(bytes, 4, bytes.length, 1)).toBeNull();
  expect(blockOffsets(bytes, 4, bytes.length, 3)).toBeNull();
  expect(blockOffsets(bytes, 4, bytes.length, 0xffff_ffff)).toBeNull();
  expect(blockOffsets(bytes, 4, bytes.length - 1, 2)).toBeNull();
  const view = new BlockView(bytes, 4 + one.length);
  expect([view.topic, view.messageId, view.attributes, view.length]).toEqual(['c', '', {}, two.length]);
});

it('a body is a view of the bytes, never a copy', () => {
  const bytes = sound();
  const { body } = new BlockView(bytes);
  expect(body.buffer).toBe(bytes.buffer);
  expect(Uint8Array.from(body)).toEqual(BODY);
});

it('is written into the room it is given, and into its own where that is too small', () => {
  const room = new Uint8Array(64);
  const written = encodeBlock({ topic: 'a', body: BODY }, room, 10);
  expect([written.buffer === room.buffer, written.byteOffset]).toEqual([true, 10]);
  expect(encodeBlock({ topic: 'a', body: BODY }, room, 60).buffer).not.toBe(room.buffer);
});

it('attributes that are no object are told apart from none', () => {
  const list = encodeBlock({ topic: 'a', attributes: { source: 's' }, body: BODY });
  list.set(encodeText('["source","s"]'), 17);
  expect(hasAttributes(list, 0)).toBe(true);
  expect(new BlockView(list).attributes).toBeNull();
  expect(new BlockView(encodeBlock({ topic: 'a', body: BODY })).attributes).toEqual({});
});

describe('attributes of abtp/2', () => {
  it('obey the rules of the options', () => {
    expect(checkAttributes({ headers: { mine: 1 }, priority: 3, ttl_ms: 0, reply_to: null })).toBeNull();
    expect(checkAttributes({ ttl_ms: 5, deliver_at: '2030-01-01T00:00:00Z' })).toBeNull();
    expect(checkAttributes({ idempotency_key: 'k' })).toMatchObject({ code: 'NOT_SUPPORTED' });
    expect(checkAttributes({ headers: { idempotency_key: 'k' } })).toMatchObject({ code: 'NOT_SUPPORTED' });
    expect(checkAttributes({ delivery_mode: 'bridge' })).toMatchObject({ code: 'NOT_SUPPORTED' });
    expect(checkAttributes({ delivery_mode: 7 })).toMatchObject({ code: 'NOT_SUPPORTED' });
    expect(checkAttributes({ source: 7 })).toMatchObject({ code: 'MALFORMED_OPTIONS' });
    expect(checkAttributes({ message_id: 'belongs into the block' })).toMatchObject({ code: 'MALFORMED_OPTIONS' });
    expect(checkAttributes({ ['x'.repeat(1000)]: 1 })?.detail.length).toBeLessThan(100);
  });
});
