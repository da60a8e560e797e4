// The memo of attributes gives what their bytes say, whatever it was asked before.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AttributesMemo } from './attributes-memo.ts';

it('gives what the bytes say, also where slots are shared and lengths are at the bound', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.string({ minLength: 126, maxLength: 130 }),
    fc.nat(20_000).map((n) => `{"partition_key":"key-${n}"}`),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 400 }), (texts) => {
      const memo = new AttributesMemo<{ readonly text: string }>();
      for (const given of [...texts, ...texts]) {
        const bytes = Buffer.from(`..${given}!`);
        const end = bytes.length - 1;
        const meaning = memo.of(bytes, 2, end, () => ({ text: bytes.toString('utf8', 2, end) }));
        expect(meaning.text).toBe(bytes.toString('utf8', 2, end));
      }
    }),
    { numRuns: 50 },
  );
});

it('reads what it knows no second time', () => {
  const memo = new AttributesMemo<object>();
  const bytes = Buffer.from('{"priority":"high"}');
  const first = memo.of(bytes, 0, bytes.length, () => ({}));
  expect(memo.of(Buffer.from(bytes), 0, bytes.length, () => ({}))).toBe(first);
});
