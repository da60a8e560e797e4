// Proved by feeding one stream cut at every point, byte by byte, and whole, and by holding what comes out against what
// the frames say; and by frames that break each rule.

import { describe, expect, it } from 'vitest';
import { concat } from './bytes.ts';
import { encodeCommand } from './commands.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { encodeFrame, frameSize } from './frame-encoder.ts';
import { ascii, hex } from './testing/raw-peer.ts';
import { texts } from './testing/texts.ts';

const LIMITS = { messageBytesMax: 4 * 1024 * 1024, framesMax: 2_000 };

const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

function encode(...messages: readonly (readonly Uint8Array[])[]): Uint8Array {
  return concat(
    messages.flatMap((frames) =>
      frames.map((body, index) => {
        const frame = new Uint8Array(frameSize(body.length));
        encodeFrame(frame, 0, body, index < frames.length - 1);
        return frame;
      }),
    ),
  );
}

interface Decoded {
  readonly messages: Uint8Array[][];
  readonly commands: Uint8Array[];
  readonly code: unknown;
}

function decode(chunks: readonly Uint8Array[], limits = LIMITS): Decoded {
  const commands: Uint8Array[] = [];
  const decoder = new FrameDecoder(limits, 1_000, (body) => commands.push(body));
  decoder.areMessagesAllowed = true;
  const messages: Uint8Array[][] = [];
  let code: unknown;
  for (const chunk of chunks) {
    try {
      decoder.push(chunk);
    } catch (error) {
      ({ code } = error as { code?: unknown });
    }
    messages.push(...decoder.take());
    if (code !== undefined) break;
  }
  return { messages, commands, code };
}

const STREAM: readonly (readonly Uint8Array[])[] = [
  [ascii('hello')],
  [new Uint8Array(0)],
  [ascii('a'), new Uint8Array(0), filled(255, 1), filled(256, 2), ascii('e')],
  [filled(300, 3)],
  [new Uint8Array(0), new Uint8Array(0)],
  [ascii('last')],
];

describe('a stream of messages and commands', () => {
  const subscribe = encodeCommand('SUBSCRIBE', filled(300, 9));
  const bytes = concat([
    encode(...STREAM.slice(0, 2)),
    encodeCommand('PING', hex('0000')),
    encode(...STREAM.slice(2, 4)),
    subscribe,
    encode(...STREAM.slice(4)),
  ]);
  const asTexts = ({ messages, commands, code }: Decoded) => ({
    messages: texts(messages),
    commands: texts([commands]),
    code,
  });
  const expected = asTexts({
    messages: STREAM.map((frames) => [...frames]),
    commands: [ascii('\x04PING\0\0'), concat([ascii('\x09SUBSCRIBE'), filled(300, 9)])],
    code: undefined,
  });

  it('is decoded the same wherever it is cut in two', () => {
    for (let cut = 0; cut <= bytes.length; cut += 1)
      expect(asTexts(decode([bytes.subarray(0, cut), bytes.subarray(cut)]))).toEqual(expected);
  });

  it('is decoded the same wherever it is cut in three, around every frame header', () => {
    for (let first = 0; first < bytes.length; first += 7)
      for (let second = first; second <= Math.min(first + 12, bytes.length); second += 1)
        expect(
          asTexts(decode([bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)])),
        ).toEqual(expected);
  });

  it('is decoded the same byte by byte', () => {
    expect(asTexts(decode(Array.from(bytes, (byte) => Uint8Array.of(byte))))).toEqual(expected);
  });
});

describe('memory', () => {
  it('is not copied for a frame within one chunk: the frame is a view of it', () => {
    const chunk = encode([filled(100, 1), filled(1_000, 2)]);
    const [[first, second] = []] = decode([chunk]).messages;
    expect([first?.buffer === chunk.buffer, second?.buffer === chunk.buffer]).toEqual([true, true]);
  });

  it('of a frame over many chunks is one buffer of exactly its size', () => {
    const body = Uint8Array.from({ length: 1_500_000 }, (_, index) => index % 251);
    const bytes = encode([body]);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) =>
      bytes.subarray(index * 65_536, (index + 1) * 65_536),
    );
    const [[frame] = []] = decode(chunks).messages;
    expect(Buffer.compare(frame!, body)).toBe(0);
    expect(frame!.buffer.byteLength).toBe(body.length);
  });

  it('is not taken for a frame beyond the limit, however long it says it is', () => {
    for (const size of ['00 00 00 00 00 40 00 01', '00 00 0f ff ff ff ff ff', 'ff ff ff ff ff ff ff ff'])
      expect(decode([hex(`02 ${size}`)]).code).toBe('MESSAGE_TOO_LONG');
  });
});

describe('long and many', () => {
  it('a message of a thousand parts is one message', () => {
    const parts = Array.from({ length: 1_000 }, (_, index) => filled(index % 300, index % 256));
    expect(texts(decode([encode(parts)]).messages)).toEqual(texts([parts]));
  });

  it('short bodies in long frames are as good as in short ones', () => {
    expect(decode([hex('02 0000000000000002 6869 03 0000000000000000 00 00')]).messages).toEqual([
      [ascii('hi')],
      [new Uint8Array(0), new Uint8Array(0)],
    ]);
  });

  it('a message may reach the limits and not pass them', () => {
    const limits = { messageBytesMax: 10, framesMax: 3 };
    const ok = [filled(4, 1), filled(4, 2), filled(2, 3)];
    expect(decode([encode(ok, ok)], limits)).toMatchObject({ messages: [ok, ok], code: undefined });
    expect(decode([encode(ok, [filled(4, 1), filled(7, 1)])], limits)).toMatchObject({
      messages: [ok],
      code: 'MESSAGE_TOO_LONG',
    });
    const empty = new Uint8Array(0);
    expect(decode([encode([empty, empty, empty, empty])], limits).code).toBe('TOO_MANY_FRAMES');
  });
});

describe('a broken rule', () => {
  it.each([
    ['a reserved flag', '08 00', 'BAD_FRAME'],
    ['all flags', 'ff 00', 'BAD_FRAME'],
    ['a command with more to follow', '05 00', 'BAD_FRAME'],
    ['a long command with more to follow', '07 0000000000000000', 'BAD_FRAME'],
    ['a command beyond its limit', '06 00000000000003e9', 'COMMAND_TOO_LONG'],
  ])('%s ends the decoding, after the messages before it', (_what, bytes, code) => {
    const before = encode([ascii('before')]);
    for (let cut = 0; cut < before.length; cut += 1) {
      const stream = concat([before, hex(bytes), encode([ascii('after')])]);
      expect(decode([stream.subarray(0, cut), stream.subarray(cut)])).toEqual({
        messages: [[ascii('before')]],
        commands: [],
        code,
      });
    }
  });

  it('is seen in the flags alone, before the size arrives', () => {
    expect(decode([hex('10')]).code).toBe('BAD_FRAME');
  });

  it('is a message before the handshake is done', () => {
    const decoder = new FrameDecoder(LIMITS, 1_000, () => {});
    expect(() => decoder.push(encode([ascii('early')]))).toThrow(expect.objectContaining({ code: 'BAD_HANDSHAKE' }));
  });
});
