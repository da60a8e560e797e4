// Held against the codec of the protocol itself: what the driver writes the decoder of the broker accepts, and the reverse.

import { describe, expect, it } from 'vitest';
import {
  attributesOf,
  bodyOf,
  decodeClientPacket,
  encodeBlock,
  encodeConfirm,
  encodeDeliver,
  topicOf,
} from '../../../../pkg/protocol/index.ts';
import { AckPacket, PublishRing, readConfirm, walkDeliver } from './abtp.ts';
import { numberAt, numberedBody } from './numbered-block.ts';

describe('a ready-made PUBLISH', () => {
  it('is one that the broker accepts, numbered anew each time', () => {
    const ring = new PublishRing('race.1', { delivery_mode: 'fanout' }, 100, 4, 8);
    for (const [first, count] of [
      [0, 4],
      [4, 4],
      [70_000, 3],
    ] as const) {
      const packet = decodeClientPacket(ring.packet(first, count));
      if (packet.type !== 'publish') throw new Error(JSON.stringify(packet));
      expect(packet).toMatchObject({ firstSequence: first + 1, count });
      packet.offsets.forEach((offset, i) => {
        expect(topicOf(packet.bytes, offset)).toBe('race.1');
        expect(attributesOf(packet.bytes, offset)).toEqual({ delivery_mode: 'fanout' });
        expect(bodyOf(packet.bytes, offset)).toHaveLength(100);
        expect(numberAt(bodyOf(packet.bytes, offset), 0)).toBe(first + i);
      });
    }
  });
});

describe('an ACK of a turn', () => {
  it('names every delivery of every packet, and asks for an answer when it is told to', () => {
    const acks = new AckPacket();
    acks.add(41, 3);
    acks.add(2 ** 40, 2);
    expect(acks.count).toBe(5);
    const deliveries = [41, 42, 43, 2 ** 40, 2 ** 40 + 1];
    expect(decodeClientPacket(acks.take(null))).toEqual({ type: 'ack', request: null, deliveries });
    acks.add(7, 1);
    expect(decodeClientPacket(acks.take(9))).toEqual({ type: 'ack', request: 9, deliveries: [7] });
    expect(acks.count).toBe(0);
  });

  it('may hold as many as a window', () => {
    const acks = new AckPacket();
    for (let first = 1; first < 16_384; first += 256) acks.add(first, 256);
    expect(decodeClientPacket(acks.take(null))).toMatchObject({ deliveries: { length: 16_384 } });
  });
});

describe('what a broker sends', () => {
  const block = (index: number, messageId: string): Uint8Array =>
    encodeBlock({ topic: 'race.1', messageId, attributes: { source: 'x' }, body: numberedBody(20, index) });

  it('is walked as a DELIVER, whatever stands before the bodies', () => {
    const items = [11, 12].map((sequence) => ({ sequence, attempt: 1, returned: 0 }));
    const head = { queueIndex: 0, firstDelivery: 501, deadlineMs: 1 };
    const packet = encodeDeliver(head, items, [block(3, 'a'), block(4_000_000_000, 'abc')]);
    const seen: number[] = [];
    expect(walkDeliver(packet, (index) => seen.push(index))).toEqual({ first: 501, count: 2 });
    expect(seen).toEqual([3, 4_000_000_000]);
    expect(() => walkDeliver(packet.subarray(0, packet.length - 60), () => undefined)).toThrow('cut short');
  });

  it('is read as a CONFIRM', () => {
    const exceptions = [{ sequence: 3, duplicate: true }] as const;
    const confirm = encodeConfirm({ through: 256, position: 9, durability: 'disk', exceptions });
    expect(readConfirm(confirm)).toEqual({ through: 256, durability: 2, exceptions: 1 });
    expect(() => readConfirm(confirm.subarray(0, 31))).toThrow('cut short');
  });
});
