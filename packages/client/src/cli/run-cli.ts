/** Runs one command line, and tells whatever goes wrong in words that help. */
import { Command, CommanderError } from "commander";
import { DroverApiError, DroverUnreachable, WaitTimeout } from "../api-error.ts";
import type { Terminal } from "./command-context.ts";
import { CommandFailure, type ExitCode, exitCode } from "./exit-code.ts";
import { addPluginCommands } from "./plugin-commands.ts";
import { addRunControl } from "./run-control.ts";
import { addScheduleCommands } from "./schedule-commands.ts";
import { addTaskCommands } from "./task-commands.ts";
import { addTemplateCommands } from "./template-commands.ts";
import { addTemplateFileCommands } from "./template-file-commands.ts";
import { addUsageCommand } from "./usage-command.ts";
import { addWorkflowCommands } from "./workflow-commands.ts";
import { addWorkspaceAgentCommand } from "./workspace-agent-command.ts";

/** @param args without the names of the program */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    await program(terminal).parseAsync([...args], { from: "user" });
    return exitCode.ok;
  } catch (error) {
    return tell(error, terminal, args.includes("--json"));
  }
}

function program(terminal: Terminal): Command {
  const drover = new Command("drover")
    .description("Runs AI coding agents as tasks and workflows.")
    .option("--url <address>", "where the API is; else DROVER_URL, else http://127.0.0.1:8080")
    .option("--organization <name>", "whose templates and schedules; default: the key's only one, or default")
    .option("--json", "answer JSON as the API gives it")
    .addHelpText("after", "\nDROVER_TOKEN holds the key of the API. Exit codes: see docs/cli.md.");
  const workflows = drover
    .command("workflows")
    .alias("workflow")
    .description("Runs, and files of templates.");
  addWorkflowCommands(workflows, terminal);
  addRunControl(workflows, terminal);
  addTemplateFileCommands(workflows, terminal);
  addTemplateCommands(drover.command("templates").description("Named workflows with versions."), terminal);
  addScheduleCommands(drover.command("schedules").description("What runs again and again."), terminal);
  addTaskCommands(drover.command("tasks").alias("task").description("Units of work."), terminal);
  const plugins = drover.command("plugins").description("What is plugged into a workspace's OpenCode.");
  addPluginCommands(plugins, terminal);
  addWorkspaceAgentCommand(drover, terminal);
  addUsageCommand(drover, terminal);
  for (const command of allOf(drover)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.say(text.trimEnd()),
    });
  }
  return drover;
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

function tell(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (error instanceof DroverApiError) {
    for (const line of json ? [errorJson(error)] : errorLines(error)) terminal.say(line);
    return exitCode.failed;
  }
  if (error instanceof Error && error.message !== "") terminal.say(error.message);
  if (error instanceof CommandFailure) return error.code;
  if (error instanceof DroverUnreachable) return exitCode.unreachable;
  if (error instanceof WaitTimeout) return exitCode.timeout;
  return exitCode.failed;
}

function errorLines(error: DroverApiError): string[] {
  return [
    `${error.title} (${error.code})${error.detail === undefined ? "" : ` ${error.detail}`}`,
    ...error.validations.map(({ field, detail }) => `  ${field}: ${detail}`),
    ...(error.requestId === null ? [] : [`  request ${error.requestId}`]),
  ];
}

function errorJson({ status, code, title, detail, validations, requestId }: DroverApiError): string {
  return JSON.stringify({
    error: { status, code, message: title, detail, validations, request_id: requestId },
  });
}
