export { type Correlation, currentCorrelation, withCorrelation } from "./correlation.ts";
export { createLogger, type Logger, type LoggerOptions } from "./logger.ts";
export { Counter, createMetrics, Gauge, Histogram, type Registry } from "./metrics.ts";
export {
  currentTraceId,
  currentTraceparent,
  recordSpan,
  type SpanAttributes,
  SpanKind,
  type SpanOptions,
  startTracing,
  type TracingOptions,
  withSpan,
} from "./tracing.ts";
