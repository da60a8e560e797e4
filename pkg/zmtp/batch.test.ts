// Proved by writing the parts one behind the other and decoding them again, and by whose memory they are.

import { describe, expect, it } from 'vitest';
import { Batch } from './batch.ts';
import { concat } from './bytes.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { LONG_BODY_BYTES, messageSize } from './frame-encoder.ts';
import { SharedEncoder } from './shared-encoder.ts';
import { SLAB_BYTES_MAX, SlabPool } from './slab-pool.ts';
import { ascii } from './testing/raw-peer.ts';
import { Seeded } from './testing/seeded.ts';
import { texts } from './testing/texts.ts';

function decode(parts: readonly Uint8Array[]): Uint8Array[][] {
  const decoder = new FrameDecoder({ messageBytesMax: 2 ** 30, framesMax: 100_000 }, 1_000, () => {});
  decoder.areMessagesAllowed = true;
  decoder.push(Uint8Array.from(concat(parts)));
  return decoder.take();
}

const append = (batch: Batch, frames: readonly Uint8Array[]): void => batch.append(frames, messageSize(frames));

describe('a batch', () => {
  it('puts small messages together in one part', () => {
    const batch = new Batch(new SlabPool());
    const messages = Array.from({ length: 50 }, (_, index) => [ascii(`message ${index}`)]);
    for (const message of messages) append(batch, message);
    expect(batch.messages).toBe(50);
    expect(batch.parts()).toHaveLength(1);
    expect(decode(batch.parts())).toEqual(messages);
  });

  it('sends a long frame from where it lies, and nothing else with it', () => {
    const batch = new Batch(new SlabPool());
    const long = new Uint8Array(LONG_BODY_BYTES).fill(5);
    append(batch, [ascii('a'), long, ascii('b')]);
    const parts = batch.parts();
    expect(parts).toHaveLength(3);
    expect(parts[1]).toBe(long);
    expect(decode(parts)).toEqual([[ascii('a'), long, ascii('b')]]);
  });

  it('sends a frame that lies in pieces as one, the long pieces from where they lie', () => {
    const batch = new Batch(new SlabPool());
    const pieces = [ascii('head '), new Uint8Array(LONG_BODY_BYTES).fill(5), ascii(''), ascii(' tail')];
    const whole = Uint8Array.from(concat(pieces));
    append(batch, [ascii('before')]);
    batch.appendInPieces(pieces, whole.length, messageSize([whole]));
    append(batch, [ascii('behind')]);
    const parts = batch.parts();
    expect(parts[1]).toBe(pieces[1]);
    expect(parts.reduce((sum, { length }) => sum + length, 0)).toBe(batch.bytes);
    expect(decode(parts)).toEqual([[ascii('before')], [whole], [ascii('behind')]]);
  });

  it('is exactly what was appended, for any mixture, and says its size', () => {
    const random = new Seeded(4);
    const pool = new SlabPool();
    const batch = new Batch(pool);
    for (let round = 0; round < 200; round += 1) {
      const shared = new SharedEncoder();
      const expected: Uint8Array[][] = [];
      for (let count = random.below(40); count >= 0; count -= 1) {
        const size = (): number => random.pick([0, 1, 100, 255, 256, 4_095, 4_096, 9_000]);
        const frames = Array.from({ length: 1 + random.below(3) }, () => random.bytes(random.below(size() + 1)));
        expected.push(frames);
        if (random.below(2) === 0 || frames.some(({ length }) => length >= LONG_BODY_BYTES)) {
          append(batch, frames);
        } else {
          shared.encode(frames, messageSize(frames));
          batch.appendShared(shared.buffer, shared.start, shared.end);
          // Messages for others in between break the range.
          if (random.below(3) === 0) shared.encode([ascii('not for this one')], 18);
        }
      }
      const parts = batch.parts();
      expect(texts(decode(parts))).toEqual(texts(expected));
      expect(concat(parts).length).toBe(batch.bytes);
      batch.clear();
    }
  });

  it('shares one buffer among all that get the same messages: not a byte is copied for any of them', () => {
    const shared = new SharedEncoder();
    const batches = Array.from({ length: 3 }, () => new Batch(new SlabPool()));
    for (let index = 0; index < 100; index += 1) {
      const frames = [ascii(`topic ${index}`)];
      shared.encode(frames, messageSize(frames));
      for (const batch of batches) batch.appendShared(shared.buffer, shared.start, shared.end);
    }
    for (const batch of batches) {
      const parts = batch.parts();
      expect(parts).toHaveLength(1);
      expect(parts[0]?.buffer).toBe(shared.buffer.buffer);
    }
  });

  it('uses its slabs again once it was sent', () => {
    const pool = new SlabPool();
    const batch = new Batch(pool);
    append(batch, [ascii('one')]);
    const memory = batch.parts()[0]?.buffer;
    batch.clear();
    append(batch, [ascii('two')]);
    expect(batch.parts()[0]?.buffer).toBe(memory);
    expect(decode(batch.parts())).toEqual([[ascii('two')]]);
  });

  it('takes large slabs after much was sent, and small ones after little', () => {
    const batch = new Batch(new SlabPool());
    for (let index = 0; index < 100; index += 1) append(batch, [new Uint8Array(1_000)]);
    batch.clear();
    append(batch, [ascii('after much')]);
    expect(batch.parts()[0]?.buffer.byteLength).toBe(SLAB_BYTES_MAX);
    batch.clear();
    append(batch, [ascii('after little')]);
    expect(batch.parts()[0]?.buffer.byteLength).toBeLessThan(SLAB_BYTES_MAX);
  });
});
