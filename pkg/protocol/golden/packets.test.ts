// Golden bytes: every packet is encoded to exactly the stored bytes and decoded to exactly what they mean, and a
// packet that loses its last byte is refused.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PACKET_TYPES } from '../abtp2/header.ts';
import { decodeBrokerPacket, decodeClientPacket } from '../abtp2.ts';
import { type Block, BlockView, bodyOf, bodyOffset, checkBlock, encodeBlock, encodeBlockHead } from '../block.ts';
import { joined } from '../bytes.ts';
import { GOLDEN_BLOCKS, GOLDEN_BROKER_PACKETS, GOLDEN_CLIENT_PACKETS } from './packets.ts';

const stored = JSON.parse(readFileSync(new URL('./packets.json', import.meta.url), 'utf8')) as Record<string, string>;
const bytesOf = (name: string): Uint8Array => Uint8Array.from(Buffer.from(stored[name] ?? '', 'hex'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function expectBlock(bytes: Uint8Array, offset: number, block: Block): void {
  expect(checkBlock(bytes, offset, bytes.length)).toBeNull();
  const view = new BlockView(bytes, offset);
  expect(view.topic).toBe(block.topic);
  expect(view.messageId).toBe(block.messageId ?? '');
  expect(view.attributes).toEqual(block.attributes ?? {});
  expect(view.form).toBe(block.form ?? 0);
  expect(view.compression).toBe(block.compression ?? 0);
  expect(hex(view.body)).toBe(hex(block.body));
}

describe('golden blocks', () => {
  it.each(Object.entries(GOLDEN_BLOCKS))('%s', (name, block) => {
    expect(hex(encodeBlock(block))).toBe(stored[name]);
    expect(hex(joined([encodeBlockHead(block, block.body.length), block.body]))).toBe(stored[name]);
    const bytes = bytesOf(name);
    expectBlock(bytes, 0, block);
    expect(bodyOffset(bytes, 0) + bodyOf(bytes, 0).length).toBe(bytes.length);
    expect(checkBlock(bytes.subarray(0, -1), 0, bytes.length - 1)).toBe('MALFORMED_PACKET');
  });
});

describe.each([
  ['client', GOLDEN_CLIENT_PACKETS, decodeClientPacket],
  ['broker', GOLDEN_BROKER_PACKETS, decodeBrokerPacket],
] as const)('golden packets of the %s', (_, golden, decode) => {
  it.each(Object.entries(golden))('%s', (name, packet) => {
    expect(hex(packet.encoded())).toBe(stored[name]);
    const bytes = bytesOf(name);
    const decoded = decode(bytes);
    expect(decoded).toMatchObject(packet.meaning);
    const offsets = 'offsets' in decoded ? decoded.offsets : [];
    expect(offsets).toHaveLength(packet.blocks?.length ?? 0);
    for (const [i, block] of (packet.blocks ?? []).entries()) expectBlock(bytes, offsets[i]!, block);
    const short = decode(bytes.subarray(0, -1));
    if (packet.meaning.type !== 'control') expect(short).toMatchObject({ type: 'refused', error: 'MALFORMED_PACKET' });
  });

  it('a packet of another version is refused with the code of versions', () => {
    const bytes = bytesOf('HEARTBEAT');
    bytes[2] = 3;
    expect(decode(bytes)).toMatchObject({ type: 'refused', error: 'UNSUPPORTED_VERSION' });
  });
});

it('every type of packet has golden bytes, and every golden entry is tested', () => {
  const tested = [GOLDEN_BLOCKS, GOLDEN_CLIENT_PACKETS, GOLDEN_BROKER_PACKETS].flatMap((golden) => Object.keys(golden));
  expect(Object.keys(stored).sort()).toEqual(tested.sort());
  const types = Object.keys(stored)
    .filter((name) => !name.startsWith('block'))
    .map((name) => bytesOf(name)[3]);
  expect(new Set(types)).toEqual(new Set(Object.values(PACKET_TYPES)));
});
