/** The settings of the infra-worker: the shared ones and its own, from the environment, once. */
import {
  type Environment,
  flag,
  lockSettings,
  memorySettings,
  readConfig,
  redisSettings,
  serviceSettings,
} from "@drover/config";
import { dockerSettings } from "@drover/docker-engine";
import { z } from "zod";

const megabytes = z.coerce.number().int().min(16).max(1_048_576);
const cpus = z.coerce.number().min(0.05).max(1024);
const patterns = z
  .string()
  .transform((text) => text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()])))
  .refine((list) => list.length > 0, "must have at least one pattern");

const schema = z.object({
  ...redisSettings,
  ...serviceSettings,
  ...lockSettings,
  ...memorySettings,
  /** Tasks that run at once, over all agents of this worker. */
  DROVER_INFRA_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(20),
  /** Serve the `diagnostics` agent, which can crash this very process when told to. */
  DROVER_DIAGNOSTICS: flag.default(false),
  /** Where the workspaces are, one folder each; absent: no build and no mount. */
  DROVER_WORKSPACES_DIR: z.string().min(1).optional(),

  ...dockerSettings,
  /** Images that may be run and built upon: patterns with `*`, separated by commas. `*` alone allows all. */
  DROVER_DOCKER_IMAGES: patterns.default(["*"]),
  /** Memory of a container whose task asks for none, and the most a task may ask for. */
  DROVER_DOCKER_MEMORY_MB: megabytes.default(512),
  DROVER_DOCKER_MEMORY_MB_MAX: megabytes.default(8192),
  /** Processor time of a container whose task asks for none, in cores, and the most a task may ask for. */
  DROVER_DOCKER_CPUS: cpus.default(1),
  DROVER_DOCKER_CPUS_MAX: cpus.default(8),
  /** Processes and threads that a container may have at once. */
  DROVER_DOCKER_PIDS: z.coerce.number().int().min(8).max(1_000_000).default(512),
  /** The largest folder that is sent to the engine for a build, ignored files left out. */
  DROVER_DOCKER_CONTEXT_MB: megabytes.default(512),

  /** Files with the cluster's address and credential, separated as PATH is. */
  KUBECONFIG: z.string().min(1).optional(),
  /** Set by Kubernetes in every pod: the cluster that this worker runs in. */
  KUBERNETES_SERVICE_HOST: z.string().min(1).optional(),
  /** `plan` only validates and never touches a cluster. */
  DROVER_KUBERNETES_MODE: z.enum(["cluster", "plan"]).default("cluster"),
  /** Where an object lives for which neither it nor its task names a namespace; absent: the credential's own. */
  DROVER_KUBERNETES_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be the name of a namespace")
    .optional(),
  /**
   * Namespaces that tasks may touch: patterns with `*`, separated by commas, where `{organization}` stands for the task's
   * organization. `*` alone allows all, and objects outside of namespaces as well.
   */
  DROVER_KUBERNETES_NAMESPACES: patterns.default(["*"]),
});

export type InfraConfig = z.infer<typeof schema>;

/** @throws ConfigError naming every faulty variable */
export function readInfraConfig(environment: Environment): InfraConfig {
  return readConfig(schema, environment);
}
