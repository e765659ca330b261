/** `drover schedules set|list|get|delete`. */
import { deleteSchedule, getSchedule, listSchedules, putSchedule, type Schedule } from "@drover/contracts";
import { type Command, Option } from "commander";
import { contextOf, type Terminal } from "./command-context.ts";
import { gather, namedValues, valuesFromFile } from "./named-values.ts";
import { textTable } from "./text-table.ts";
import { positiveNumber } from "./wait-seconds.ts";

interface SetOptions {
  readonly template: string;
  readonly cron?: string;
  readonly every?: number;
  readonly timezone?: string;
  readonly input?: readonly string[];
  readonly inputsFile?: string;
  readonly overlap?: "skip" | "queue";
  readonly disabled?: boolean;
}

export function addScheduleCommands(schedules: Command, terminal: Terminal): void {
  schedules
    .command("set")
    .description("Create or replace a schedule.")
    .argument("<name>")
    .requiredOption("-t, --template <reference>", "what to run: name, or name@version")
    .option("--cron <expression>", "when; five fields, or six with seconds first")
    .option("--every <seconds>", "how often", positiveNumber)
    .option("--timezone <name>", "of the cron expression, e.g. Europe/Berlin")
    .option("-i, --input <name=value>", "an input; JSON where it reads as JSON", gather)
    .option("--inputs-file <path>", "inputs from a YAML or JSON file")
    .addOption(new Option("--overlap <policy>", "while a run goes on").choices(["skip", "queue"]))
    .option("--disabled", "keep it, and do not fire")
    .action(async (name: string, options: SetOptions, command: Command) => {
      const context = contextOf(command, terminal);
      const schedule = await context.client.call(putSchedule, {
        params: { schedule_name: name },
        body: {
          ...context.organization,
          template: options.template,
          inputs: { ...(await valuesFromFile(options.inputsFile)), ...namedValues(options.input) },
          enabled: options.disabled !== true,
          ...(options.cron === undefined ? {} : { cron: options.cron }),
          ...(options.every === undefined ? {} : { every_seconds: options.every }),
          ...(options.timezone === undefined ? {} : { timezone: options.timezone }),
          ...(options.overlap === undefined ? {} : { overlap: options.overlap }),
        },
      });
      context.show(schedule, scheduleLines(schedule));
    });
  schedules
    .command("list")
    .description("List schedules, newest first.")
    .option("--limit <number>", "how many", positiveNumber, 200)
    .action(async (options: { limit: number }, command: Command) => {
      const context = contextOf(command, terminal);
      const { organization_id: organization } = context.organization;
      const q = organization === undefined ? {} : { q: `organization:${organization}` };
      const page = await context.client.call(listSchedules, { query: { limit: options.limit, ...q } });
      const rows = page.schedules.map((one) => [
        one.name,
        one.cron ?? `every ${one.every_seconds} s`,
        one.template ?? one.workflow?.name,
        one.next_run_at,
        one.last_run?.workflow_id,
        one.last_error?.code,
      ]);
      context.show(page, textTable(["NAME", "WHEN", "RUNS", "NEXT", "LAST RUN", "LAST ERROR"], rows));
    });
  schedules
    .command("get")
    .description("Show when a schedule runs next, and what became of the last firing.")
    .argument("<name>")
    .action(async (name: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      const params = { schedule_name: name };
      const schedule = await context.client.call(getSchedule, { params, query: context.organization });
      context.show(schedule, scheduleLines(schedule));
    });
  schedules
    .command("delete")
    .description("Delete a schedule; a run that it started goes on.")
    .argument("<name>")
    .action(async (name: string, _options: unknown, command: Command) => {
      const context = contextOf(command, terminal);
      const params = { schedule_name: name };
      await context.client.call(deleteSchedule, { params, query: context.organization });
      context.show({ deleted: name }, `${name} is deleted.`);
    });
}

function scheduleLines(one: Schedule): string {
  const when = one.cron === null ? `every ${one.every_seconds} s` : `${one.cron} ${one.timezone}`;
  return [
    `${one.name}  ${when}  ${one.template ?? one.workflow?.name}  overlap ${one.overlap}`,
    one.enabled ? `next ${one.next_run_at ?? "-"}` : "disabled",
    `started ${one.fired_count}, skipped ${one.skipped_count}`,
    ...(one.last_run === null ? [] : [`last run ${one.last_run.workflow_id} at ${one.last_run.started_at}`]),
    ...(one.last_error === null ? [] : [`last error ${one.last_error.at}: ${one.last_error.message}`]),
  ].join("\n");
}
