// The W3C trace context that a producer gave with a message: `traceparent` and `tracestate` among its headers, where
// they stay as they are, whatever becomes of the message. https://www.w3.org/TR/trace-context/

import { attributesLength, attributesOf, bodyOffset } from '../../../pkg/protocol/block.ts';

export interface TraceContext {
  readonly traceId: string;
  /** Of the span that the producer was in. */
  readonly spanId: string;
  readonly flags: number;
  /** Empty when none was given. */
  readonly state: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const SAMPLED = 1;
const NAME = Buffer.from('"traceparent"');

/** Null where the text is none: of the version to come everything is taken that begins as version 00 does. */
export function parseTraceparent(text: string, state = ''): TraceContext | null {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
  return { traceId, spanId, flags: Number.parseInt(flags, 16), state };
}

/** Of the block that begins at `offset`; null when its producer gave none, or asked for it not to be recorded. */
export function recordedContext(bytes: Uint8Array, offset: number): TraceContext | null {
  if (attributesLength(bytes, offset) < NAME.length) return null;
  // Most messages of a broker that traces are not traced: a look is cheaper than reading their attributes.
  const headers = mentions(bytes, offset) ? attributesOf(bytes, offset)?.headers : undefined;
  const { traceparent, tracestate } = (headers ?? {}) as Record<string, unknown>;
  if (typeof traceparent !== 'string') return null;
  const context = parseTraceparent(traceparent, typeof tracestate === 'string' ? tracestate : '');
  return context !== null && (context.flags & SAMPLED) !== 0 ? context : null;
}

function mentions(bytes: Uint8Array, offset: number): boolean {
  const head = bodyOffset(bytes, offset) - offset;
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, head).includes(NAME);
}
