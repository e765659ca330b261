/** Queues a dead letter's task again; a run's step by its run, which goes on with it. */
import type { DeadLetter, Task } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { Services } from "../../services.ts";

/** @throws DroverError not_found, conflict */
export async function redriveLetter(services: Services, letter: DeadLetter, by: string): Promise<Task> {
  const { workflow_id: run, step_id: step } = letter;
  if (run === undefined || step === undefined) return await services.deadLetters.redrive(letter.id, by);
  await services.runs.redriveStep(run, step, by);
  const task = await services.tasks.find(letter.task_id);
  if (task === null) throw new DroverError("not_found");
  return task;
}
