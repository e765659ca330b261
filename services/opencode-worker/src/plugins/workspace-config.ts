/** From what a workspace wants plugged in to the files that OpenCode reads: pure, so that it can be looked at without a server. */
import type { PluginSetting } from "@drover/instances";

/** A package to put in place, and under which name. */
export interface WantedPackage {
  readonly folder: string;
  /** `name@1.2.3` */
  readonly pinned: string;
  readonly integrity: string;
}

export interface WorkspaceConfig {
  /** Path beneath the folder → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly packages: readonly WantedPackage[];
  /** OpenCode's own settings. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const fileOf = {
  agent: (name: string) => `agents/${name}.md`,
  command: (name: string) => `commands/${name}.md`,
  skill: (name: string) => `skills/${name}/SKILL.md`,
} as const;

export function workspaceConfig(wanted: readonly PluginSetting[]): WorkspaceConfig {
  const enabled = wanted.filter((setting) => setting.enabled);
  const turnedOff = wanted.filter((setting) => !setting.enabled && setting.content === null);
  return {
    files: new Map(enabled.flatMap(textFile)),
    packages: enabled.flatMap(({ name, content }) =>
      content?.form === "package"
        ? [{ folder: folderOf(name), pinned: content.package, integrity: content.integrity }]
        : [],
    ),
    settings: {
      mcp: Object.fromEntries([
        ...enabled.flatMap(server),
        ...switchedOff(turnedOff, "mcp", { enabled: false }),
      ]),
      agent: Object.fromEntries(switchedOff(turnedOff, "agent", { disable: true })),
    },
  };
}

function textFile({ name, kind, content }: PluginSetting): [string, string][] {
  if (content?.form !== "text" || (kind !== "agent" && kind !== "command" && kind !== "skill")) return [];
  return [[fileOf[kind](name), content.text]];
}

function server({ name, content }: PluginSetting): [string, object][] {
  if (content?.form === "command")
    return [[name, { type: "local", command: content.command, enabled: true }]];
  if (content?.form === "url")
    return [[name, { type: "remote", url: content.url, enabled: true, oauth: false }]];
  return [];
}

function switchedOff(
  settings: readonly PluginSetting[],
  kind: PluginSetting["kind"],
  value: object,
): [string, object][] {
  return settings.filter((setting) => setting.kind === kind).map(({ name }) => [name, value]);
}

/** A name without what a path gives a meaning to: `@acme/tools` → `acme__tools`. */
function folderOf(name: string): string {
  return name.replace(/^@/, "").replace("/", "__");
}
