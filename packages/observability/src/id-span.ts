/**
 * A span for where nobody collects spans: it has its ids, so a trace can be named and passed on, and is nothing beside. It
 * costs a tenth of a span that is recorded to be dropped.
 */
import { randomUUID } from "node:crypto";
import { type Context, type Span, TraceFlags, trace } from "@opentelemetry/api";

/** From a pool of random bytes, which makes it much cheaper than asking for a few each time. */
const traceId = () => randomUUID().replaceAll("-", "");
const spanIdLength = 16;

export function startIdSpan(parent: Context): Span {
  const above = trace.getSpanContext(parent);
  return trace.wrapSpanContext({
    traceId: above?.traceId ?? traceId(),
    spanId: traceId().slice(-spanIdLength),
    // Whoever comes after may well have a collector.
    traceFlags: above?.traceFlags ?? TraceFlags.SAMPLED,
    ...(above?.traceState === undefined ? {} : { traceState: above.traceState }),
  });
}
