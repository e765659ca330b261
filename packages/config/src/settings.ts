/**
 * The settings that several services share, one schema each, so that a variable means the same thing everywhere.
 * A service composes its own config from these (`services/<name>/src/config.ts`).
 */
import { hostname } from "node:os";
import { z } from "zod";
import { redisAddress } from "./redis-address.ts";

/** `true`, `1`, `yes`, `on` and their opposites. */
export const flag = z.stringbool();

const port = z.coerce.number().int().min(0).max(65_535);

/** Redis: where it is, and over how many shards (hash tags) the organizations are spread. */
export const redisSettings = {
  REDIS_URL: z
    .string()
    .refine(
      (text) => redisAddress(text) !== null,
      "must be redis://host:port, redis+sentinel://host:port,…/name or redis+cluster://host:port,…",
    )
    .default("redis://127.0.0.1:6379"),
  DROVER_SHARDS: z.coerce.number().int().min(1).max(1024).default(1),
};

/** Logs, traces, metrics and health of a service. */
export const serviceSettings = {
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** Where spans go; absent: tracing is off. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  /** Health and metrics; 0 takes a free port, which is logged. */
  DROVER_METRICS_PORT: port.default(9464),
  DROVER_METRICS_HOST: z.string().default("127.0.0.1"),
  /** Name of this worker in the registry; must be unique and should survive a restart. */
  DROVER_WORKER_NAME: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[a-zA-Z0-9._-]+$/)
    .default(hostname()),
  /** How long a stop waits for running tasks, in seconds, before it aborts them. */
  DROVER_DRAIN_SECONDS: z.coerce.number().int().min(0).max(86_400).default(20),
};

/** The queue's view of a dead worker: how long its hold on a task lasts after its last sign of life. */
export const lockSettings = {
  DROVER_LOCK_SECONDS: z.coerce.number().min(1).max(3600).default(30),
};

/** When a worker takes no more tasks because its memory is short. */
export const memorySettings = {
  /** What its process may use, in MiB; absent: 90 % of what its container or Node.js gives it. */
  DROVER_MEMORY_MAX_MIB: z.coerce.number().int().min(1).optional(),
};

/** Any OpenAI-compatible endpoint. */
export const modelSettings = {
  DROVER_MODEL_BASE_URL: z.url().optional(),
  DROVER_MODEL_API_KEY: z.string().optional(),
  DROVER_MODEL: z.string().default("drover-demo"),
};

/** Where remote instances may be. */
export const addressSettings = {
  /** Hosts, addresses and networks that one may be at although they are internal, separated by commas. */
  DROVER_INSTANCE_ALLOW: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ""),
    ),
};

/** What Drover seals secrets with before it keeps them; the same for every service that keeps or uses them. */
export const masterKeySettings = {
  /** 32 random bytes in base64; absent: nothing that must be sealed is taken. */
  DROVER_MASTER_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, "must be 32 bytes in base64 (openssl rand -base64 32)")
    .optional(),
};

/** How much of what has ended is kept, and how long. */
export const retentionSettings = {
  /** Days after which what ended is forgotten: tasks, runs with their steps, dead letters. */
  DROVER_RETENTION_DAYS: z.coerce.number().positive().max(3650).default(30),
  /** Final tasks that one organization may keep, beside the steps of its runs. */
  DROVER_RETENTION_TASKS: z.coerce.number().int().min(0).default(100_000),
  /** Final runs that one organization may keep. */
  DROVER_RETENTION_RUNS: z.coerce.number().int().min(0).default(10_000),
  /** Dead letters that one organization may keep. */
  DROVER_RETENTION_DEAD_LETTERS: z.coerce.number().int().min(0).default(10_000),
};
