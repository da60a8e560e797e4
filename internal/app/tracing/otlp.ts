// Spans to an OTLP/HTTP receiver, by OpenTelemetry's own library. Loaded only where traces are on. Batched, and nobody
// waits for it. The library drops in silence what is beyond its queue, so that the bound is kept here: each span that is
// made is sent, unsent, dropped or waiting, and counted as that.

import {
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { VERSION } from '../../../pkg/protocol/version.ts';
import type { Span } from './span.ts';
import type { TraceContext } from './trace-context.ts';

export interface OtlpOptions {
  /** Base address: spans go to `/v1/traces` below it. */
  readonly endpoint: string;
  readonly serviceName: string;
  /** Spans that the receiver did not take, or that were never sent as too many waited. */
  readonly onLost: (kind: 'unsent' | 'dropped', spans: number, error?: Error) => void;
}

export interface SpanSink {
  tell(span: Span, parent: TraceContext): void;
  /** Spans that the receiver has taken. */
  readonly sent: number;
  /** Spans that are to be sent, or on their way. */
  readonly waiting: number;
  /** Sends what waits, within a bound; what cannot be sent is lost. */
  close(): Promise<void>;
}

const QUEUE_SPANS_MAX = 16_384;
const BATCH_SPANS_MAX = 1_024;
const BATCH_MS = 1_000;
const SEND_MS_MAX = 5_000;

const KINDS: Readonly<Record<Span['kind'], SpanKind>> = {
  server: SpanKind.SERVER,
  internal: SpanKind.INTERNAL,
  producer: SpanKind.PRODUCER,
};

export function openOtlp({ endpoint, serviceName, onLost }: OtlpOptions): SpanSink {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  let sent = 0;
  let waiting = 0;
  let isClosed = false;
  const exporter = counted(new OTLPTraceExporter({ url, timeoutMillis: SEND_MS_MAX }), (spans, failure) => {
    // What was under way at the end is told as lost then.
    if (isClosed) return;
    waiting -= spans;
    if (failure === null) sent += spans;
    else onLost('unsent', spans, failure);
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': VERSION }),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: QUEUE_SPANS_MAX,
        maxExportBatchSize: BATCH_SPANS_MAX,
        scheduledDelayMillis: BATCH_MS,
        exportTimeoutMillis: SEND_MS_MAX,
      }),
    ],
  });
  const tracer = provider.getTracer('tachyon', VERSION);
  return {
    tell: (span, parent) => {
      const spans = sizeOf(span);
      if (waiting + spans > QUEUE_SPANS_MAX) onLost('dropped', spans);
      else waiting += record(tracer, span, contextOf(parent));
    },
    get sent() {
      return sent;
    },
    get waiting() {
      return waiting;
    },
    close: async () => {
      const failure = await provider.shutdown().catch((error: unknown) => error);
      isClosed = true;
      const left = waiting;
      waiting = 0;
      if (left > 0) onLost('unsent', left, failure instanceof Error ? failure : undefined);
    },
  };
}

const sizeOf = ({ inside }: Span): number => inside.reduce((sum, span) => sum + sizeOf(span), 1);

/** How many are to be sent: what the environment does not sample is not. */
function record(tracer: Tracer, span: Span, context: Context): number {
  const { name, kind, startMs, endMs, attributes, error, inside } = span;
  const recorded = tracer.startSpan(name, { kind: KINDS[kind], startTime: startMs, attributes }, context);
  let spans = isSampled(recorded) ? 1 : 0;
  for (const child of inside) spans += record(tracer, child, trace.setSpan(context, recorded));
  if (error !== null) recorded.setStatus({ code: SpanStatusCode.ERROR, message: error });
  recorded.end(endMs);
  return spans;
}

const isSampled = (span: { isRecording(): boolean; spanContext(): { traceFlags: number } }): boolean =>
  span.isRecording() && (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;

const contextOf = ({ traceId, spanId, flags, state }: TraceContext): Context =>
  trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: true,
    ...(state === '' ? {} : { traceState: createTraceState(state) }),
  });

/** The exporter, with what becomes of each batch told once; null for what was taken. */
const counted = (exporter: OTLPTraceExporter, tell: (spans: number, failure: Error | null) => void): SpanExporter => ({
  export: (spans: ReadableSpan[], done) =>
    exporter.export(spans, (result) => {
      tell(spans.length, result.code === 0 ? null : (result.error ?? new Error('the receiver did not take them')));
      done(result);
    }),
  forceFlush: () => exporter.forceFlush(),
  shutdown: () => exporter.shutdown(),
});
