// The binary frame: what was encoded comes back however the stream is cut, and bad heads cost nothing.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinaryFrameDecoder, encodeBinaryFrame, peekFrameHead } from './binary-frame.ts';
import { SIDECAR_BODY_BYTES_MAX, TOPIC_BYTES_MAX } from './operations.ts';

const frame = fc.record({
  flags: fc.nat(255),
  topic: fc.uint8Array({ maxLength: 40 }),
  payload: fc.uint8Array({ maxLength: 300 }),
});

const plain = ({ flags, topic, payload }: { flags: number; topic: Uint8Array; payload: Uint8Array }) => ({
  flags,
  topic: [...topic],
  payload: [...payload],
});

describe('frames in a stream', () => {
  it('come back in order, wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (sent, cuts) => {
          const stream = Buffer.concat(sent.map(encodeBinaryFrame));
          const decoder = new BinaryFrameDecoder();
          const got = [];
          for (let at = 0, i = 0; at < stream.length; i += 1) {
            const length = cuts[i % cuts.length] as number;
            const { frames, refused } = decoder.push(stream.subarray(at, at + length));
            expect(refused).toBeNull();
            got.push(...frames);
            at += length;
          }
          expect(got.map(plain)).toEqual(sent.map(plain));
        },
      ),
    );
  });

  it('arrive byte by byte', () => {
    const sent = encodeBinaryFrame({ flags: 1, topic: Buffer.from('a'), payload: Buffer.from('xyz') });
    const decoder = new BinaryFrameDecoder();
    const got = [...sent].flatMap((byte) => decoder.push(Uint8Array.of(byte)).frames);
    expect(got.map(plain)).toEqual([{ flags: 1, topic: [97], payload: [120, 121, 122] }]);
  });

  it('end with the first that is none: those before it are given, and nothing after it', () => {
    const good = encodeBinaryFrame({ flags: 0, topic: Buffer.from('a'), payload: Buffer.from('b') });
    const decoder = new BinaryFrameDecoder();
    const { frames, refused } = decoder.push(Buffer.concat([good, Buffer.from('0123456789')]));
    expect(frames).toHaveLength(1);
    expect(refused).toMatchObject({ error: 'MALFORMED_FRAMES' });
    expect(decoder.push(good)).toEqual({ frames: [], refused });
  });
});

describe('a frame', () => {
  const head = (change: (view: DataView) => void): Uint8Array => {
    const bytes = encodeBinaryFrame({ flags: 0, topic: new Uint8Array(0), payload: new Uint8Array(0) });
    change(new DataView(bytes.buffer));
    return bytes;
  };

  it.each([
    ['a wrong magic', head((view) => view.setUint8(0, 0)), 'MALFORMED_FRAMES'],
    ['another version', head((view) => view.setUint8(2, 2)), 'UNSUPPORTED_VERSION'],
    ['4 GiB', head((view) => view.setUint32(6, 0xffff_ffff)), 'PAYLOAD_TOO_LARGE'],
    ['one byte too many', head((view) => view.setUint32(6, SIDECAR_BODY_BYTES_MAX + 1)), 'PAYLOAD_TOO_LARGE'],
    ['nine bytes', new Uint8Array(9), 'MALFORMED_FRAMES'],
  ])('with %s is refused, and no memory taken for it', (_, bytes, error) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(peekFrameHead(bytes)).toMatchObject({ type: 'refused', error });
    if (bytes.length >= 10) expect(new BinaryFrameDecoder().push(bytes).refused).toMatchObject({ error });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  it('is not made with a topic that its length field cannot say', () => {
    const topic = new Uint8Array(TOPIC_BYTES_MAX + 1);
    expect(() => encodeBinaryFrame({ flags: 0, topic, payload: new Uint8Array(0) })).toThrow('FRAME_TOO_LARGE');
    const longest = encodeBinaryFrame({ flags: 0, topic: topic.subarray(1), payload: new Uint8Array(0) });
    expect(peekFrameHead(longest)).toMatchObject({ topicLength: TOPIC_BYTES_MAX });
  });
});
