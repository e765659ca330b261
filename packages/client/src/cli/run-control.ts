/** `drover workflows pause|resume|retry`. */
import { pauseWorkflow, resumeWorkflow, retryWorkflow } from "@drover/contracts";
import type { Command } from "commander";
import { contextOf, type Terminal } from "./command-context.ts";

export function addRunControl(workflows: Command, terminal: Terminal): void {
  for (const [name, operation, description] of [
    ["pause", pauseWorkflow, "Start nothing new; what runs goes on."],
    ["resume", resumeWorkflow, "Go on with a run that was paused."],
  ] as const) {
    workflows
      .command(name)
      .description(description)
      .argument("<id>")
      .action(async (id: string, _options: unknown, command: Command) => {
        const context = contextOf(command, terminal);
        const run = await context.client.call(operation, { params: { workflow_id: id } });
        context.show(run, `${id} is ${run.status}.`);
      });
  }
  workflows
    .command("retry")
    .description("Run again what failed or was blocked.")
    .argument("<id>")
    .option("--from-step <id>", "that step and all after it instead")
    .action(async (id: string, options: { fromStep?: string }, command: Command) => {
      const context = contextOf(command, terminal);
      const body = options.fromStep === undefined ? {} : { from_step: options.fromStep };
      const run = await context.client.call(retryWorkflow, { params: { workflow_id: id }, body });
      context.show(run, `${id} is ${run.status}.`);
    });
}
