// When a message is due and until when it is worth something: a caller's options as the words of the wire.

import { describe, expect, it } from 'vitest';
import { BlockView, encodeBlock, TachyonError, timesOf } from '../../protocol/index.ts';
import { blockOf, type PublishOptions } from './message.ts';

const NOON_MS = Date.parse('2030-01-01T12:00:00Z');

/** What the broker reads of it. */
const sent = (options: object) => new BlockView(encodeBlock(blockOf('a', 'x', options as PublishOptions))).attributes;

describe('the times of a message', () => {
  it.each([
    [{ ttlMs: 500 }, { ttl_ms: 500 }],
    [{ expiresAt: NOON_MS }, { deadline_unix_ms: NOON_MS }],
    [{ expiresAt: new Date(NOON_MS) }, { deadline_unix_ms: NOON_MS }],
    [{ delayMs: 500 }, { delay_ms: 500 }],
    [{ deliverAt: NOON_MS }, { deliver_at_unix_ms: NOON_MS }],
    [{ deliverAt: new Date(NOON_MS) }, { deliver_at_unix_ms: NOON_MS }],
    [
      { mode: 'direct', delayMs: 1, ttlMs: 2 },
      { delivery_mode: 'direct', delay_ms: 1, ttl_ms: 2 },
    ],
  ])('%j travels as %j', (options, attributes) => {
    expect(sent(options)).toEqual(attributes);
    expect(timesOf(attributes as object)).not.toHaveProperty('code');
  });

  it('are none where a span is nothing, or nothing is said', () => {
    expect(timesOf(sent({ ttlMs: 0, delayMs: 0, expiresAt: undefined, deliverAt: undefined }) ?? {})).toBeNull();
  });

  it.each(['ttlMs', 'delayMs', 'expiresAt', 'deliverAt'])('%s that is none is refused here, by its name', (name) => {
    const wrong = [
      -1,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      '5',
      null,
      new Date(Number.NaN),
      new Date(-1),
    ];
    const zero = name.endsWith('At') ? [0, new Date(0)] : [new Date(5)];
    for (const value of [...wrong, ...zero]) {
      const refused = () => sent({ [name]: value });
      expect(refused).toThrow(TachyonError);
      expect(refused).toThrow(`INVALID_ARGUMENT: ${name}: must be`);
    }
  });
});
