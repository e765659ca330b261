/** A running stack: where it is, and a handle on each of its processes. */
import type { DroverClient } from "@drover/client";
import type { SupervisedProcess } from "../supervision/supervised-process.ts";
import type { StackModel } from "./stack-model.ts";
import type { StackRedis } from "./stack-redis.ts";
import type { StackService } from "./stack-service.ts";

export interface Stack extends AsyncDisposable {
  /** Of the gateway, without a slash at the end. */
  readonly url: string;
  /** Of the site owner. */
  readonly key: string;
  /** With the key of the site owner. */
  readonly client: DroverClient;
  readonly redisUrl: string;
  readonly redis: StackRedis;
  readonly model: StackModel;
  readonly workspacesDir: string;
  readonly logsDir: string;
  readonly services: readonly StackService[];
  /** By its name, e.g. `infra-worker` or `infra-worker-2`. @throws Error when there is none */
  service(name: string): SupervisedProcess;
}
