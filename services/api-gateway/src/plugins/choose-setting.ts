/** Which of a workspace's plugins is meant by a name, and what turning it on or off makes of its configuration. */
import type { Plugin, PluginKind } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { PluginSetting } from "@drover/instances";
import { requireDisableable } from "./require-disableable.ts";

interface Meant {
  readonly name: string;
  /** Undefined: whichever has the name, if only one has. */
  readonly kind: PluginKind | undefined;
}

/**
 * The one of `all` that is meant; null: none.
 * @throws DroverError conflict when it may be several
 */
export function theOneMeant<Item extends { readonly name: string; readonly kind: PluginKind }>(
  all: readonly Item[],
  { name, kind }: Meant,
): Item | null {
  const meant = all.filter((one) => one.name === name && (kind === undefined || one.kind === kind));
  if (meant.length <= 1) return meant[0] ?? null;
  const kinds = [...new Set(meant.map((one) => one.kind))].join(", ");
  throw new DroverError("conflict", {
    detail: `Several are called ${name} here: ${kinds}. Say which by kind.`,
  });
}

/** The settings with this one in its place, or added. */
export function withSetting(
  settings: readonly PluginSetting[],
  setting: PluginSetting,
): readonly PluginSetting[] {
  const rest = withoutSetting(settings, setting);
  return rest.length === settings.length
    ? [...settings, setting]
    : settings.map((one) => (isSame(one, setting) ? setting : one));
}

export function withoutSetting(
  settings: readonly PluginSetting[],
  meant: Pick<PluginSetting, "name" | "kind">,
): readonly PluginSetting[] {
  return settings.filter((one) => !isSame(one, meant));
}

/**
 * The settings after turning on or off what is meant, without a new spec.
 * @param known what the workspace has, as it is shown
 * @throws DroverError not_found, conflict
 */
export function switched(
  settings: readonly PluginSetting[],
  known: readonly Plugin[],
  meant: Meant,
  enabled: boolean,
): readonly PluginSetting[] {
  const present = theOneMeant(settings, meant) ?? null;
  if (present !== null && present.content !== null) return withSetting(settings, { ...present, enabled });
  const found = theOneMeant(known, meant);
  const kind = meant.kind ?? found?.kind ?? present?.kind;
  if (kind === undefined)
    throw new DroverError("not_found", {
      detail: `Nothing called ${meant.name} is known in this workspace yet. Add it by spec, or say its kind.`,
    });
  const { name } = meant;
  if (enabled) return withoutSetting(settings, { name, kind });
  requireDisableable(kind, name);
  return withSetting(settings, {
    name,
    kind,
    enabled: false,
    source: found?.source ?? "builtin",
    version: found?.version ?? "",
    description: found?.description ?? "",
    content: null,
  });
}

function isSame(one: Pick<PluginSetting, "name" | "kind">, other: Pick<PluginSetting, "name" | "kind">) {
  return one.name === other.name && one.kind === other.kind;
}
