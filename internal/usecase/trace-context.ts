// The W3C trace context that a producer gave with a message, as people are shown it: whatever stands in its headers.

import type { Attributes } from '../../pkg/protocol/attributes.ts';
import { isObject } from '../../pkg/protocol/json.ts';

export interface ShownTraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

const CHARACTERS_MAX = 512;

export function shownTraceContext(attributes: Attributes | null): ShownTraceContext | null {
  // What a producer put there was not checked when it was read from the journal.
  const headers: unknown = attributes?.headers;
  if (!isObject(headers)) return null;
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string') return null;
  const shown = { traceparent: traceparent.slice(0, CHARACTERS_MAX) };
  return typeof tracestate === 'string' ? { ...shown, tracestate: tracestate.slice(0, CHARACTERS_MAX) } : shown;
}
