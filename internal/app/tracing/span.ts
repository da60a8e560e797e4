// A span as the broker tells it, before any library is asked. Times in milliseconds since 1970.

import type { TraceContext } from './trace-context.ts';

export type SpanKind = 'server' | 'internal' | 'producer';

export interface Span {
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** What went wrong; null where nothing did. */
  readonly error: string | null;
  /** Spans inside this one. */
  readonly inside: readonly Span[];
}

/** Takes finished spans, and does not wait. */
export type TellSpan = (span: Span, parent: TraceContext) => void;
