/** Shows what happens to a task or a run, one line an event, until it is final. */
import type { Event } from "@drover/contracts";
import type { CommandContext } from "./command-context.ts";

/** What is too frequent to be worth a line. */
const noise = new Set(["task.output", "step.output", "task.progress", "step.progress"]);

function eventLine({ time, type, step_id: step, data }: Event): string {
  const error = data["error"];
  const why = typeof error === "object" && error !== null && "message" in error ? `: ${error.message}` : "";
  return `${time.slice(11, 19)}  ${type}${step === undefined ? "" : ` ${step}`}${why}`;
}

/** Says each event on stderr: the answer is what comes after. */
export async function sayEvents(context: CommandContext, events: AsyncGenerator<Event>): Promise<void> {
  for await (const event of events) if (!noise.has(event.type)) context.terminal.say(eventLine(event));
}

/** Prints each event: a line for a person, JSON for a machine. */
export async function printEvents(context: CommandContext, events: AsyncGenerator<Event>): Promise<void> {
  for await (const event of events)
    context.terminal.print(context.json ? JSON.stringify(event) : eventLine(event));
}
