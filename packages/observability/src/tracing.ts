/**
 * OpenTelemetry traces with W3C propagation. One trace runs from the HTTP request through the jobs to the agent's last
 * tool call: the `traceparent` travels in the ledger's record of the task, so a retry or a restart stays in its trace.
 *
 * Trace ids exist always, as `trace_id` of tasks and `X-Trace-Id`; spans leave the process only when an endpoint is set.
 */
import {
  type Attributes,
  type Context,
  context,
  type SpanOptions as OtelSpanOptions,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { startIdSpan } from "./id-span.ts";

export { SpanKind };
export type SpanAttributes = Attributes;

export interface TracingOptions {
  readonly service: string;
  /** Base address of an OTLP/HTTP collector; absent: spans have their ids and nothing else. */
  readonly endpoint: string | undefined;
}

type StartSpan = (name: string, options: OtelSpanOptions, parent: Context) => Span;

/** Before tracing is set up, the API's own spans, which do nothing. */
const startCollected: StartSpan = (name, options, parent) =>
  trace.getTracer("drover").startSpan(name, options, parent);
let startSpan: StartSpan = startCollected;

/** Sets tracing up for this process; dispose to flush what is left. */
export function startTracing(options: TracingOptions): AsyncDisposable {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const { service, endpoint } = options;
  if (endpoint === undefined) {
    startSpan = (_name, _options, parent) => startIdSpan(parent);
    return { [Symbol.asyncDispose]: async () => undefined };
  }
  startSpan = startCollected;
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, "")}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": service }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 500 })],
  });
  trace.setGlobalTracerProvider(provider);
  return { [Symbol.asyncDispose]: () => provider.shutdown() };
}

/** Whether a tracer is set up is none of the caller's concern: without one, spans do nothing. */
export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** `traceparent` of the parent; absent: the current span. */
  readonly traceparent?: string | null;
}

function parentOf(options: SpanOptions): Context {
  if (options.traceparent === undefined || options.traceparent === null) return context.active();
  return propagation.extract(ROOT_CONTEXT, { traceparent: options.traceparent });
}

/** Runs `work` in a new span; a throw marks the span failed and goes on. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const parent = parentOf(options);
  const span = startSpan(
    name,
    { kind: options.kind ?? SpanKind.INTERNAL, attributes: options.attributes ?? {} },
    parent,
  );
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    span.setStatus({
      code: SpanStatusCode.ERROR,
      message: error instanceof Error ? error.message : String(error),
    });
    throw error;
  } finally {
    span.end();
  }
}

/** Records a span that has already ended, beneath the current one. */
export function recordSpan(
  name: string,
  attributes: Attributes,
  startMs: number,
  endMs: number,
  failed = false,
): void {
  const span = startSpan(name, { attributes, startTime: startMs }, context.active());
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(Math.max(startMs, endMs));
}

/** The current span as a W3C `traceparent`, or null outside of any. */
export function currentTraceparent(): string | null {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier["traceparent"] ?? null;
}

export function currentTraceId(): string | null {
  return trace.getSpanContext(context.active())?.traceId ?? null;
}
