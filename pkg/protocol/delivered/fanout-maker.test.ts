// Whatever neighbours share, each publication leaves as if it had been made alone.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BlockHead, BlockView, COMPRESSION_LZ4, COMPRESSION_NONE, encodeBlock } from '../block.ts';
import { encodeText } from '../bytes.ts';
import type { DeliveryForm } from '../control/consumer.ts';
import { fanoutFrames } from '../event-json.ts';
import { outgoing } from './facts.ts';
import { FanoutMaker } from './fanout-maker.ts';

const FORMS: readonly DeliveryForm[] = ['event', 'envelope', 'frames'];

const head: fc.Arbitrary<BlockHead> = fc.record({
  topic: fc.constantFrom('a', 'a.b', 'ä'),
  messageId: fc.constantFrom('', 'id-1', 'id-2'),
  attributes: fc.constantFrom(
    null,
    { source: 'here' },
    { delay_ms: 1_500 },
    { content_type: 'application/json' },
    { timestamp_unix_ms: 1_234, headers: { a: '"' } },
  ),
  form: fc.constantFrom(0 as const, 1 as const, 2 as const),
  compression: fc.constantFrom(COMPRESSION_NONE, COMPRESSION_NONE, COMPRESSION_LZ4),
});

const body = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.constantFrom('{"Data":1}', '{"payload":"x"}', '7').map(encodeText),
);

it('makes of any row of publications the frames that each has alone', () => {
  const message = fc.record({ head, body, times: fc.integer({ min: 1, max: 3 }), laterMs: fc.nat(1) });
  fc.assert(
    fc.property(fc.constantFrom(...FORMS), fc.array(message, { maxLength: 12 }), (form, messages) => {
      const maker = new FanoutMaker(form);
      let atMs = 1_764_000_000_000;
      for (const { head: of, body: own, times, laterMs } of messages) {
        atMs += laterMs;
        const view = new BlockView(encodeBlock({ ...of, body: own }));
        const alone = fanoutFrames(form, outgoing(view, { tenant: '', acceptedAtMs: atMs, sequence: 0 }));
        for (let time = 0; time < times; time += 1) {
          const made = maker.frames(view, atMs, null);
          expect(made.map((frame) => Buffer.from(frame).toString('latin1'))).toEqual(
            alone.map((frame) => Buffer.from(frame).toString('latin1')),
          );
        }
      }
    }),
    { numRuns: 500 },
  );
});

it('keeps nothing of the memory that a publication came in', () => {
  const maker = new FanoutMaker('event');
  const block = encodeBlock({ topic: 'a', body: encodeText('one') });
  const first = maker.frames(new BlockView(block), 1, null).map((frame) => Buffer.from(frame).toString());
  const again = encodeBlock({ topic: 'a', body: encodeText('one') });
  block.fill(0);
  expect(maker.frames(new BlockView(again), 1, null).map((frame) => Buffer.from(frame).toString())).toEqual(first);
});
