// Lines of standard input as bodies: however the chunks fall, and whatever bytes are in them.

import { describe, expect, it } from 'vitest';
import { BODY_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import { linesOf, wholeInput } from './standard-input.ts';

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part as string);
}

const lines = async (...parts: readonly (string | Uint8Array)[]): Promise<string[]> => {
  const found: string[] = [];
  for await (const line of linesOf(chunks(...parts))) found.push(Buffer.from(line).toString('latin1'));
  return found;
};

describe('lines', () => {
  const text = 'one\ntwo\r\n\nthree';

  it('are the same wherever the chunks are cut', async () => {
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(await lines(text.slice(0, cut), text.slice(cut))).toEqual(['one', 'two', '', 'three']);
    }
    expect(await lines(...text.split(''))).toEqual(['one', 'two', '', 'three']);
  });

  it('keep bytes that are no text, and a chunk that is used again', async () => {
    const chunk = Uint8Array.of(0xff);
    async function* reusing(): AsyncGenerator<Uint8Array> {
      yield chunk;
      chunk[0] = 0x0a;
      yield chunk;
    }
    for await (const line of linesOf(reusing())) expect(line).toEqual(Buffer.from([0xff]));
    expect(await lines(Uint8Array.of(0xff, 0x0a, 0x00))).toEqual(['\u00ff', '\u0000']);
  });

  it('of nothing are none', async () => {
    expect(await lines()).toEqual([]);
    expect(await lines('')).toEqual([]);
  });

  it('that are longer than a message may be are refused before they fill the memory', async () => {
    const block = Buffer.alloc(BODY_BYTES_MAX / 2 + 1, 'x');
    await expect(lines(block, block, block)).rejects.toThrow(/longer than a message/);
    await expect(wholeInput(chunks(block, block))).rejects.toThrow(/longer than a message/);
  });
});
