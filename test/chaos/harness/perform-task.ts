/** Submits one task as its work says, does to it what was planned, and waits for its end. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  cancelTask,
  type DeadLetter,
  executeTask,
  listDeadLetters,
  redriveDeadLetter,
  type Task,
} from "@drover/contracts";
import type { TaskWork } from "../program/task-work.ts";
import { insist, refusalOf } from "./insist.ts";
import type { LaneContext } from "./lane-context.ts";
import type { WorkRecord } from "./work-record.ts";

export async function performTask(context: LaneContext, work: TaskWork): Promise<WorkRecord> {
  const { client, signal } = context;
  const idempotencyKey = context.keyOf(work.index);
  const submit = () => client.call(executeTask, { body: work.submission, idempotencyKey, signal });
  const accepted = await insist(submit, signal);
  context.accepted("task", accepted.id, work.index);
  let cancelled = false;
  if (work.operation.kind === "repeat" || work.operation.kind === "cancel") {
    await sleep(work.operation.afterMs);
    if (work.operation.kind === "repeat") {
      const again = await insist(submit, signal);
      if (again.id !== accepted.id) context.fault(work.index, `its repetition made ${again.id} of it`);
    } else {
      cancelled = await cancel(context, accepted.id);
    }
  }
  let task = await final(context, accepted.id);
  let redriven = false;
  if (work.operation.kind === "redrive" && task.status === "failed") {
    redriven = await redrive(context, work, task);
    task = await final(context, accepted.id);
  }
  return { kind: "task", work, task, facts: { cancelled, redriven } };
}

async function final({ client, signal }: LaneContext, id: string): Promise<Task> {
  return await insist(() => client.waitForTask(id, { signal }), signal);
}

/** @returns whether the answer was that it is cancelled already */
async function cancel({ client, signal }: LaneContext, id: string): Promise<boolean> {
  let answer: Task | undefined;
  await refusalOf(async () => {
    answer = await client.call(cancelTask, { params: { task_id: id }, signal });
  }, signal);
  return answer?.status === "cancelled";
}

async function redrive(context: LaneContext, work: TaskWork, task: Task): Promise<boolean> {
  const { client, signal } = context;
  const letter = await insist(() => letterOf(context, task), signal);
  if (letter === null) {
    context.fault(work.index, `${task.id} failed and has no dead letter`);
    return false;
  }
  // 404 and 409: a redrive before this one did it, and its answer was lost.
  const params = { dead_letter_id: letter.id };
  const refusal = await refusalOf(() => client.call(redriveDeadLetter, { params, signal }), signal);
  if (refusal !== undefined && refusal !== 404 && refusal !== 409)
    context.fault(work.index, `the redrive of ${letter.id} was refused with ${refusal}`);
  return true;
}

async function letterOf({ client, signal }: LaneContext, task: Task): Promise<DeadLetter | null> {
  let afterId: string | undefined;
  for (;;) {
    const page = await client.call(listDeadLetters, {
      query: {
        limit: 200,
        q: `organization:${task.organization_id}`,
        ...(afterId === undefined ? {} : { after_id: afterId }),
      },
      signal,
    });
    const found = page.dead_letters.find((letter) => letter.task_id === task.id);
    if (found !== undefined) return found;
    afterId = page.dead_letters.at(-1)?.id;
    if (afterId === undefined) return null;
  }
}
