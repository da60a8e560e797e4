// The memo is invisible: whatever was read before, the text is what the bytes say.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeText, readText } from './bytes.ts';
import { readTopic } from './topic-cache.ts';

it('gives the text of the bytes, in any order of topics and beyond ASCII', () => {
  const topic = fc.oneof(
    fc.string({ maxLength: 3, unit: 'grapheme' }),
    fc.string({ maxLength: 90 }),
    fc.constantFrom('é', 'a', 'b', '\u00e9\u00e9'),
  );
  fc.assert(
    fc.property(fc.array(topic, { maxLength: 30 }), (topics) => {
      for (const text of [...topics, ...topics]) {
        const bytes = encodeText(`x${text}y`);
        expect(readTopic(bytes, 1, bytes.length - 1)).toBe(text);
      }
    }),
    { numRuns: 500 },
  );
});

it('bytes that are no UTF-8 are read as readText reads them, though a known topic is one byte away', () => {
  const bytes = Uint8Array.of(0xe9, 0xc3, 0xa9);
  for (const [start, end] of [
    [0, 1],
    [1, 3],
    [0, 3],
    [0, 1],
  ] as const) {
    expect(readTopic(bytes, start, end)).toBe(readText(bytes, start, end));
  }
});
