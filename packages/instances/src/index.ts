export { AddressRules, type CheckedAddress } from "./address-rules.ts";
export { DiscoveredPlugins } from "./discovered-plugins.ts";
export { InstanceStore } from "./instance-store.ts";
export { PluginAllowList } from "./plugin-allow-list.ts";
export { PluginChanges } from "./plugin-changes.ts";
export type { PluginSetting, WorkspacePlugins } from "./plugin-setting.ts";
export { PluginSettings } from "./plugin-settings.ts";
export { type PluginText, readPluginText, type TextKind } from "./plugin-text.ts";
export { PinnedFetch } from "./pinned-fetch.ts";
