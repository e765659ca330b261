/** Submits the example over HTTP and follows its events until it is final. */
import type { Workflow } from "@drover/contracts";
import type { Stack } from "../stack/stack.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { exampleWorkflow } from "./example-workflow.ts";
import { openProgressView } from "./progress-view.ts";
import { RunProgress } from "./run-progress.ts";

const runDeadlineMs = 900_000;
const afterEventsMs = 15_000;

/** @throws WaitTimeout when the run is not final in time, or the reason of the aborted `signal` */
export async function followRun(
  { client }: Stack,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<Workflow> {
  const { id } = await client.submitWorkflow(exampleWorkflow, { signal });
  terminal.say(`Submitted "${exampleWorkflow.name}" as ${id}`);
  {
    using view = openProgressView(new RunProgress(exampleWorkflow), terminal);
    const events = client.workflowEvents(id, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(runDeadlineMs)]),
    });
    for await (const event of events) view.show(event);
  }
  signal.throwIfAborted();
  return await client.waitForWorkflow(id, { timeoutMs: afterEventsMs, signal });
}
