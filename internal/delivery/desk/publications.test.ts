// A run of one topic leaves once, whole and in order, also where one of its bodies is made plain elsewhere.

import { expect, it } from 'vitest';
import { COMPRESSION_LZ4, encodeBlock } from '../../../pkg/protocol/block.ts';
import { encodeText, joined } from '../../../pkg/protocol/bytes.ts';
import type { Publication } from '../../domain/effect.ts';
import type { Unpack } from '../../usecase/ports/unpack.ts';
import type { Frames } from '../transport.ts';
import { publisher } from './publications.ts';

const plain = (text: string): Uint8Array => encodeBlock({ topic: 'news', body: encodeText(text) });
const packed = (text: string): Uint8Array =>
  encodeBlock({ topic: 'news', body: encodeText(text), compression: COMPRESSION_LZ4 });

const runOf = (...blocks: readonly Uint8Array[]): Publication => ({
  type: 'publication',
  gated: false,
  peer: null,
  topic: 'news',
  blocks: joined(blocks),
  count: blocks.length,
});

function fixture(): { readonly publish: ReturnType<typeof publisher>; readonly left: string[][] } {
  const left: string[][] = [];
  const unpack: Unpack = { here: (bytes) => bytes, away: () => Promise.resolve(null) };
  const publishAll = (messages: readonly Frames[]): void => {
    if (messages.length > 0) left.push(messages.map(([, body]) => Buffer.from(body ?? []).toString()));
  };
  return { publish: publisher({ form: 'frames', nowMs: () => 0, unpack, publishAll }), left };
}

it('leaves together where every body is plain', () => {
  const { publish, left } = fixture();
  expect(publish(runOf(plain('a'), plain('b'), plain('c')))).toBeNull();
  expect(left).toEqual([['a', 'b', 'c']]);
});

it('stops at a body that is made plain elsewhere and goes on with it, each message once', () => {
  const { publish, left } = fixture();
  const work = publish(runOf(plain('a'), plain('b'), packed('?'), plain('d')));
  expect(left).toEqual([['a', 'b']]);
  expect(work?.next(null).done).toBe(false);
  expect(left).toEqual([['a', 'b']]);
  expect(work?.next(encodeText('c')).done).toBe(true);
  expect(left).toEqual([['a', 'b'], ['c'], ['d']]);
});
