// The bytes are laid out as the AMQP 0-9-1 specification says, fed whole and at every split.

import { describe, expect, it } from 'vitest';
import {
  AmqpParser,
  encodeAckThrough,
  encodeFrame,
  encodeMethod,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_METHOD,
  METHODS,
  methodAt,
  PROTOCOL_HEADER,
  PUBLISH_TAIL,
  publishHead,
  readU64,
  shortText,
  textTable,
  u8,
  u16,
  u64,
} from './amqp.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function read(chunks: readonly Buffer[], frameMax = 1_000): string[] {
  const seen: string[] = [];
  const parser = new AmqpParser((type, channel, bytes, start, end) => {
    seen.push(`${type} ${channel} ${bytes.toString('hex', start, end)}`);
  }, frameMax);
  for (const chunk of chunks) parser.push(chunk);
  return seen;
}

describe('what an AMQP client says', () => {
  it('begins with the name and version of the protocol', () => {
    expect(PROTOCOL_HEADER).toEqual(Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'));
  });

  it('acknowledges all up to a tag', () => {
    expect(encodeAckThrough(1, 5)).toEqual(hex('01 0001 0000000d 003c 0050 0000000000000005 01 ce'));
    expect(readU64(u64(2 ** 40 + 7), 0)).toBe(2 ** 40 + 7);
  });

  it('names a queue and its arguments', () => {
    const declare = encodeMethod(1, METHODS.queueDeclare, u16(0), shortText('q'), u8(2), textTable({ a: 'bc' }));
    expect(declare).toEqual(hex('01 0001 00000016 0032 000a 0000 01 71 02 00000009 01 61 53 00000002 6263 ce'));
  });

  it('publishes a persistent message as a method, a header and a body', () => {
    const message = Buffer.concat([publishHead(1, 'q', 3), Buffer.from('abc'), PUBLISH_TAIL]);
    expect(message).toEqual(
      Buffer.concat([
        hex('01 0001 0000000a 003c 0028 0000 00 01 71 00 ce'),
        hex('02 0001 0000000f 003c 0000 0000000000000003 1000 02 ce'),
        hex('03 0001 00000003 616263 ce'),
      ]),
    );
  });
});

describe('what an AMQP server says', () => {
  const bytes = Buffer.concat([
    encodeMethod(1, METHODS.basicDeliver, shortText('c'), u64(1), u8(0), shortText(''), shortText('q')),
    encodeFrame(FRAME_HEADER, 1, hex('003c 0000 0000000000000001 0000')),
    encodeFrame(FRAME_BODY, 1, hex('ce')),
    encodeFrame(FRAME_METHOD, 0, hex('000a 0029 00')),
    encodeFrame(FRAME_BODY, 2, Buffer.alloc(0)),
  ]);

  it('is read as frames, at every split of the stream', () => {
    const whole = read([bytes]);
    expect(whole.slice(2)).toEqual(['3 1 ce', '1 0 000a002900', '3 2 ']);
    expect(whole[0]).toMatch(/^1 1 003c003c/);
    for (let at = 1; at < bytes.length; at += 1) {
      expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
    expect(methodAt(hex('003c 003c'), 0)).toBe(METHODS.basicDeliver);
  });

  it('is refused when a frame is too long or has no end', () => {
    expect(() => read([encodeFrame(FRAME_BODY, 1, Buffer.alloc(1_001))])).toThrow('a frame of 1001 bytes');
    const broken = encodeFrame(FRAME_BODY, 1, hex('61'));
    broken[broken.length - 1] = 0;
    expect(() => read([Buffer.concat([broken, broken])])).toThrow('without its end');
  });
});
