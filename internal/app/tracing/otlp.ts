// Spans to an OTLP/HTTP receiver, by OpenTelemetry's own library. Loaded only where traces are on. Batched; what cannot
// be sent is dropped and told, and nobody waits for it.

import {
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
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
  readonly onFailure: (error: Error | undefined, spans: number) => void;
}

export interface SpanSink {
  tell(span: Span, parent: TraceContext): void;
  /** Sends what waits, within a bound. */
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

export function openOtlp({ endpoint, serviceName, onFailure }: OtlpOptions): SpanSink {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = told(new OTLPTraceExporter({ url, timeoutMillis: SEND_MS_MAX }), onFailure);
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
    tell: (span, parent) => record(tracer, span, contextOf(parent)),
    close: () =>
      provider.shutdown().catch((error: unknown) => onFailure(error instanceof Error ? error : undefined, 0)),
  };
}

function record(tracer: Tracer, span: Span, context: Context): void {
  const { name, kind, startMs, endMs, attributes, error, inside } = span;
  const recorded = tracer.startSpan(name, { kind: KINDS[kind], startTime: startMs, attributes }, context);
  for (const child of inside) record(tracer, child, trace.setSpan(context, recorded));
  if (error !== null) recorded.setStatus({ code: SpanStatusCode.ERROR, message: error });
  recorded.end(endMs);
}

const contextOf = ({ traceId, spanId, flags, state }: TraceContext): Context =>
  trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: true,
    ...(state === '' ? {} : { traceState: createTraceState(state) }),
  });

/** The exporter, with its failures told. */
const told = (exporter: OTLPTraceExporter, onFailure: OtlpOptions['onFailure']): SpanExporter => ({
  export: (spans: ReadableSpan[], done) =>
    exporter.export(spans, (result) => {
      if (result.code !== 0) onFailure(result.error, spans.length);
      done(result);
    }),
  forceFlush: () => exporter.forceFlush(),
  shutdown: () => exporter.shutdown(),
});
