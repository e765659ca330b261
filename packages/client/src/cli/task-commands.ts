/** `drover tasks submit|list|get|why|cancel|events`. */
import {
  cancelTask,
  explainTask,
  getTask,
  listTasks,
  priority,
  type Task,
  type Usage,
} from "@drover/contracts";
import { type Command, Option } from "commander";
import { type CommandContext, contextOf, type Terminal } from "./command-context.ts";
import { CommandFailure, exitCode } from "./exit-code.ts";
import { printEvents, sayEvents } from "./follow-run.ts";
import { gather, namedTexts, namedValues, valuesFromFile } from "./named-values.ts";
import { textTable } from "./text-table.ts";
import { positiveNumber, waitSecondsDefault } from "./wait-seconds.ts";

interface SubmitOptions {
  readonly set?: readonly string[];
  readonly payloadFile?: string;
  readonly label?: readonly string[];
  readonly workspace?: string;
  readonly priority?: string;
  readonly budgetUsd?: number;
  readonly wait?: boolean;
  readonly timeout: number;
}

export function addTaskCommands(tasks: Command, terminal: Terminal): void {
  tasks
    .command("submit")
    .description("Give a task to the agent that supports its type.")
    .argument("<type>", "e.g. opencode")
    .argument("<action>", "e.g. explain")
    .option("-s, --set <name=value>", "a field of the payload; JSON where it reads as JSON", gather)
    .option("--payload-file <path>", "fields of the payload from a YAML or JSON file")
    .option("-l, --label <name=value>", "a label of the task", gather)
    .option("-w, --workspace <name>", "where it acts")
    .addOption(new Option("--priority <lane>", "how soon").choices(priority.options))
    .option("--budget-usd <amount>", "what it may cost, all attempts together", positiveNumber)
    .option("--wait", "show what happens, and end as the task does")
    .option("--timeout <seconds>", "how long to wait", positiveNumber, waitSecondsDefault)
    .action((type: string, action: string, options: SubmitOptions, command: Command) =>
      submit(contextOf(command, terminal), { type, action }, options),
    );
  tasks
    .command("list")
    .description("List tasks, newest first.")
    .option("-q, --query <terms>", "e.g. status:failed agent:opencode")
    .option("--limit <number>", "how many", positiveNumber, 20)
    .action(async (options: { query?: string; limit: number }, command: Command) => {
      const context = contextOf(command, terminal);
      const query = { limit: options.limit, ...(options.query === undefined ? {} : { q: options.query }) };
      const page = await context.client.call(listTasks, { query });
      const rows = page.tasks.map((task) => [
        task.id,
        task.status,
        task.agent,
        task.workspace_id,
        task.created_at,
      ]);
      context.show(page, textTable(["ID", "STATUS", "AGENT", "WORKSPACE", "CREATED"], rows));
    });
  tasks
    .command("get")
    .description("Show a task and what it returned.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      showTask(context, await context.client.call(getTask, { params: { task_id: id } }));
    });
  tasks
    .command("why")
    .description("Say what a task is waiting for.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      const why = await context.client.call(explainTask, { params: { task_id: id } });
      const reasons = why.reasons.map(({ code, message, until }) => {
        return `  ${code}: ${message}${until === undefined ? "" : ` (until ${until})`}`;
      });
      context.show(why, [`${id} is ${why.status}.`, ...reasons].join("\n"));
    });
  tasks
    .command("cancel")
    .description("Cancel a task.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      const task = await context.client.call(cancelTask, { params: { task_id: id } });
      context.show(task, `${id} is ${task.status === "cancelled" ? "cancelled" : "being cancelled"}.`);
    });
  tasks
    .command("events")
    .description("Show what happens to a task, until it ends.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      await printEvents(context, context.client.taskEvents(id, { signal: terminal.signal }));
    });
}

async function submit(
  context: CommandContext,
  { type, action }: { readonly type: string; readonly action: string },
  options: SubmitOptions,
): Promise<void> {
  const { client, terminal } = context;
  const lane = priority.safeParse(options.priority);
  const fields = { ...(await valuesFromFile(options.payloadFile)), ...namedValues(options.set) };
  const task = await client.submitTask({
    type,
    payload: { action, ...fields },
    ...context.organization,
    ...(options.workspace === undefined ? {} : { workspace_id: options.workspace }),
    ...(options.label === undefined ? {} : { labels: namedTexts(options.label) }),
    ...(options.budgetUsd === undefined ? {} : { budget: { cost_usd: options.budgetUsd } }),
    ...(lane.success ? { priority: lane.data } : {}),
  });
  if (options.wait !== true) {
    context.show(task, task.id);
    return;
  }
  const timeoutMs = options.timeout * 1000;
  if (!context.json) {
    terminal.say(`${task.id} for ${task.agent}`);
    const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(timeoutMs)]);
    await sayEvents(context, client.taskEvents(task.id, { signal }));
  }
  const ended = await client.waitForTask(task.id, { timeoutMs, signal: terminal.signal });
  showTask(context, ended);
  if (ended.status !== "completed") throw new CommandFailure("", exitCode.failed);
}

function showTask(context: CommandContext, task: Task): void {
  const lines = [
    `${task.id}  ${task.status}  ${task.agent}  attempt ${task.attempt} of ${task.max_attempts}`,
    ...(task.usage === null ? [] : [usageLine(task.usage)]),
    ...(task.error === null ? [] : [`${task.error.message} (${task.error.code})`]),
    ...(task.result === null ? [] : [JSON.stringify(task.result.output, null, 2)]),
  ];
  context.show(task, lines.join("\n"));
}

function usageLine({ input_tokens, output_tokens, cost_usd, duration_ms = 0 }: Usage): string {
  const seconds = Math.round(duration_ms / 1000);
  return `${input_tokens} tokens in, ${output_tokens} out, ${cost_usd.toFixed(4)} USD, ${seconds} s`;
}
