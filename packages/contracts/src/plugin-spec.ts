/** What somebody may ask to have plugged into a workspace's OpenCode, and what a catalogue offers. */
import { z } from "zod";
import { pluginKind } from "./plugin.ts";

const exactVersion = "\\d+\\.\\d+\\.\\d+(?:-[0-9A-Za-z.-]+)?";
const packageName = "(?:@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*";

/** An npm package in exactly one version: `name@1.2.3`. */
export const pinnedPackage = z
  .string()
  .max(214)
  .regex(
    new RegExp(`^${packageName}@${exactVersion}$`),
    "must be an npm package in one exact version: name@1.2.3",
  );

export const packageIntegrity = z
  .string()
  .regex(/^sha512-[A-Za-z0-9+/]{86}==$/, "must be the sha512 of npm's dist.integrity");

const text = z
  .string()
  .min(1)
  .max(32 * 1024);

const mcpSpec = z
  .strictObject({
    kind: z.literal("mcp"),
    command: z.array(z.string().min(1).max(4096)).min(1).max(64).optional(),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional(),
  })
  .refine((spec) => (spec.command === undefined) !== (spec.url === undefined), {
    path: ["command"],
    message: "either this or url is required",
  });

const packageSpec = z.strictObject({
  kind: z.literal("plugin"),
  package: pinnedPackage,
  integrity: packageIntegrity.optional(),
});

/** Where a plugin comes from. Text is Markdown, with the front matter that OpenCode reads. */
export const pluginSpec = z.union([
  z
    .string()
    .max(220)
    .regex(
      new RegExp(
        `^(?:catalogue:[a-z0-9][a-z0-9-]*(?:@${exactVersion})?|npm:${packageName}@${exactVersion})$`,
      ),
      "must be catalogue:name, catalogue:name@1.2.3 or npm:name@1.2.3",
    ),
  z.discriminatedUnion("kind", [
    mcpSpec,
    packageSpec,
    z.strictObject({ kind: z.literal("agent"), text }),
    z.strictObject({ kind: z.literal("command"), text }),
    z.strictObject({ kind: z.literal("skill"), text }),
  ]),
]);
export type PluginSpec = z.infer<typeof pluginSpec>;

/** A spec that says all itself. */
export type WrittenSpec = Exclude<PluginSpec, string>;

/** An entry of the catalogue. */
export const catalogueEntry = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  version: z.string().regex(new RegExp(`^${exactVersion}$`)),
  kind: pluginKind,
  description: z.string().max(500),
  source: z.enum(["npm", "local"]),
  /** What is plugged in. */
  spec: z.discriminatedUnion("kind", [
    mcpSpec,
    packageSpec.extend({ integrity: packageIntegrity }),
    z.strictObject({ kind: z.literal("agent"), text }),
    z.strictObject({ kind: z.literal("command"), text }),
    z.strictObject({ kind: z.literal("skill"), text }),
  ]),
  /** What it needs to work, in words: a program, a permission, a service. */
  needs: z.array(z.string().max(200)).max(16),
  homepage: z.url().max(2048).optional(),
  tags: z.array(z.string().max(32)).max(16),
});
export type CatalogueEntry = z.infer<typeof catalogueEntry>;
