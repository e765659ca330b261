/** An event in a few words; null for what would only be noise. */
import type { Event } from "@drover/contracts";
import { z } from "zod";

const tool = z.object({
  kind: z.literal("tool"),
  tool: z.string(),
  state: z.string(),
  input: z.record(z.string(), z.string()).default({}),
  error: z.string().optional(),
});
const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const kinds: Readonly<Record<string, string>> = {
  thinking: "thinking",
  todos: "planned its work",
  compacted: "made its conversation shorter",
  pull: "pulls an image",
  build: "builds an image",
  container: "runs a container",
  model_retry: "asks the model once more",
};

export function describeEvent({ type, data }: Event): string | null {
  const happening = type.slice(type.indexOf(".") + 1);
  if (happening === "output") return null;
  if (happening === "progress") return describeProgress(data);
  if (happening === "failed" || happening === "retrying") return withFault(happening, data);
  return happening;
}

const writing = new Set(["write", "edit", "patch", "apply_patch", "multiedit"]);

/** The file that a tool has just written; null for every other event. */
export function writtenFile({ data }: Event): string | null {
  const call = tool.safeParse(data);
  if (!call.success || call.data.state !== "completed" || !writing.has(call.data.tool)) return null;
  return call.data.input["file_path"] ?? null;
}

function describeProgress(data: Event["data"]): string | null {
  const call = tool.safeParse(data);
  if (call.success) return describeTool(call.data);
  const { kind, phase } = data;
  if (kind === "phase" && typeof phase === "string") return phase.replaceAll("_", " ");
  return typeof kind === "string" ? (kinds[kind] ?? null) : null;
}

/** Only its end is worth a line. */
function describeTool(call: z.infer<typeof tool>): string | null {
  const { input } = call;
  const subject = input["file_path"] ?? input["command"] ?? input["pattern"] ?? input["path"] ?? "";
  const name = [call.tool, subject].filter((part) => part !== "").join(" ");
  if (call.state === "completed") return name;
  return call.state === "error" ? `${name}: ${call.error ?? "failed"}` : null;
}

function withFault(happening: string, data: Event["data"]): string {
  const parsed = failure.safeParse(data);
  return parsed.success
    ? `${happening}: ${parsed.data.error.message} (${parsed.data.error.code})`
    : happening;
}
