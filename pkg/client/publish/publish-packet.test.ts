// The short way to pack a message makes the same bytes as the general one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeClientPacket, TachyonError } from '../../protocol/index.ts';
import { BlockHeads } from './block-heads.ts';
import { blockOf, bytesOf, isJsonBody, NO_OPTIONS, type PublishBody, type PublishOptions } from './message.ts';
import { PublishPacket } from './publish-packet.ts';

const topics = fc.oneof(
  fc.constantFrom('a', 'a.b', 'a.ü'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
);
const bodies: fc.Arbitrary<PublishBody> = fc.oneof(
  fc.uint8Array({ maxLength: 5_000 }),
  fc.string({ unit: 'binary', maxLength: 2_000 }),
  fc.dictionary(fc.string(), fc.integer()),
  fc.array(fc.string()),
);

const said: fc.Arbitrary<PublishOptions> = fc.constantFrom<PublishOptions[]>(
  NO_OPTIONS,
  {},
  { mode: 'fanout' },
  { mode: 'direct' },
);

describe('a message that says no more than where it goes', () => {
  it('is packed behind a head that is kept as it is packed in the general way', () => {
    const heads = new BlockHeads();
    fc.assert(
      fc.property(fc.array(fc.tuple(topics, bodies, said), { minLength: 1, maxLength: 20 }), (messages) => {
        const short = new PublishPacket(1, 0);
        const general = new PublishPacket(1, 0);
        for (const [topic, body, options] of messages) {
          const length = general.append(blockOf(topic, body, options));
          const head = heads.of(topic, isJsonBody(body), options);
          expect(head).not.toBeNull();
          expect(short.appendBehind(head as Uint8Array, bytesOf(body))).toBe(length);
        }
        const bytes = short.seal();
        expect(Buffer.compare(bytes, general.seal())).toBe(0);
        expect(decodeClientPacket(bytes)).toMatchObject({ type: 'publish', count: messages.length });
      }),
    );
  });

  it('has its topic refused as in the general way, each time', () => {
    const heads = new BlockHeads();
    for (const topic of ['', 'x'.repeat(256), ''])
      expect(() => heads.of(topic, false, NO_OPTIONS)).toThrow(TachyonError);
  });

  it('gets the head of its own topic, also when more topics came than are kept', () => {
    const heads = new BlockHeads();
    const text = new TextDecoder();
    for (let round = 0; round < 2; round += 1)
      for (let i = 0; i < 3_000; i += 1) {
        const head = heads.of(`t.${i}`, i % 2 === 0, i % 3 === 0 ? { mode: 'fanout' } : NO_OPTIONS);
        expect(text.decode(head ?? new Uint8Array(0))).toContain(`t.${i}`);
      }
  });

  it('is one without times: a message that says any is packed in the general way', () => {
    const heads = new BlockHeads();
    const times = [{ ttlMs: 5 }, { expiresAt: 5 }, { delayMs: 5 }, { deliverAt: 5 }, { mode: 'direct', delayMs: 5 }];
    for (const options of times) expect(heads.of('a', false, options as PublishOptions)).toBeNull();
  });

  it('is packed in the general way as soon as it says anything else, or what nobody knows', () => {
    const heads = new BlockHeads();
    const others = [{ messageId: 'm' }, { mode: 'fanout', traceId: 't' }, { mode: 'nowhere' }, { unknown: 1 }];
    for (const options of others) expect(heads.of('a', false, options as PublishOptions)).toBeNull();
    expect(heads.of('a', false, Object.create({ mode: 'fanout' }) as PublishOptions)).toBeNull();
  });
});
