/** What a caller may say about a stack. Everything has a default that suits a test. */
import type { Environment } from "@drover/config";
import type { Say } from "@drover/redis-server";
import type { Backoff } from "../supervision/backoff.ts";
import type { ServiceDefinition } from "./service-definition.ts";

export interface StackOptions {
  /** Where settings come from, e.g. `DROVER_MODEL_BASE_URL`, `DOCKER_HOST`. Default: this process's environment. */
  readonly environment?: Environment;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Of the gateway. Default: a free one. */
  readonly port?: number;
  /** Of the gateway's metrics. Default: a free one. */
  readonly metricsPort?: number;
  /** The first site owner's, `drv_<id>_<secret>`. Default: one that is made and kept in the state directory. */
  readonly key?: string;
  /** Redis data, logs, state. Default: a scratch directory, removed at the end. */
  readonly stateDirectory?: string;
  /** Default: within the state directory. */
  readonly workspacesDirectory?: string;
  /** Whether `REDIS_URL` of the environment is used. Default: false, a Redis of our own. */
  readonly useRedisUrl?: boolean;
  /** More environment per service, e.g. `{"infra-worker": {LOG_LEVEL: "debug"}}`; `"*"` is for every service. */
  readonly serviceEnvironment?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** How many processes of a worker service, e.g. `{"infra-worker": 2}`: `infra-worker` and `infra-worker-2`. */
  readonly replicas?: Readonly<Record<string, number>>;
  /** How long a running task may go on when the stack stops, in seconds. Default: 5. */
  readonly drainSeconds?: number;
  /** Default: 90,000. */
  readonly readyDeadlineMs?: number;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
  /** Told what is being done and what went wrong, a line at a time. Default: nothing is said. */
  readonly say?: Say;
  /** Default: Drover's four. */
  readonly services?: readonly ServiceDefinition[];
  readonly backoff?: Backoff;
}
