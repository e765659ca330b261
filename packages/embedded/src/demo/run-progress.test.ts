import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Event, EventType } from "@drover/contracts";
import { expect, test } from "vitest";
import type { Terminal } from "../terminal/terminal.ts";
import { exampleWorkflow } from "./example-workflow.ts";
import { openProgressView } from "./progress-view.ts";
import { RunProgress } from "./run-progress.ts";
import { listWorkspaceFiles } from "./workspace-files.ts";

let count = 0;
function happening(type: EventType, data: Event["data"] = {}, stepId: string | null = "backend"): Event {
  count += 1;
  const time = new Date(Date.UTC(2026, 0, 1) + count * 1_000).toISOString();
  return { id: `${count}-0`, type, time, data, ...(stepId === null ? {} : { step_id: stepId }) };
}
const wrote = (state: string) => ({
  kind: "tool",
  tool: "write",
  state,
  input: { file_path: "api/users.go" },
});

function recorder(interactive: boolean) {
  const lines: string[] = [];
  const terminal: Terminal = {
    interactive,
    columns: 80,
    style: (_format, text) => text,
    print: (text) => lines.push(text),
    say: (line) => lines.push(line),
    draw: (text) => lines.push(text),
  };
  return { lines, terminal };
}

test("a run's progress follows from its events", () => {
  const progress = new RunProgress(exampleWorkflow);
  progress.apply(happening("workflow.started", {}, null));
  progress.apply(happening("step.queued"));
  progress.apply(happening("step.started"));
  progress.apply(happening("step.progress", wrote("completed")));
  expect(progress.steps[0]).toMatchObject({ status: "running", activity: "write api/users.go" });
  progress.apply(happening("step.completed"));
  expect(progress.steps[0]).toMatchObject({ status: "completed", files: new Set(["api/users.go"]) });
  expect(progress.steps.map(({ status }) => status)).toEqual(["completed", "pending", "pending"]);
});

test("without a terminal each event that matters is one plain line", () => {
  const { lines, terminal } = recorder(false);
  using view = openProgressView(new RunProgress(exampleWorkflow), terminal);
  view.show(happening("step.started"));
  view.show(happening("step.progress", wrote("running")));
  view.show(happening("step.progress", wrote("completed")));
  view.show(happening("step.output", { text: "chatter" }));
  view.show(happening("step.failed", { error: { code: "model_unavailable", message: "No answer." } }));
  view.show(happening("workflow.failed", {}, null));
  expect(lines.map((line) => line.slice(10))).toEqual([
    "backend    started",
    "backend    write api/users.go",
    "backend    failed: No answer. (model_unavailable)",
    "workflow   failed",
  ]);
  expect(lines.join("")).not.toContain("\u001b");
});

test("on a terminal the steps are drawn over themselves, no line longer than the screen", () => {
  const { lines, terminal } = recorder(true);
  {
    using view = openProgressView(new RunProgress(exampleWorkflow), terminal);
    view.show(happening("step.started"));
    view.show(happening("step.progress", { ...wrote("completed"), input: { command: "x".repeat(500) } }));
  }
  const last = lines.at(-1) ?? "";
  expect(last).toContain("\u001b[3A");
  expect(last).toContain("backend");
  for (const line of last.split("\n")) expect(line.length).toBeLessThanOrEqual(90);
});

test("the files of a workspace are listed with their sizes, without those of git", async () => {
  const directory = await mkdtemp(join(tmpdir(), "drover-files-"));
  await mkdir(join(directory, "api"));
  await mkdir(join(directory, ".git"));
  await writeFile(join(directory, "api", "users.go"), "package api\n");
  await writeFile(join(directory, ".git", "HEAD"), "ref");
  expect(await listWorkspaceFiles(directory)).toEqual([{ path: "api/users.go", sizeBytes: 12 }]);
  expect(await listWorkspaceFiles(join(directory, "nowhere"))).toEqual([]);
  await rm(directory, { recursive: true });
});
