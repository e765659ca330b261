/**
 * Turns an intent into a call of a tool that the request offers. OpenCode sends `write` and `edit` to most models and
 * `apply_patch` to some, and leaves out the tools that are denied.
 */
import type { OfferedTool } from "./completion-request.ts";
import type { Intent } from "./intent.ts";

export interface ToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The call for `intent`, or null where no offered tool can do it. */
export function toolCallFor(intent: Intent, offered: readonly OfferedTool[]): ToolCall | null {
  const wanted = wantedCall(intent);
  const direct = callOf(wanted.name, wanted.arguments, offered);
  if (direct !== null) return direct;
  if (intent.kind === "write") return callOf("apply_patch", { patchText: additionOf(intent) }, offered);
  if (intent.kind === "edit") return callOf("apply_patch", { patchText: changeOf(intent) }, offered);
  return null;
}

function wantedCall(intent: Intent): ToolCall {
  switch (intent.kind) {
    case "call":
      return { name: intent.tool, arguments: intent.arguments };
    case "read":
      return { name: "read", arguments: { filePath: intent.path } };
    case "glob":
      return { name: "glob", arguments: { pattern: intent.pattern } };
    case "write":
      return { name: "write", arguments: { filePath: intent.path, content: intent.content } };
    case "edit":
      return {
        name: "edit",
        arguments: { filePath: intent.path, oldString: intent.before, newString: intent.after },
      };
    case "shell":
      return {
        name: "bash",
        arguments: { command: intent.command, timeout: intent.timeoutMs, description: "Runs what was asked" },
      };
    case "fetch":
      return { name: "webfetch", arguments: { url: intent.url, format: "text" } };
    case "delegate":
      return {
        name: "task",
        arguments: { description: "Does a part", prompt: intent.prompt, subagent_type: "general" },
      };
    case "question": {
      const options = intent.options.map((label) => ({ label, description: label }));
      const questions = [{ question: intent.question, header: intent.question.slice(0, 30), options }];
      return { name: "question", arguments: { questions } };
    }
  }
}

/** Only the arguments that the tool's schema knows are sent; a tool without a schema gets all. */
function callOf(name: string, values: ToolCall["arguments"], offered: readonly OfferedTool[]) {
  const tool = offered.find((candidate) => candidate.function.name === name);
  if (tool === undefined) return null;
  const known = tool.function.parameters?.properties;
  const sent = Object.entries(values).filter(([key]) => known === undefined || Object.hasOwn(known, key));
  return { name, arguments: Object.fromEntries(sent) };
}

const prefixed = (prefix: string, text: string) =>
  text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => `${prefix}${line}`);

function additionOf(intent: { path: string; content: string }): string {
  return patch([`*** Add File: ${intent.path}`, ...prefixed("+", intent.content)]);
}

function changeOf(intent: { path: string; before: string; after: string }): string {
  const change = [...prefixed("-", intent.before), ...prefixed("+", intent.after)];
  return patch([`*** Update File: ${intent.path}`, "@@", ...change]);
}

const patch = (lines: readonly string[]) => ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
