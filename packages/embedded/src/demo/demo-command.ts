/**
 * `npm run demo`: brings the stack up on free ports, runs the strategy's example workflow over HTTP with live progress,
 * shows what came of it, and stops everything. Exit code 0 only if the workflow completed.
 */
import { parseArgs } from "node:util";
import type { Environment } from "@drover/config";
import { startStack } from "../stack/start-stack.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { listenForTermination } from "../termination.ts";
import { printAdvice, printNextSteps } from "./advice.ts";
import { DemoFolder } from "./demo-folder.ts";
import { type DemoReport, gatherReport, printReport, reportJson } from "./demo-report.ts";
import { followRun } from "./follow-run.ts";

/** Answers the exit code. */
export async function demoCommand(
  args: string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "boolean", default: false }, keep: { type: "boolean", default: false } },
  });
  using termination = listenForTermination(environment, terminal.say);
  await using folder = await DemoFolder.make();
  // Scripts get the result on stdout and nothing else.
  const watched = values.json ? { ...terminal, interactive: false, print: terminal.say } : terminal;
  let report: DemoReport;
  try {
    report = await runDemo(folder, environment, termination.signal, watched);
  } catch (error) {
    if (termination.signal.aborted) return 130;
    folder.keep("logs");
    throw error;
  }
  if (values.keep) folder.keep("workspaces");
  if (values.json) terminal.print(reportJson(report, values.keep));
  else printReport(report, values.keep, terminal);
  if (report.run.status === "completed") {
    if (!values.json) printNextSteps(report, terminal);
    return 0;
  }
  folder.keep("logs");
  printAdvice(report, terminal);
  return 1;
}

async function runDemo(
  folder: DemoFolder,
  environment: Environment,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<DemoReport> {
  const { say } = terminal;
  say("Starting Drover for the demo: Redis, the model, and four services");
  await using stack = await startStack({ stateDirectory: folder.path, environment, signal, say });
  say(`Ready at ${stack.url}; the model is ${stack.model.description}`);
  const startMs = Date.now();
  const run = await followRun(stack, signal, terminal);
  const durationMs = Date.now() - startMs;
  return await gatherReport(stack, run, durationMs);
}
