/**
 * The Markdown of an agent, a command or a skill, checked before OpenCode sees it: one front matter that it cannot read
 * would break the whole instance of the workspace.
 */
import { DroverError } from "@drover/errors";
import { parse, stringify } from "yaml";
import { z } from "zod";

export type TextKind = "agent" | "command" | "skill";

const description = z.string().min(1).max(500);
const decision = z.enum(["allow", "ask", "deny"]);

const frontMatter = {
  agent: z.strictObject({
    description,
    mode: z.enum(["subagent", "primary", "all"]).default("subagent"),
    temperature: z.number().min(0).max(2).optional(),
    top_p: z.number().min(0).max(1).optional(),
    steps: z.number().int().min(1).max(1000).optional(),
    permission: z.record(z.string(), z.union([decision, z.record(z.string(), decision)])).optional(),
    tools: z.record(z.string(), z.boolean()).optional(),
  }),
  command: z.strictObject({
    description,
    agent: z.string().max(64).optional(),
    subtask: z.boolean().optional(),
  }),
  skill: z.strictObject({ description }),
} as const satisfies Record<TextKind, z.ZodType>;

/** OpenCode runs what stands so in a command when the command is used. */
const shellInText = /!`[^`]+`/;

export interface PluginText {
  readonly description: string;
  /** As it was checked, ready to be written to a file. */
  readonly text: string;
}

/** @throws DroverError validation_failed naming every fault */
export function readPluginText(kind: TextKind, name: string, text: string): PluginText {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(text);
  const body = match?.[2]?.trim() ?? "";
  if (match === null || body === "")
    throw fault("must begin with front matter between lines of ---, and have text after it");
  if (kind === "command" && shellInText.test(body)) throw fault("must not run commands of a shell (!`…`)");
  const fields = frontMatter[kind].safeParse(readYaml(match[1] ?? ""));
  if (!fields.success) {
    const validations = fields.error.issues.map((issue) => ({
      field: ["spec", "text", ...issue.path].join("."),
      detail: issue.message,
    }));
    throw new DroverError("validation_failed", { validations });
  }
  const written = kind === "skill" ? { name, ...fields.data } : fields.data;
  return {
    description: fields.data.description,
    text: `---\n${stringify(written).trimEnd()}\n---\n\n${body}\n`,
  };
}

function readYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    throw fault("has front matter that is not valid YAML");
  }
}

function fault(detail: string): DroverError {
  return new DroverError("validation_failed", { validations: [{ field: "spec.text", detail }] });
}
