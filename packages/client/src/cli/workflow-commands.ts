/** `drover workflows run|list|get|cancel|events`. */
import {
  cancelWorkflow,
  getWorkflow,
  isFinal,
  listWorkflows,
  priority,
  type Workflow,
  type WorkflowSummary,
} from "@drover/contracts";
import { type Command, Option } from "commander";
import { type CommandContext, contextOf, type Terminal } from "./command-context.ts";
import { CommandFailure, exitCode } from "./exit-code.ts";
import { printEvents, sayEvents } from "./follow-run.ts";
import { gather, namedTexts, namedValues, valuesFromFile } from "./named-values.ts";
import { textTable } from "./text-table.ts";
import { positiveNumber, waitSecondsDefault } from "./wait-seconds.ts";

interface RunOptions {
  readonly input?: readonly string[];
  readonly inputsFile?: string;
  readonly label?: readonly string[];
  readonly workspace?: string;
  readonly priority?: string;
  readonly name?: string;
  readonly wait?: boolean;
  readonly timeout: number;
}

export function addWorkflowCommands(workflows: Command, terminal: Terminal): void {
  workflows
    .command("run")
    .description("Run a template.")
    .argument("<template>", "name, or name@version")
    .option("-i, --input <name=value>", "an input; JSON where it reads as JSON", gather)
    .option("--inputs-file <path>", "inputs from a YAML or JSON file")
    .option("-l, --label <name=value>", "a label of the run", gather)
    .option("-w, --workspace <name>", "where it acts")
    .option("-n, --name <name>", "what the run is called")
    .addOption(new Option("--priority <lane>", "how soon").choices(priority.options))
    .option("--wait", "show what happens, and end as the run does")
    .option("--timeout <seconds>", "how long to wait", positiveNumber, waitSecondsDefault)
    .action((template: string, options: RunOptions, command: Command) =>
      run(contextOf(command, terminal), template, options),
    );
  workflows
    .command("list")
    .description("List runs, newest first.")
    .option("-q, --query <terms>", "e.g. status:failed workspace:ws-1")
    .option("--limit <number>", "how many", positiveNumber, 20)
    .action(async (options: { query?: string; limit: number }, command: Command) => {
      const context = contextOf(command, terminal);
      const query = { limit: options.limit, ...(options.query === undefined ? {} : { q: options.query }) };
      const page = await context.client.call(listWorkflows, { query });
      context.show(page, runTable(page.workflows));
    });
  workflows
    .command("get")
    .description("Show a run and its steps.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      showRun(context, await context.client.call(getWorkflow, { params: { workflow_id: id } }));
    });
  workflows
    .command("cancel")
    .description("Cancel a run and all its steps.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      const run = await context.client.call(cancelWorkflow, { params: { workflow_id: id } });
      context.show(run, `${id} is ${isFinal(run.status) ? run.status : "being cancelled"}.`);
    });
  workflows
    .command("events")
    .description("Show what happens to a run, until it ends.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      await printEvents(context, context.client.workflowEvents(id, { signal: terminal.signal }));
    });
}

async function run(context: CommandContext, template: string, options: RunOptions): Promise<void> {
  const { client, terminal } = context;
  const lane = priority.safeParse(options.priority);
  const started = await client.submitWorkflow({
    template,
    inputs: { ...(await valuesFromFile(options.inputsFile)), ...namedValues(options.input) },
    ...context.organization,
    ...(options.workspace === undefined ? {} : { workspace_id: options.workspace }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.label === undefined ? {} : { labels: namedTexts(options.label) }),
    ...(lane.success ? { priority: lane.data } : {}),
  });
  if (options.wait !== true) {
    context.show(started, started.id);
    return;
  }
  if (!context.json) {
    terminal.say(`${started.id} runs ${started.template ?? template}`);
    const timeout = AbortSignal.timeout(options.timeout * 1000);
    const signal = AbortSignal.any([terminal.signal, timeout]);
    await sayEvents(context, client.workflowEvents(started.id, { signal }));
  }
  const timeoutMs = options.timeout * 1000;
  const ended = await client.waitForWorkflow(started.id, { timeoutMs, signal: terminal.signal });
  showRun(context, ended);
  if (ended.status !== "completed") throw new CommandFailure("", exitCode.failed);
}

function showRun(context: CommandContext, run: Workflow): void {
  const steps = run.steps.map((step) => [step.step_id, step.status, step.agent, step.task, step.attempt]);
  const lines = [
    `${run.id}  ${run.status}  ${run.name}${run.template === undefined ? "" : `  (${run.template})`}`,
    textTable(["STEP", "STATUS", "AGENT", "TASK", "ATTEMPT"], steps),
    ...(run.error === null ? [] : [run.error.message]),
    ...run.steps.flatMap(({ step_id: id, error }) =>
      error === undefined ? [] : [`${id}: ${error.message} (${error.code})`],
    ),
  ];
  context.show(run, lines.join("\n"));
}

function runTable(runs: readonly WorkflowSummary[]): string {
  return textTable(
    ["ID", "STATUS", "NAME", "TEMPLATE", "WORKSPACE", "CREATED"],
    runs.map((one) => [one.id, one.status, one.name, one.template, one.workspace_id, one.created_at]),
  );
}
