/** The plugins that OpenCode's merged configuration names, without those that Drover put there: the API knows those better. */
import { basename, extname } from "node:path";
import type { Plugin } from "@drover/contracts";

/** Beneath an instance's config folder: the guard, and what Drover plugs in. */
const ownFolders = /\/config\/(?:opencode\/plugin\/drover-guard\.js$|drover\/)/;

/** @param named as `plugin` of the configuration holds them: a spec, or a spec with its options */
export function configPlugins(
  named: readonly (string | readonly [string, ...unknown[]])[],
): Pick<Plugin, "name" | "source" | "version">[] {
  return named
    .map((one) => (typeof one === "string" ? one : one[0]))
    .filter((spec) => !ownFolders.test(spec))
    .map((spec) => {
      if (/^(?:file:|[./])/.test(spec))
        return { name: basename(spec, extname(spec)), source: "local" as const, version: "" };
      const at = spec.lastIndexOf("@");
      return at > 0
        ? { name: spec.slice(0, at), source: "npm" as const, version: spec.slice(at + 1) }
        : { name: spec, source: "npm" as const, version: "" };
    });
}
