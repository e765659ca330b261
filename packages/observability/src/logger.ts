/**
 * Structured logs: one JSON object a line on stdout, with the correlation and the trace in every line.
 * Known places of secrets are blanked; a secret must still never be handed to a logger.
 */
import { type Logger as PinoLogger, pino } from "pino";
import { currentCorrelation } from "./correlation.ts";
import { currentTraceId } from "./tracing.ts";

export type Logger = PinoLogger;

const secretPaths = [
  "password",
  "secret",
  "token",
  "api_key",
  "apiKey",
  "authorization",
  "cookie",
  "key",
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
}

export function createLogger(options: LoggerOptions): Logger {
  return pino({
    level: options.level,
    base: { service: options.service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
        ...secretPaths,
        'headers["coder-session-token"]',
        'headers["authorization"]',
        'headers["cookie"]',
      ],
      censor: "[redacted]",
    },
    mixin: () => {
      const traceId = currentTraceId();
      return { ...currentCorrelation(), ...(traceId === null ? {} : { trace_id: traceId }) };
    },
  });
}
