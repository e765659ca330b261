/** What a workspace's instance was seen to have, with what it is told to have laid over it. */
import type { Plugin } from "@drover/contracts";
import type { PluginSetting } from "@drover/instances";

/** What a setting says has the last word: the instance that was seen may be older. */
export function mergePlugins(
  workspaceId: string,
  discovered: readonly Plugin[],
  settings: readonly PluginSetting[],
): Plugin[] {
  const settingOf = (found: Plugin) => settings.find((setting) => isSame(setting, found));
  return [
    ...discovered.filter((found) => settingOf(found) === undefined),
    ...settings.map((setting) =>
      shown(
        workspaceId,
        setting,
        discovered.find((found) => isSame(setting, found)),
      ),
    ),
  ];
}

function shown(workspaceId: string, setting: PluginSetting, found: Plugin | undefined): Plugin {
  const { name, kind, enabled } = setting;
  // What Drover brings is described by Drover; of what it only turns off, the instance knows more.
  const told = setting.content === null && found !== undefined ? found : setting;
  return {
    name,
    kind,
    version: told.version,
    source: told.source,
    enabled,
    workspace_id: workspaceId,
    description: (enabled ? (found?.description ?? "") : "") || told.description,
  };
}

function isSame(one: { name: string; kind: string }, other: { name: string; kind: string }): boolean {
  return one.name === other.name && one.kind === other.kind;
}
