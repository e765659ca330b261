/** The `diagnostics` agent: exercises the path of a task without side effects. */
import { setTimeout as delay } from "node:timers/promises";
import type { Agent } from "@drover/agent-kit";
import { diagnostics, echoFields, failFields, sleepFields, sumFields } from "@drover/contracts";
import type { z } from "zod";
import { untilAbort } from "../agent/abort.ts";
import { type ActionCall, action, createActionAgent } from "../agent/action-agent.ts";
import { failAs } from "./fail-as.ts";

export function createDiagnosticsAgent(): Agent {
  const agent = createActionAgent({
    descriptor: diagnostics,
    actions: {
      echo: action(echoFields, async ({ value }) => value),
      sum: action(sumFields, async ({ values }) => values.reduce((sum, value) => sum + value, 0)),
      sleep: action(sleepFields, sleep),
      fail: action(failFields, fail),
    },
    health: () => ({ status: "available", reason: null }),
  });
  return {
    ...agent,
    // There is nothing that many could share; it shows the way that an agent with a costly start goes.
    executeBatch: (tasks, contexts) =>
      tasks.map(async (task, position) => {
        const context = contexts[position];
        if (context === undefined) throw new Error("a task of a batch came without its context");
        return await agent.execute(task, context);
      }),
  };
}

async function sleep({ ms, value }: z.infer<typeof sleepFields>, call: ActionCall): Promise<unknown> {
  call.context.progress({ kind: "sleeping", ms });
  await untilAbort(delay(ms, undefined, { signal: call.signal }), call.signal);
  return value;
}

/** `times` counts the starts of the task, because a try that found no room spends no attempt. */
async function fail(fields: z.infer<typeof failFields>, call: ActionCall): Promise<unknown> {
  const { class: mode, times = Number.POSITIVE_INFINITY, value } = fields;
  if (call.task.delivery > times) return value;
  call.context.progress({ kind: "failing", class: mode, delivery: call.task.delivery });
  return await failAs(mode, call.signal);
}
