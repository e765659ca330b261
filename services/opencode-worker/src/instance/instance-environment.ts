/**
 * The whole environment of an instance, built up from nothing: what the worker has in its own never gets in by accident.
 *
 * Commands of the agent inherit it, so it carries no secret of value: the model's key stays with the worker's relay.
 */
import { delimiter } from "node:path";
import { withPlugins } from "../plugins/plugin-permissions.ts";
import { configurationFolder, type InstanceFolders } from "./instance-folders.ts";
import type { InstanceSpec } from "./instance-runtime.ts";
import { instancePermissions, type PermissionClass } from "./permissions.ts";

/** Found in /proc/<pid>/environ of everything that a worker started, however deep. */
export const ownerMarker = "DROVER_INSTANCE_OWNER";
/** The same for one instance. */
export const instanceMarker = "DROVER_INSTANCE_ID";

export interface EnvironmentParts {
  readonly inherited: Readonly<Record<string, string>>;
  /** Whose server it is. */
  readonly spec: Pick<InstanceSpec, "registration" | "configuration">;
  readonly folders: InstanceFolders;
  readonly ripgrepFolder: string | null;
  readonly ownerId: string;
  readonly instanceId: string;
  readonly password: string;
  /** OpenCode's own configuration, as an object. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The classes of permissions that a person is asked for. */
  readonly asked: ReadonlySet<PermissionClass>;
}

export function instanceEnvironment(parts: EnvironmentParts): Record<string, string> {
  const { folders, spec } = parts;
  const trusted = spec.registration?.trusted === true;
  const searchPath = parts.inherited["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  return {
    ...parts.inherited,
    PATH: parts.ripgrepFolder === null ? searchPath : `${parts.ripgrepFolder}${delimiter}${searchPath}`,
    HOME: folders.home,
    XDG_CONFIG_HOME: folders.config,
    XDG_DATA_HOME: folders.data,
    XDG_CACHE_HOME: folders.cache,
    XDG_STATE_HOME: folders.state,
    TMPDIR: folders.temporary,
    [ownerMarker]: parts.ownerId,
    [instanceMarker]: parts.instanceId,
    OPENCODE_SERVER_PASSWORD: parts.password,
    OPENCODE_CONFIG_DIR: configurationFolder(folders.root),
    OPENCODE_CONFIG_CONTENT: JSON.stringify(parts.config),
    OPENCODE_PERMISSION: JSON.stringify(withPlugins(instancePermissions(folders.data, parts.asked), spec)),
    // Nothing is fetched, updated or shared behind the worker's back.
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_DISABLE_SHARE: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    OPENCODE_DISABLE_EMBEDDED_WEB_UI: "1",
    // A repository is untrusted unless somebody who may has said otherwise: its settings, plugins, tools and skills stay unread.
    ...(trusted ? {} : { OPENCODE_DISABLE_PROJECT_CONFIG: "1" }),
    OPENCODE_DISABLE_CLAUDE_CODE: "1",
    OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
    // Programs must fail rather than ask a person.
    CI: "true",
    GIT_TERMINAL_PROMPT: "0",
    GIT_SSH_COMMAND: "ssh -o BatchMode=yes",
    DEBIAN_FRONTEND: "noninteractive",
    PAGER: "cat",
    GIT_PAGER: "cat",
  };
}
