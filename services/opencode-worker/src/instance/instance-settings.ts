/** The settings of instances: which runtimes are served, in what they run, how much each may use, and how long it lives. */
import { flag } from "@drover/config";
import { dockerSettings } from "@drover/docker-engine";
import { z } from "zod";
import type { InstanceLimits } from "./instance-limits.ts";

const runtimeName = z.enum(["process", "docker"]);

/** Fields of the worker's settings. */
export const instanceSettings = {
  ...dockerSettings,
  /** The runtimes that this worker starts instances with, separated by commas. */
  DROVER_OPENCODE_RUNTIMES: z
    .string()
    .transform((text) => text.split(",").map((name) => name.trim()))
    .pipe(z.array(runtimeName, "must be process, docker, or both").min(1))
    .default(["process"]),
  /** The runtime of a workspace that is registered with none. */
  DROVER_OPENCODE_RUNTIME: runtimeName.optional(),
  /** What a container of the runtime `docker` is made of; built from instance.Dockerfile. */
  DROVER_OPENCODE_IMAGE: z.string().min(1).default("drover/opencode-instance:0.1.0"),
  /** The engine's network that these containers are in; `none`: only the model can be reached. */
  DROVER_OPENCODE_NETWORK: z
    .string()
    .regex(/^(?!host$)[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "must be the name of a network, and not host")
    .default("none"),
  /** Whether a workspace that root owns is worked on as root. */
  DROVER_OPENCODE_ALLOW_ROOT: flag.default(true),
  /** Memory of one instance with all that its agent starts. */
  DROVER_INSTANCE_MEMORY_MIB: z.coerce.number().int().min(512).max(1_048_576).default(4_096),
  /** Processor time of one instance in cores: a share of all with `docker`, so many of them with `process`. */
  DROVER_INSTANCE_CPUS: z.coerce.number().min(0.1).max(1024).default(2),
  /** Processes and threads of one instance. */
  DROVER_INSTANCE_PIDS: z.coerce.number().int().min(64).max(1_000_000).default(512),
  /** The largest file that an instance may write. */
  DROVER_INSTANCE_FILE_MIB: z.coerce.number().int().min(16).max(16_777_216).default(4_096),
  /** An instance that has served so many tasks is replaced when nobody uses it; 0: never for that. */
  DROVER_INSTANCE_TASKS_MAX: z.coerce.number().int().min(0).default(200),
  /** An instance of this age is replaced when nobody uses it; 0: never for that. */
  DROVER_INSTANCE_HOURS_MAX: z.coerce.number().min(0).default(12),
};

const schema = z.object(instanceSettings);

export function instanceLimits(settings: z.infer<typeof schema>): InstanceLimits {
  return {
    memoryMib: settings.DROVER_INSTANCE_MEMORY_MIB,
    cpus: settings.DROVER_INSTANCE_CPUS,
    pids: settings.DROVER_INSTANCE_PIDS,
    fileMib: settings.DROVER_INSTANCE_FILE_MIB,
  };
}

/** When an instance is replaced, as the pool takes it. */
export function instanceLife(settings: z.infer<typeof schema>) {
  const { DROVER_INSTANCE_TASKS_MAX: tasks, DROVER_INSTANCE_HOURS_MAX: hours } = settings;
  return {
    tasksMax: tasks === 0 ? undefined : tasks,
    ageMsMax: hours === 0 ? undefined : hours * 3_600_000,
  };
}
