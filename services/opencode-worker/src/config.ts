/** The settings of the opencode-worker: the shared ones and its own, from the environment, once. */
import { homedir } from "node:os";
import { join } from "node:path";
import {
  addressSettings,
  ConfigError,
  type Environment,
  flag,
  lockSettings,
  masterKeySettings,
  memorySettings,
  modelSettings,
  readConfig,
  redisSettings,
  serviceSettings,
} from "@drover/config";
import { z } from "zod";
import { instanceSettings } from "./instance/instance-settings.ts";
import { permissionClasses } from "./instance/permissions.ts";

/** What the setting of the classes to ask for says when none is to be. */
const nothingAsked = "none";
const listed = (text: string) =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

const permissionClass = z.enum(permissionClasses, {
  error: ({ input }) => `${input} is no class of permissions; there is ${permissionClasses.join(", ")}`,
});

const usdPerMillion = z.coerce.number().min(0).default(0);

const schema = z.object({
  ...redisSettings,
  ...serviceSettings,
  ...lockSettings,
  ...memorySettings,
  ...modelSettings,
  ...masterKeySettings,
  ...addressSettings,
  /** Where the workspaces are, one folder each, named by the workspace. */
  DROVER_WORKSPACES_DIR: z.string().min(1),
  /** Make a missing folder whose name starts with `ws-` when it is first used. */
  DROVER_WORKSPACES_CREATE: flag.default(false),
  /** Sessions, logs and snapshots of the instances; never inside a workspace. */
  DROVER_STATE_DIR: z
    .string()
    .min(1)
    .default(join(homedir(), ".local", "state", "drover")),
  /** The opencode binary; absent: the one of the installed package, else the one on PATH. */
  DROVER_OPENCODE_BIN: z.string().min(1).optional(),
  /** Tasks that run at once. */
  DROVER_OPENCODE_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(4),
  /** OpenCode servers that live at once, each about 550 MB. */
  DROVER_OPENCODE_INSTANCES_MAX: z.coerce.number().int().min(1).max(256).default(8),
  /** How long a server without work stays, in seconds. */
  DROVER_OPENCODE_IDLE_SECONDS: z.coerce.number().min(0).max(86_400).default(600),
  /** Work trees of one workspace that are in use at once on this worker. */
  DROVER_OPENCODE_WORKTREES_MAX: z.coerce.number().int().min(1).max(256).default(10),
  /** How long the work tree of a task that has ended without success is kept, in seconds. */
  DROVER_OPENCODE_TREES_KEPT_SECONDS: z.coerce.number().int().min(0).max(31_536_000).default(86_400),
  ...instanceSettings,
  /** Further models of the endpoint that a task may name, separated by commas. */
  DROVER_OPENCODE_MODELS: z.string().default("").transform(listed),
  /** The classes of permissions that a person is asked for, separated by commas; `none`: nobody is, and all is refused. */
  DROVER_OPENCODE_ASK: z
    .string()
    .default("question,webfetch,external_directory,doom_loop")
    .transform((text) => (text.trim() === nothingAsked ? [] : listed(text)))
    .pipe(z.array(permissionClass)),
  /** How long a person has for an answer, in seconds; then it counts as no. */
  DROVER_OPENCODE_ASK_SECONDS: z.coerce.number().min(1).max(2_592_000).default(3_600),
  /** The npm registry that plugins are fetched from; absent: `npm_config_registry`, else none. */
  DROVER_PLUGIN_REGISTRY: z.url({ protocol: /^https?$/ }).optional(),
  /** The window of the model, in tokens: OpenCode compacts a conversation before it is full. */
  DROVER_MODEL_CONTEXT_TOKENS: z.coerce.number().int().min(1024).default(128_000),
  /** The longest answer to ask the model for, in tokens. */
  DROVER_MODEL_OUTPUT_TOKENS: z.coerce.number().int().min(256).default(8_192),
  /** The longest silence of the model's endpoint, before its answer and within it, in seconds. */
  DROVER_MODEL_SILENCE_SECONDS: z.coerce.number().min(1).max(3_600).default(180),
  /** What a million input tokens costs, in US dollars; 0: the cost is not counted. */
  DROVER_MODEL_INPUT_USD: usdPerMillion,
  /** What a million output tokens costs, in US dollars. */
  DROVER_MODEL_OUTPUT_USD: usdPerMillion,
});

/** The only variables of the worker that an instance, and so a command of the agent, gets to see. */
const inherited = ["PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR"] as const;

export interface OpenCodeConfig extends z.infer<typeof schema> {
  readonly inheritedEnvironment: Readonly<Record<string, string>>;
  /** Base address; null: no package can be fetched. */
  readonly pluginRegistry: string | null;
}

/** @throws ConfigError naming every faulty variable */
export function readOpenCodeConfig(environment: Environment): OpenCodeConfig {
  const inheritedEnvironment: Record<string, string> = {};
  for (const name of inherited) {
    const value = environment[name];
    if (value !== undefined && value !== "") inheritedEnvironment[name] = value;
  }
  const settings = readConfig(schema, environment);
  const pluginRegistry = settings.DROVER_PLUGIN_REGISTRY ?? environment["npm_config_registry"] ?? null;
  requireServed(settings);
  return { ...settings, inheritedEnvironment, pluginRegistry };
}

/** Every task of an unregistered workspace would fail otherwise. */
function requireServed({
  DROVER_OPENCODE_RUNTIMES: served,
  DROVER_OPENCODE_RUNTIME: unregistered,
}: z.infer<typeof schema>): void {
  if (unregistered === undefined || served.includes(unregistered)) return;
  throw new ConfigError(
    "The configuration is not valid:\n  DROVER_OPENCODE_RUNTIME: must be one of DROVER_OPENCODE_RUNTIMES",
  );
}
