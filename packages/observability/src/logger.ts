/**
 * Structured logs: one JSON object a line on stdout, with the correlation and the trace in every line.
 * Known places of secrets are blanked; a secret must still never be handed to a logger.
 */
import { type DestinationStream, type Logger as PinoLogger, pino } from "pino";
import { currentCorrelation } from "./correlation.ts";
import { redactSecrets } from "./redact-secrets.ts";
import { currentTraceId } from "./tracing.ts";

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
  /** Where the lines go. Default: stdout. */
  readonly into?: DestinationStream;
}

export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => ({ ...redactSecrets(fields) }),
      },
      serializers: { err: (error: Error) => redactSecrets(pino.stdSerializers.err(error)) },
      mixin: () => {
        const traceId = currentTraceId();
        return { ...currentCorrelation(), ...(traceId === null ? {} : { trace_id: traceId }) };
      },
    },
    options.into ?? pino.destination(1),
  );
}
