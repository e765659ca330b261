/** What came of the demo: gathered once, printed for people or for scripts. */
import { join } from "node:path";
import type { StepResult, Workflow } from "@drover/contracts";
import type { Stack } from "../stack/stack.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { describeDeployment } from "./deployment.ts";
import { listWorkspaceFiles, type WorkspaceFile } from "./workspace-files.ts";

export interface DemoReport {
  readonly run: Workflow;
  readonly durationMs: number;
  readonly model: string;
  readonly isDemoModel: boolean;
  readonly workspaceDirectory: string;
  readonly logsDirectory: string;
  readonly files: readonly WorkspaceFile[];
}

export async function gatherReport(stack: Stack, run: Workflow, durationMs: number): Promise<DemoReport> {
  const workspaceDirectory = join(stack.workspacesDir, run.workspace_id);
  return {
    run,
    durationMs,
    model: stack.model.description,
    isDemoModel: stack.model.isDemo,
    workspaceDirectory,
    logsDirectory: stack.logsDir,
    files: await listWorkspaceFiles(workspaceDirectory),
  };
}

/** One line of JSON. */
export function reportJson(report: DemoReport, kept: boolean): string {
  const { run } = report;
  return JSON.stringify({
    status: run.status,
    workflow_id: run.id,
    duration_ms: report.durationMs,
    model: report.model,
    steps: run.steps.map(({ step_id, status, error }) => ({ step_id, status, error: error ?? null })),
    files: report.files.map(({ path, sizeBytes }) => ({ path, size_bytes: sizeBytes })),
    kubernetes: deployment(run)?.output ?? null,
    usage: run.result?.usage ?? null,
    error: run.error,
    workspace_dir: kept ? report.workspaceDirectory : null,
  });
}

export function printReport(report: DemoReport, kept: boolean, { print, style }: Terminal): void {
  const { run } = report;
  const title = (text: string) => print(`\n${style("bold", text)}`);
  const color = run.status === "completed" ? "green" : "red";
  print(`\n${style(color, `${run.name}: ${run.status}`)} in ${(report.durationMs / 1000).toFixed(1)} s`);
  for (const step of run.steps.filter(({ error }) => error !== undefined)) {
    print(style("red", `  ${step.step_id}: ${step.error?.message} (${step.error?.code})`));
  }

  title(`Files in workspace ${run.workspace_id}${kept ? ` (${report.workspaceDirectory})` : ""}`);
  for (const { path, sizeBytes } of report.files) print(`  ${`${sizeBytes} B`.padStart(9)}  ${path}`);
  if (report.files.length === 0) print("  none");

  const deploy = deployment(run);
  if (deploy?.output !== undefined) {
    title("Kubernetes");
    for (const line of describeDeployment(deploy.output)) print(`  ${line}`);
  }

  if (run.result !== null) {
    const { input_tokens, output_tokens, cost_usd } = run.result.usage;
    title("Usage");
    print(`  ${input_tokens} input tokens, ${output_tokens} output tokens, ${cost_usd.toFixed(4)} USD`);
    print(`  by ${report.model}`);
  }
}

function deployment(run: Workflow): StepResult | undefined {
  return run.steps.find(({ agent }) => agent === "kubernetes");
}
