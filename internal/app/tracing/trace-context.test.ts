// Which contexts are taken, by the cases of the W3C recommendation, and that any bytes are survived.

import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { parseTraceparent, recordedContext } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it('is read with its flags', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`, 'a=b')).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      flags: 1,
      state: 'a=b',
    });
  });

  it('of a version to come is read as far as this one knows it', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-more`)?.traceId).toBe(TRACE);
  });

  it.each([
    ['nothing', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['more than version 00 has', `00-${TRACE}-${SPAN}-01-more`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a short one', `00-${TRACE.slice(1)}-${SPAN}-01`],
  ])('that is %s is none', (_, text) => {
    expect(parseTraceparent(text)).toBeNull();
  });
});

const block = (headers: Record<string, string>, body = 'body'): Uint8Array =>
  encodeBlock({ topic: 'a.b', messageId: 'm', attributes: { headers }, body: new TextEncoder().encode(body) });

test('a block is recorded when its producer traced it and asked for it', () => {
  const bytes = block({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'x=y' });
  expect(recordedContext(bytes, 0)).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1, state: 'x=y' });
  const behind = new Uint8Array([...block({}), ...bytes]);
  expect(recordedContext(behind, block({}).length)?.traceId).toBe(TRACE);
  expect(recordedContext(block({ traceparent: `00-${TRACE}-${SPAN}-00` }), 0)).toBeNull();
});

test('a body that speaks of a traceparent is not looked at', () => {
  expect(
    recordedContext(block({ other: 'header of some length' }, `{"traceparent":"00-${TRACE}-${SPAN}-01"}`), 0),
  ).toBeNull();
});

test('whatever headers say, a context is found or none is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), fc.string(), (headers, traceparent) => {
      const context = recordedContext(block({ ...headers, traceparent }), 0);
      expect(context === null || context.traceId.length === 32).toBe(true);
    }),
  );
});
