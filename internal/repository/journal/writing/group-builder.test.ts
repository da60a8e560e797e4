// What a group is made of. That it is read back as it was is shown by the tests of the journal.

import { expect, test } from 'vitest';
import { groupBytes } from '../format/group-header.ts';
import { Arena } from './arena.ts';
import { type BuiltGroup, GroupBuilder } from './group-builder.ts';

const LONG = 128 * 1024;

function built(blocks: readonly Uint8Array[]): BuiltGroup {
  const builder = new GroupBuilder();
  builder.stage({ type: 'started', epoch: 1 } as never, 0);
  builder.take(blocks);
  return builder.finish(new Arena());
}

const whole = ({ pieces }: BuiltGroup): Buffer => Buffer.concat(pieces);

test.each([
  ['short blocks', [100, 200, 7]],
  ['one long block', [LONG]],
  ['one whose end is the end of a sector', [LONG + 512]],
  ['long and short blocks', [LONG, 3, LONG + 1]],
])('the pieces of a group of %s are, one behind the other, all of it', (_name, sizes) => {
  const blocks = sizes.map((size, index) => new Uint8Array(size).fill(0xf0 + index));
  const group = built(blocks);
  const bytes = whole(group);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(bytes.length).toBe(group.size);
  expect(group.size).toBe(groupBytes(group.metaLength, total));
  const from = bytes.indexOf(Buffer.concat(blocks));
  expect(from).toBeGreaterThan(0);
  expect(bytes.subarray(from + total).every((byte) => byte === 0)).toBe(true);
  expect(Buffer.concat(blocks).equals(group.bodies)).toBe(true);
});

test('long blocks are written from where they lie', () => {
  const packet = new Uint8Array(LONG + 100).fill(3);
  const block = packet.subarray(60, 60 + LONG);
  expect(built([block]).bodies.buffer).toBe(packet.buffer);
});

test('blocks that would keep much else in memory are copied', () => {
  const packet = new Uint8Array(4 * LONG);
  expect(built([packet.subarray(0, LONG)]).bodies.buffer).not.toBe(packet.buffer);
});
